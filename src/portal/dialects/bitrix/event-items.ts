import { given } from '../../../core/given.ts'
import { eventId } from '../../../core/ids.ts'
import { isOwnEvent, type StoredEvent } from '../../../core/inbox.ts'
import {
  type RenderedChat,
  type RenderedEvent,
  type RenderedPerson,
  readStored,
} from '../../../core/stored-event.ts'
import { fitsDialogName, toPortalId } from './chat-id.ts'
import type { ItemContext } from './item-context.ts'
import {
  changedMessage,
  type MessageContext,
  type MessageItem,
  newMessage,
  toUnix,
  words,
} from './message-items.ts'
import { toChatItem, type UserItem } from './people.ts'
import { headed } from './portal-text.ts'
import { statusStep } from './status-items.ts'
import { SKIP, type Step } from './step.ts'
import { TEXTS } from './texts.ts'
import type { PhpInput } from './wire/php-value.ts'

export const RECEIVE = 'receivingMessage'
const BLOCK = 'receivingStatusBlock'
/** Connectors whose module knows the command that begins a dialog. */
const STARTS: ReadonlySet<string> = new Set(['telegrambot'])
const DIGITS = /^[1-9]\d{0,18}$/

/** What the portal is told of an event, by the rules of what it shows. Nothing that it would drop silently is posted. Pure. */
export function toStep(stored: StoredEvent, context: ItemContext): Step {
  if (isOwnEvent(stored.type)) return SKIP
  const event = readStored(stored)
  if (event.type === 'message.status') return statusStep(event, stored, context)
  const chat = chatOf(event)
  if (!chat || event.type === 'chat.read') return SKIP
  const user = context.people.of(context.address.lineId, chat, event.user)
  const { externalLine } = context.address
  const chatId = toPortalId(chat.id)
  if (!fitsDialogName(context.connector, externalLine, chatId, user.id)) {
    return { kind: 'reject', reason: 'the portal has no room for ids of this length' }
  }
  if (event.type === 'chat.blocked' || event.type === 'chat.unblocked') {
    return blockStep(event, { chat, user, chatId }, stored, context)
  }
  const said = sayOf(event, { user, chatId }, stored, context)
  return said ? itemStep(said, chat, user, event.user) : SKIP
}

/** Of something that names no chat the person's own. */
function chatOf(
  event: Exclude<RenderedEvent, { type: 'message.status' }>,
): RenderedChat | undefined {
  return event.chat ?? (event.user && { id: event.user.id })
}

function itemStep(
  { message, type, ref, files }: MessageItem,
  chat: RenderedChat,
  user: UserItem,
  person: RenderedPerson | undefined,
): Step {
  const item: { [key: string]: PhpInput } = {
    user,
    ...(Object.keys(message).length > 0 ? { message } : {}),
    chat: toChatItem(chat),
    type_message: type,
    ...(ref === undefined ? {} : { ref: { source: ref } }),
  }
  // The portal fetches a picture when it has changed, as it does with files.
  return {
    kind: 'post',
    command: RECEIVE,
    item,
    ...given({ files, hasPicture: person?.picture !== undefined }),
  }
}

interface Where {
  readonly user: UserItem
  readonly chatId: string
}

function sayOf(
  event: Exclude<
    RenderedEvent,
    { type: 'message.status' | 'chat.read' | 'chat.blocked' | 'chat.unblocked' }
  >,
  where: Where,
  stored: StoredEvent,
  context: ItemContext,
): MessageItem | undefined {
  const messageContext = contextOf(stored, context)
  const { texts } = messageContext
  switch (event.type) {
    case 'message.new':
      return newMessage(event, messageContext)
    case 'message.updated':
      return changedMessage(event, messageContext)
    case 'message.deleted':
      return { type: 'message_del', message: { id: event.message.id } }
    case 'reaction': {
      const lines = [
        ...(event.added.length > 0 ? [headed(texts.reaction, event.added.join(' '))] : []),
        ...(event.removed.length > 0 ? [headed(texts.reactionGone, event.removed.join(' '))] : []),
      ]
      return words(lines.join('\n'), event.at, messageContext)
    }
    case 'button':
      return words(headed(texts.button, event.text ?? event.payload), event.at, messageContext)
    case 'chat.started':
      return startedItem(event, where, messageContext, context)
    case 'chat.typing':
      // The old module takes it for nothing at all.
      return context.era === '2019' ? undefined : { type: 'typing_start', message: {} }
    case 'unsupported':
      return words(headed(texts.unsupported, event.kind), event.at, messageContext)
    default:
      return undefined
  }
}

function contextOf(
  { seq }: StoredEvent,
  { address, language, now, fileFaults }: ItemContext,
): MessageContext {
  return { texts: TEXTS[language], now, fileFaults, eventId: eventId(address.lineId, seq) }
}

/**
 * The new module's telegrambot makes the dialog by the person's id, as a number, so the chat has to be the person's own. A
 * start without `ref` shows nobody anything there, which is as it should be.
 */
function startedItem(
  { at, ref }: Extract<RenderedEvent, { type: 'chat.started' | 'chat.blocked' | 'chat.unblocked' }>,
  { user, chatId }: Where,
  context: MessageContext,
  { connector, era }: ItemContext,
): MessageItem {
  const { texts, eventId: id } = context
  if (!STARTS.has(connector)) return words(headed(texts.started, ref ?? ''), at, context)
  const text = ref === undefined ? '/start' : `/start ${ref}`
  if (era === '2019' || user.id !== chatId || !DIGITS.test(chatId)) return words(text, at, context)
  const message = { id, text, date: toUnix(at) }
  return { type: 'command_start', message, ...(ref === undefined ? {} : { ref }) }
}

/** The old module has no command for it: its operators read it in the dialog. */
function blockStep(
  event: Extract<RenderedEvent, { type: 'chat.started' | 'chat.blocked' | 'chat.unblocked' }>,
  { chat, user, chatId }: Where & { readonly chat: RenderedChat },
  stored: StoredEvent,
  context: ItemContext,
): Step {
  const isBlocked = event.type === 'chat.blocked'
  if (context.era === '2019') {
    const messageContext = contextOf(stored, context)
    const { blocked, unblocked } = messageContext.texts
    const said = words(headed(isBlocked ? blocked : unblocked, ''), event.at, messageContext)
    return itemStep(said, chat, user, event.user)
  }
  const type = isBlocked ? 'message_deny' : 'message_allow'
  const item = { user: { id: user.id }, chat: { id: chatId }, message: { type } }
  return { kind: 'post', command: BLOCK, item }
}
