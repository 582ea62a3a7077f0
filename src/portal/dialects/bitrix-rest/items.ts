import { given } from '../../../core/given.ts'
import { eventId } from '../../../core/ids.ts'
import { isOwnEvent, type StoredEvent } from '../../../core/inbox.ts'
import {
  type RenderedChat,
  type RenderedEvent,
  type RenderedPerson,
  type RenderedStatus,
  readStored,
} from '../../../core/stored-event.ts'
import { toPortalFile } from './file-item.ts'
import { messageText, type TextContext } from './message-text.ts'
import { httpOnly, toPortalUserData } from './person.ts'
import type { Planned, PortalItem, StatusItem } from './planned.ts'
import { fromKey, toPortalChat } from './portal-ids.ts'
import { plainForPortal, toPortalText } from './portal-text.ts'

export interface ItemContext extends TextContext {
  readonly lineId: number
  /** Who was last seen in a chat: the portal files messages under chat and person, and some events name only the chat. */
  personOf(chatId: string): RenderedPerson | undefined
}

type MessageEvent = Extract<RenderedEvent, { type: 'message.new' | 'message.updated' }>

/** An event as a request to the portal shows it. Pure. */
export function planItem(stored: StoredEvent, context: ItemContext): Planned {
  const { seq } = stored
  if (isOwnEvent(stored.type)) return { seq }
  const event = readStored(stored)
  switch (event.type) {
    case 'message.new':
      return { seq, method: 'imconnector.send.messages', item: messageItem(event, context) }
    case 'message.updated':
      return { seq, method: 'imconnector.update.messages', item: messageItem(event, context) }
    case 'message.deleted': {
      const { id } = event.message
      const item = { ...placeOf(event.chat, event.user, context), message: { id } }
      return { seq, method: 'imconnector.delete.messages', item }
    }
    case 'message.status':
      return planStatus(stored, event, context)
    case 'chat.read':
    case 'chat.typing':
      return { seq }
    default: {
      if (!event.chat) return { seq }
      return notice(stored, event.chat, event.user, noticeText(event, context), context)
    }
  }
}

function messageItem({ at, user, chat, message }: MessageEvent, context: ItemContext): PortalItem {
  const sources = message.files ?? []
  const fetched = sources.map(toPortalFile)
  const files = fetched.filter((file) => file !== undefined)
  const unfetched = sources.filter((_, index) => fetched[index] === undefined)
  const text = messageText(message, unfetched, context)
  // An item with neither is dropped by the portal without a word.
  const shown = text.trim() === '' && files.length === 0 ? context.words.empty : text
  // What the company's own person writes belongs into the dialog of the person it is written to.
  const who = message.outgoing ? undefined : user
  return {
    ...placeOf(chat, who, context),
    message: {
      id: message.id,
      ...given({ date: toSeconds(message.date ?? at), text: shown }),
      ...(files.length > 0 ? { files } : {}),
    },
  }
}

/** The dialog that a message goes into. */
function placeOf(
  chat: RenderedChat,
  user: RenderedPerson | undefined,
  context: ItemContext,
): Pick<PortalItem, 'user' | 'chat'> {
  const person = user ?? context.personOf(chat.id) ?? { id: chat.id }
  const name = chat.name ?? ''
  return {
    user: toPortalUserData(person),
    chat: { id: toPortalChat(chat.id), ...given({ name, url: httpOnly(chat.url) }) },
  }
}

function planStatus(stored: StoredEvent, event: RenderedStatus, context: ItemContext): Planned {
  const { seq } = stored
  const { status, chat, messageIds, at } = event
  const ids = fromKey(event.key)
  if (status === 'failed' || status === 'noAccount') {
    return notice(stored, chat, undefined, failureText(event, ids?.kind, context), context)
  }
  // What was not sent by this portal's operators it knows nothing of; an edit has told its ids when it was new.
  if (ids?.kind !== 'send' || messageIds.length === 0) return { seq }
  const item: StatusItem = {
    im: { chat_id: Number(ids.chatId), message_id: Number(ids.messageId) },
    message: { id: messageIds, ...given({ date: toSeconds(at) }) },
    chat: { id: toPortalChat(chat.id) },
  }
  if (status === 'sent') return { seq, method: 'imconnector.send.status.delivery', item }
  // The portal takes the ids with the first report and has no further state but 'read'.
  if (status === 'delivered') return { seq }
  const { date: _, ...message } = item.message
  return { seq, method: 'imconnector.send.status.reading', item: { ...item, message } }
}

function failureText(
  { status, error }: RenderedStatus,
  kind: 'send' | 'edit' | 'delete' | undefined,
  { words }: ItemContext,
): string {
  const what = { send: words.notSent, edit: words.notEdited, delete: words.notDeleted }
  const why = error?.message ?? (status === 'noAccount' ? 'no account' : '')
  return `[i]${plainForPortal([what[kind ?? 'send'], why].filter(Boolean).join(': '))}[/i]`
}

/** A text of the hub's own in the dialog, for what the portal has no method for. */
function notice(
  { seq, type, createdAt }: StoredEvent,
  chat: RenderedChat,
  user: RenderedPerson | undefined,
  text: string,
  context: ItemContext,
): Planned {
  const item: PortalItem = {
    ...placeOf(chat, user, context),
    message: {
      // The same at each attempt, and no id of the channel's.
      id: `${type}:${eventId(context.lineId, seq)}`,
      ...given({ date: Math.floor(createdAt / 1000) }),
      text,
    },
  }
  return { seq, method: 'imconnector.send.messages', item }
}

type NoticeEvent = Exclude<
  RenderedEvent,
  MessageEvent | RenderedStatus | { type: 'message.deleted' | 'chat.read' | 'chat.typing' }
>

function noticeText(event: NoticeEvent, { words, format }: ItemContext): string {
  switch (event.type) {
    case 'reaction': {
      const shown = (names: readonly string[]) => toPortalText(names.join(' '), format)
      const { added, removed } = event
      const lines = [
        ...(added.length > 0 ? [`${words.reactionAdded}: ${shown(added)}`] : []),
        ...(removed.length > 0 ? [`${words.reactionRemoved}: ${shown(removed)}`] : []),
      ]
      return lines.join('\n') || words.reactionAdded
    }
    case 'button':
      return `${words.button}: ${plainForPortal(event.text ?? event.payload)}`
    case 'chat.started':
      return `[i]${words.started}${event.ref ? ` (${plainForPortal(event.ref)})` : ''}[/i]`
    case 'chat.blocked':
      return `[i]${words.blocked}[/i]`
    case 'chat.unblocked':
      return `[i]${words.unblocked}[/i]`
    case 'unsupported':
      return `[i]${words.unsupported} (${plainForPortal(event.kind)})[/i]`
  }
}

/** Unix seconds of an instant; undefined if it is none. */
function toSeconds(instant: string): number | undefined {
  const at = Date.parse(instant)
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000)
}

/** The portal's name of whoever an event is about, with the chat; for whoever remembers them. */
export function personIn(
  stored: StoredEvent,
): { chatId: string; user: RenderedPerson } | undefined {
  const event = readStored(stored)
  if (event.type === 'message.status' || !event.chat || !event.user) return undefined
  if (event.type === 'message.new' || event.type === 'message.updated') {
    if (event.message.outgoing) return undefined
  }
  return { chatId: event.chat.id, user: event.user }
}
