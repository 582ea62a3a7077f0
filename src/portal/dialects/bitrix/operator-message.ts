import { given } from '../../../core/given.ts'
import { isRecord } from '../../../core/json.ts'
import { fromPortalId } from './chat-id.ts'
import type { PortalMessage } from './message-key.ts'
import { deepMemberOf, memberOf, type PhpValue, textOf, valuesOf } from './wire/php-value.ts'

/** An operator's message, change or deletion as the portal sends it, read. */
export interface OperatorItem {
  /** The messenger's id of the chat, or a digest that stands for it (chat-book.ts). */
  readonly chatId: string
  /** The portal's own ids; absent of what is no message, such as somebody typing. */
  readonly im?: PortalMessage
  /** In the portal's BBCode, without the operator's name where the channel shows that itself. */
  readonly text: string
  readonly files: readonly OperatorFile[]
  /** The messenger's ids of a message that is changed or deleted; never empty texts. */
  readonly messageIds: readonly string[]
  readonly isTyping: boolean
}

export interface OperatorFile {
  readonly url: string
  readonly name?: string
  readonly kind?: 'image' | 'video' | 'audio' | 'document'
  readonly mayRedirect: true
}

/** What the portal puts before an operator's text, in all of its versions' spellings. */
const OPERATOR_NAME = /^\[b\]([^\n]{1,200}?):\[\/b\] ?\[br\] ?/i
/** Channels that show who writes by themselves. */
const NAMED = new Set(['viber'])

/** Reads one item of sendMessage, updateMessage, deleteMessage or setStatusReading; whatever it lacks is empty. */
export function readItem(item: PhpValue, connector: string): OperatorItem {
  const message = memberOf(item, 'message')
  const text = withoutOperator(textOf(memberOf(message, 'text')) ?? '', connector)
  const chatId = textOf(deepMemberOf(item, 'chat', 'id')) ?? ''
  return {
    chatId: fromPortalId(chatId) ?? chatId,
    ...given({ im: readIm(memberOf(item, 'im')) }),
    text: withLink(text, memberOf(message, 'attachments')),
    files: valuesOf(memberOf(message, 'files')).flatMap(readFile),
    messageIds: readIds(memberOf(message, 'id')),
    isTyping: memberOf(message, 'type') === 'typing_start',
  }
}

function readIm(im: PhpValue | undefined): PortalMessage | undefined {
  const [chatId, messageId] = [memberOf(im, 'chat_id'), memberOf(im, 'message_id')].map((id) =>
    Number(textOf(id) ?? ''),
  )
  return isId(chatId) && isId(messageId) ? { chatId, messageId } : undefined
}

function isId(id: number | undefined): id is number {
  return Number.isSafeInteger(id) && (id ?? 0) > 0
}

function readIds(id: PhpValue | undefined): string[] {
  const ids = id !== null && typeof id === 'object' ? valuesOf(id) : [id]
  return ids.map((one) => textOf(one) ?? '').filter((one) => one !== '')
}

function withoutOperator(text: string, connector: string): string {
  return text.replace(OPERATOR_NAME, (_, name: string) =>
    NAMED.has(connector) ? '' : `[b]${name}:[/b]\n`,
  )
}

/** The page that a message shows a picture of: of use only where the text doesn't name it. */
function withLink(text: string, attachments: PhpValue | undefined): string {
  const link = textOf(memberOf(attachments, 'LINK')) ?? linkInBlocks(attachments)
  if (!link || !/^https?:\/\//i.test(link) || text.includes(link)) return text
  return text === '' ? link : `${text}\n${link}`
}

/** Old portals send the blocks as they keep them, each a text of JSON. */
function linkInBlocks(attachments: PhpValue | undefined): string | undefined {
  for (const attachment of valuesOf(attachments)) {
    const blocks = parse(textOf(attachment) ?? '')?.['BLOCKS']
    for (const block of Array.isArray(blocks) ? blocks.filter(isRecord) : []) {
      const rich: unknown = Array.isArray(block['RICH_LINK']) ? block['RICH_LINK'][0] : undefined
      if (isRecord(rich) && typeof rich['LINK'] === 'string') return rich['LINK']
    }
  }
  return undefined
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The long link is the file itself; the short one leads to it, and in old portals to a page around it. */
function readFile(file: PhpValue): OperatorFile[] {
  const link = textOf(memberOf(file, 'downloadLink')) || textOf(memberOf(file, 'link')) || ''
  const url = URL.parse(link)
  if (!url || !/^https?:$/.test(url.protocol)) return []
  url.hash = ''
  const name = (textOf(memberOf(file, 'name')) ?? '').slice(0, 255)
  return [{ url: url.href, ...given({ name, kind: kindOf(file) }), mayRedirect: true }]
}

/** By the type of its bytes where that is told (`image/png`), else by the portal's own word. */
function kindOf(file: PhpValue): OperatorFile['kind'] {
  const mime = textOf(memberOf(file, 'mime')) ?? ''
  const [kind = ''] = (mime || (textOf(memberOf(file, 'type')) ?? '')).toLowerCase().split('/')
  if (kind === 'image' || kind === 'video' || kind === 'audio') return kind
  return undefined
}
