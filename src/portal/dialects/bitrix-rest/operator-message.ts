import type { FileKind } from '../../../core/event.ts'
import { given } from '../../../core/given.ts'
import type { Portal } from '../../../core/portal.ts'
import { type FormValue, fieldsAt, listAt, textAt } from './php-form.ts'
import type { ImIds } from './portal-ids.ts'
import { fromPortalText } from './portal-text.ts'

export interface OperatorMessage {
  readonly text?: string
  readonly files?: readonly {
    readonly url: string
    readonly name?: string
    readonly kind?: FileKind
    readonly mayRedirect?: true
  }[]
}

const MAX_FILES = 50
const MAX_TEXT = 100_000

/** The portal's ids of a message; undefined where it has none, such as what is only typed. */
export function imOf(item: FormValue): ImIds | undefined {
  const chatId = textAt(item, 'im', 'chat_id')
  const messageId = textAt(item, 'im', 'message_id')
  const isId = (id: string): boolean => /^\d{1,18}$/.test(id)
  return isId(chatId) && isId(messageId) ? { chatId, messageId } : undefined
}

/** The ids that the channel gave the message: a list, or one alone. */
export function channelIds(item: FormValue): readonly string[] {
  return listAt(item, 'message', 'id').flatMap((id) =>
    typeof id === 'string' && id !== '' ? [id] : [],
  )
}

/** What an operator wrote, as `sendMessage` takes it. Undefined if it holds nothing that can be sent. */
export function toOutgoing(item: FormValue, portal: Portal): OperatorMessage | undefined {
  const written = textAt(item, 'message', 'text').slice(0, MAX_TEXT)
  const links = listAt(item, 'message', 'files').map((file) => toFile(file, portal))
  const files = links.filter((file) => file !== undefined).slice(0, MAX_FILES)
  const shown = written.trim() === '' && files.length === 0 ? richLink(item) : written
  const text = fromPortalText(shown, portal.format).slice(0, MAX_TEXT)
  if (text.trim() === '' && files.length === 0) return undefined
  return {
    ...given({ text: text.trim() === '' ? '' : text }),
    ...(files.length > 0 ? { files } : {}),
  }
}

/** A page that the portal shows as a card: the link is what is left of it. */
function richLink(item: FormValue): string {
  const attachments = fieldsAt(item, 'message', 'attachments')
  return textAt(attachments, 'LINK') || textAt(attachments, 'richData', 'url')
}

function toFile(
  file: FormValue,
  { url: portalUrl }: Portal,
): NonNullable<OperatorMessage['files']>[number] | undefined {
  // Behind the sign stands what the portal's own pages want to know of the file.
  const link = (textAt(file, 'downloadLink') || textAt(file, 'link')).split('#', 1)[0] ?? ''
  const url = link === '' ? null : URL.parse(link, portalUrl)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined
  const name = textAt(file, 'name').slice(-255)
  // Both of the portal's links lead on to where the file is.
  return { url: url.href, mayRedirect: true, ...given({ name, kind: kindOf(file) }) }
}

function kindOf(file: FormValue): FileKind | undefined {
  const [family] = textAt(file, 'mime').split('/', 1)
  if (textAt(file, 'type') === 'image' || family === 'image') return 'image'
  return family === 'video' || family === 'audio' ? family : undefined
}
