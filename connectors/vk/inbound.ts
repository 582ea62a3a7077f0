import { hash } from 'node:crypto'
import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { lookUp } from '#kit/look-up.ts'
import { readPart } from '#kit/loose.ts'
import { type Parsed, UNNAMED_REACTION } from '#kit/parsed.ts'
import { readPayload } from './inbound-buttons.ts'
import { type EventContext, unread, unsupported } from './inbound-context.ts'
import { readPost } from './inbound-post.ts'
import { nameReaction } from './inbound-reactions.ts'
import { toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import type { VkSettings } from './settings.ts'
import {
  eventSchema,
  personSchema,
  pressSchema,
  reactionSchema,
  readSchema,
  typingSchema,
} from './types.ts'

const check = updateCheck('an event of VK')

type Reader = (object: unknown, context: EventContext) => Parsed

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
 * One event of VK's, from a callback or a poll → events. Throws BadUpdateError for what is none, or another community's; a
 * known kind that can't be read is `unsupported`.
 */
export function parseUpdate(
  update: unknown,
  { settings }: Line<VkSettings>,
  receivedAt: number,
): ParsedUpdate {
  const event = check(eventSchema, update)
  if (event.group_id !== undefined && event.group_id !== settings.groupId) {
    throw new BadUpdateError('an event of another community')
  }
  const { type, object, event_id: id } = event
  const context = { type, groupId: Number(settings.groupId), receivedAt }
  const reader = lookUp(READERS, type)
  const parsed = reader ? reader(object, context) : { events: [unsupported(object, context)] }
  const key = `${settings.groupId}:${id?.slice(0, 128) || hash('sha256', JSON.stringify(update))}`
  return { key, ...parsed, reply: OK }
}

function readPermission(
  object: unknown,
  type: 'chat.unblocked' | 'chat.blocked',
  context: EventContext,
): Parsed {
  const { data, fault } = readPart(personSchema, object, 'object')
  if (fault) return unread(object, fault, context)
  const { user_id: id, key } = data
  const base = { type, at: context.receivedAt, user: toPerson(id), chat: toChat(id) }
  return { events: [{ ...base, ...given({ ref: key }) }] }
}

/** A button of another program: the hub's own are answered with a message. */
function readPress(object: unknown, context: EventContext): Parsed {
  const { data, fault } = readPart(pressSchema, object, 'object')
  if (fault) return unread(object, fault, context)
  const { user_id: user, peer_id: peer, conversation_message_id: cmid, payload } = data
  const event: InboundEvent = {
    type: 'button',
    at: context.receivedAt,
    user: toPerson(user),
    chat: toChat(peer),
    payload: readPayload(payload ?? {}),
    ...(cmid === undefined ? {} : { message: { id: toMessageId(peer, cmid) } }),
  }
  return { events: [event] }
}

function readRead(object: unknown, context: EventContext): Parsed {
  const { data, fault } = readPart(readSchema, object, 'object')
  if (fault) return unread(object, fault, context)
  const { from_id: who, peer_id: peer, conversation_message_id: cmid, read_message_id: id } = data
  if (who < 0) return { events: [], ignored: 'read by the community itself' }
  const last = cmid === undefined ? id && String(id) : toMessageId(peer, cmid)
  const chat = toChat(peer)
  const at = context.receivedAt
  const base = { type: 'message.status', at, chat, status: 'read' } as const
  return {
    events: [
      { ...base, messageIds: [], watermark: at - READ_LAG_MS },
      ...(last ? [{ ...base, messageIds: [last] }] : []),
    ],
    afterSendsTo: [chat.id],
  }
}

function readTyping(object: unknown, context: EventContext): Parsed {
  const { data, fault } = readPart(typingSchema, object, 'object')
  if (fault) return unread(object, fault, context)
  const { from_id: id } = data
  if (id < 0) return { events: [], ignored: 'the community itself is typing' }
  const at = context.receivedAt
  return { events: [{ type: 'chat.typing', at, user: toPerson(id), chat: toChat(id) }] }
}

/** Of a reaction that is taken back VK doesn't tell which it was. */
function readReaction(object: unknown, context: EventContext): Parsed {
  const { data, fault } = readPart(reactionSchema, object, 'object')
  if (fault) return unread(object, fault, context)
  const { reacted_id: who, peer_id: peer, cmid, reaction_id: id } = data
  // A number that can't be read is no reaction that was taken back.
  const raw = isRecord(object) ? object['reaction_id'] : undefined
  const isOdd = id === undefined && raw !== undefined && raw !== null
  const event: InboundEvent = {
    type: 'reaction',
    at: context.receivedAt,
    user: toPerson(who),
    chat: toChat(peer),
    message: { id: toMessageId(peer, cmid) },
    added: id === undefined ? (isOdd ? [UNNAMED_REACTION] : []) : [nameReaction(id)],
    removed: id === undefined && !isOdd ? [UNNAMED_REACTION] : [],
  }
  return { events: [event] }
}
