import { given } from '../../../core/given.ts'
import type {
  RenderedChat,
  RenderedEvent,
  RenderedFile,
  RenderedMessage,
} from '../../../core/stored-event.ts'
import { nameOf } from './people.ts'
import type { Texts } from './texts.ts'

/** A message as Chatwoot is to get it. */
export interface NewMessage {
  /** Markdown; may be empty where there are files. */
  readonly content: string
  /** `note`: only agents see it. */
  readonly kind: 'incoming' | 'outgoing' | 'note'
  /** By which it is recognized when it might have been posted already. */
  readonly source: string
  /** The channel's id of the message that it answers. */
  readonly replyTo?: string
  readonly files?: readonly RenderedFile[]
  /** When it was written, ISO 8601. */
  readonly date?: string
}

/** What Chatwoot takes in one message. */
export const MAX_FILES = 15
const MAX_CONTENT = 140_000

/**
 * What an event of a chat says as a message. Undefined for those that are no message: they change one, or there is nothing to
 * be shown. `eventId` names what has no id of the channel's own. Pure.
 */
export function toMessage(
  event: RenderedEvent,
  eventId: string,
  texts: Texts,
): NewMessage | undefined {
  const note = (...lines: readonly string[]): NewMessage => {
    return { content: join(lines), kind: 'note', source: eventId }
  }
  const said = (content: string, replyTo?: string): NewMessage => {
    return { content: bound(content), kind: 'incoming', source: eventId, ...given({ replyTo }) }
  }
  switch (event.type) {
    case 'message.new': {
      const written = writtenMessage(event.message, texts)
      return withName({ ...written, source: event.message.id }, event)
    }
    case 'message.updated': {
      const { content, ...rest } = writtenMessage(event.message, texts)
      const edited = { ...rest, content: join([texts.edited, content]), replyTo: event.message.id }
      return withName({ ...edited, source: eventId }, event)
    }
    case 'reaction':
      return withName(said(reactionText(event, texts), event.message.id), event)
    case 'button':
      return withName(said(event.text ?? event.payload, event.message?.id), event)
    case 'chat.started':
      return note(event.ref === undefined ? texts.started : `${texts.started} (${event.ref})`)
    case 'chat.blocked':
      return note(texts.blocked)
    case 'chat.unblocked':
      return note(texts.unblocked)
    case 'unsupported':
      return event.chat && withName(said(`${texts.unsupported} ${event.kind}`), event)
    default:
      return undefined
  }
}

/** What can't go as a file goes as its link. */
export function withLinks(
  message: NewMessage,
  links: readonly RenderedFile[],
  texts: Texts,
): NewMessage {
  const lines = links.map((file) => fileText(file, texts))
  return { ...message, content: bound(join([message.content, ...lines])) }
}

function writtenMessage(message: RenderedMessage, texts: Texts): Omit<NewMessage, 'source'> {
  const { text, files, replyTo, location, contact, forwarded, outgoing, date } = message
  const lines = [
    forwarded ? `_${texts.forwarded}_` : '',
    text ?? '',
    location ? locationText(location, texts) : '',
    contact ? `${texts.contact} ${[contact.name, contact.phone].filter(Boolean).join(', ')}` : '',
  ]
  return {
    content: bound(join(lines)),
    kind: outgoing ? 'outgoing' : 'incoming',
    ...given({ replyTo: replyTo?.id, files, date }),
  }
}

function locationText(
  { latitude, longitude, title, address }: NonNullable<RenderedMessage['location']>,
  texts: Texts,
): string {
  const names = [title, address].filter(Boolean).join(', ')
  const link = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}`
  return [texts.place, names, link].filter(Boolean).join(' ')
}

function fileText({ name, kind, url }: RenderedFile, texts: Texts): string {
  return `${texts.file} ${name ?? kind} ${url}`
}

function reactionText(
  { added, removed }: Extract<RenderedEvent, { type: 'reaction' }>,
  texts: Texts,
): string {
  return join([
    added.length > 0 ? `${texts.reacted} ${added.join(' ')}` : '',
    removed.length > 0 ? `${texts.reactionGone} ${removed.join(' ')}` : '',
  ])
}

/** The contact of a group is the group: who of it writes is said in the text. */
function withName(
  message: NewMessage,
  event: { readonly chat?: RenderedChat; readonly user?: Parameters<typeof nameOf>[0] },
): NewMessage {
  const { chat, user } = event
  const isGroup = chat?.kind === 'group' || chat?.kind === 'channel'
  if (!isGroup || !user || message.kind !== 'incoming') return message
  return { ...message, content: join([`**${nameOf(user)}:**`, message.content]) }
}

function join(lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join('\n')
}

/** Chatwoot takes 150 000 characters. */
function bound(content: string): string {
  return content.length <= MAX_CONTENT ? content : `${content.slice(0, MAX_CONTENT)}…`
}
