import { hash } from 'node:crypto'
import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { Chat, InboundEvent, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { lookUp } from '#kit/look-up.ts'
import type { Parsed } from '#kit/parsed.ts'
import { readPayload } from './inbound-buttons.ts'
import { readMessage } from './inbound-message.ts'
import { nameReaction } from './inbound-reactions.ts'
import { toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import type { VkSettings } from './settings.ts'
import {
  eventSchema,
  messageSchema,
  personSchema,
  pressSchema,
  reactionSchema,
  readSchema,
  typingSchema,
  type VkMessage,
} from './types.ts'

const check = updateCheck('an event of VK')

interface EventContext {
  readonly receivedAt: number
}

type Reader = (object: Record<string, unknown>, context: EventContext) => Parsed

const READERS: Readonly<Record<string, Reader>> = {
  message_new: (object, context) => readPost(object, 'message.new', context),
  message_reply: (object, context) => readPost(object, 'message.new', context),
  message_edit: (object, context) => readPost(object, 'message.updated', context),
  message_allow: (object, context) => readPermission(object, 'chat.unblocked', context),
  message_deny: (object, context) => readPermission(object, 'chat.blocked', context),
  message_event: readPress,
  message_read: readRead,
  message_typing_state: readTyping,
  message_reaction_event: readReaction,
}

/** Anything else makes VK repeat the event. */
const OK: HttpReply = { status: 200, body: 'ok' }
/**
 * An event of something read tells the last message only. What was sent longer ago than an event usually takes was read
 * too; what was sent since then may not have been.
 */
const READ_LAG_MS = 3000

/**
 * One event of VK's, from a callback or a poll → events. Throws BadUpdateError for what is none, or a known kind without
 * the fields it always has.
 */
export function parseUpdate(
  update: unknown,
  { settings }: Line<VkSettings>,
  receivedAt: number,
): ParsedUpdate {
  const event = check(eventSchema, update)
  if (event.group_id !== undefined && String(event.group_id) !== settings.groupId) {
    throw new BadUpdateError('an event of another community')
  }
  const { type, object, event_id: id } = event
  const reader = lookUp(READERS, type)
  const parsed = reader
    ? reader(object, { receivedAt })
    : { events: [unsupported(type, object, receivedAt)] }
  const key = `${settings.groupId}:${id?.slice(0, 128) || hash('sha256', JSON.stringify(update))}`
  return { key, ...parsed, reply: OK }
}

function unsupported(type: string, object: Record<string, unknown>, at: number): InboundEvent {
  const { peer_id: peer, user_id: user, from_id: from } = object
  const person = [user, from].find(Number.isSafeInteger)
  return {
    type: 'unsupported',
    at,
    ...(typeof person === 'number' ? { user: toPerson(person) } : {}),
    ...(Number.isSafeInteger(peer) ? { chat: toChat(Number(peer)) } : {}),
    kind: type.slice(0, 64),
  }
}

function readPost(
  object: Record<string, unknown>,
  type: 'message.new' | 'message.updated',
  { receivedAt }: EventContext,
): Parsed {
  // Before 5.103, and in some kinds still, the object is the message itself.
  const message = check(messageSchema, isRecord(object['message']) ? object['message'] : object)
  const isOutgoing = message.out === 1 || message.from_id < 0
  // Without the person who wrote it, it was sent through the API: by this hub, or by another program.
  if (isOutgoing && !message.admin_author_id) {
    return { events: [], ignored: 'sent through the API' }
  }
  const seconds = type === 'message.updated' ? message.update_time : message.date
  const at = seconds ? seconds * 1000 : receivedAt
  const author = isOutgoing ? (message.admin_author_id ?? message.from_id) : message.from_id
  const base = { at, user: toPerson(author), chat: toChat(message.peer_id) }
  const events = type === 'message.new' && !isOutgoing ? readOpening(message, base) : []
  if (events.some((event) => event.type === 'button' || isStartPress(message))) return { events }
  return { events: [...events, ...readContent(message, type, base, isOutgoing)] }
}

type Base = { readonly at: number; readonly user: Person; readonly chat: Chat }

/** `{"command":"start"}` is the payload of the button that VK itself shows in an empty conversation. */
function isStartPress({ payload }: VkMessage): boolean {
  return /^\{\s*"command"\s*:\s*"start"\s*\}$/.test(payload ?? '')
}

/** A conversation that begins (by VK's own button, or by a link with `ref`), or a pressed button of ours. */
function readOpening(message: VkMessage, base: Base): InboundEvent[] {
  const { ref, payload, text } = message
  const events: InboundEvent[] = []
  if (ref || isStartPress(message)) {
    events.push({ type: 'chat.started', ...base, ...given({ ref }) })
  }
  if (payload && !isStartPress(message)) {
    const pressed = readPayload(payload)
    events.push({ type: 'button', ...base, payload: pressed, ...given({ text }) })
  }
  return events
}

function readContent(
  message: VkMessage,
  type: 'message.new' | 'message.updated',
  base: Base,
  isOutgoing: boolean,
): InboundEvent[] {
  const id = messageIdOf(message)
  const content = readMessage(message, isOutgoing)
  const events: InboundEvent[] = content.message
    ? [{ type, ...base, message: { id, ...content.message } }]
    : []
  const [kind] = content.unsupported
  if (kind !== undefined) events.push({ type: 'unsupported', ...base, kind, message: { id } })
  return events
}

function messageIdOf({ peer_id: peer, conversation_message_id: cmid, id }: VkMessage): string {
  return cmid === undefined ? String(id ?? 0) : toMessageId(peer, cmid)
}

function readPermission(
  object: Record<string, unknown>,
  type: 'chat.unblocked' | 'chat.blocked',
  { receivedAt: at }: EventContext,
): Parsed {
  const { user_id: id, key } = check(personSchema, object)
  return {
    events: [{ type, at, user: toPerson(id), chat: toChat(id), ...given({ ref: key }) }],
  }
}

/** A button of another program: the hub's own are answered with a message. */
function readPress(object: Record<string, unknown>, { receivedAt: at }: EventContext): Parsed {
  const press = check(pressSchema, object)
  const { user_id: user, peer_id: peer, conversation_message_id: cmid } = press
  const payload =
    typeof press.payload === 'string' ? press.payload : JSON.stringify(press.payload ?? {})
  const event: InboundEvent = {
    type: 'button',
    at,
    user: toPerson(user),
    chat: toChat(peer),
    payload: readPayload(payload),
    ...(cmid === undefined ? {} : { message: { id: toMessageId(peer, cmid) } }),
  }
  return { events: [event] }
}

function readRead(object: Record<string, unknown>, { receivedAt: at }: EventContext): Parsed {
  const { from_id: who, peer_id: peer, ...ids } = check(readSchema, object)
  if (who < 0) return { events: [], ignored: 'read by the community itself' }
  const { conversation_message_id: cmid, read_message_id: id } = ids
  const last = cmid === undefined ? id && String(id) : toMessageId(peer, cmid)
  const chat = toChat(peer)
  const base = { type: 'message.status', at, chat, status: 'read' } as const
  return {
    events: [
      { ...base, messageIds: [], watermark: at - READ_LAG_MS },
      ...(last ? [{ ...base, messageIds: [last] }] : []),
    ],
    afterSendsTo: [chat.id],
  }
}

function readTyping(object: Record<string, unknown>, { receivedAt: at }: EventContext): Parsed {
  const { from_id: id } = check(typingSchema, object)
  if (id < 0) return { events: [], ignored: 'the community itself is typing' }
  return { events: [{ type: 'chat.typing', at, user: toPerson(id), chat: toChat(id) }] }
}

/** Of a reaction that is taken back VK doesn't tell which it was. */
function readReaction(object: Record<string, unknown>, { receivedAt: at }: EventContext): Parsed {
  const { reacted_id: who, peer_id: peer, cmid, reaction_id: id } = check(reactionSchema, object)
  const event: InboundEvent = {
    type: 'reaction',
    at,
    user: toPerson(who),
    chat: toChat(peer),
    message: { id: toMessageId(peer, cmid) },
    added: id === undefined ? [] : [nameReaction(id)],
    removed: id === undefined ? ['reaction'] : [],
  }
  return { events: [event] }
}
