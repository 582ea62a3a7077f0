import type { ParsedUpdate, UnreadablePart } from '#core/connector.ts'
import type { InboundEvent, MessageStatusEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { lookUp } from '#kit/look-up.ts'
import { readPart } from '#kit/loose.ts'
import { digest, type Parsed } from '#kit/parsed.ts'
import { pressedButton } from './inbound-buttons.ts'
import { readMessage } from './inbound-message.ts'
import { toChat, toPerson } from './people.ts'
import type { ViberSettings } from './settings.ts'
import {
  callbackSchema,
  messageEventSchema,
  startedSchema,
  statusSchema,
  subscribedSchema,
  unsubscribedSchema,
  userSchema,
  type ViberCallback,
} from './types.ts'

const check = updateCheck('a callback of Viber')

interface CallbackContext {
  readonly settings: ViberSettings
  readonly callback: ViberCallback
  /** Epoch milliseconds: Viber's own, or those of the arrival. */
  readonly at: number
}

type Reader = (callback: unknown, context: CallbackContext) => Parsed

const READERS: Readonly<Record<string, Reader>> = {
  message: readMessageEvent,
  conversation_started: readStarted,
  subscribed: readSubscribed,
  unsubscribed: readUnsubscribed,
  delivered: (callback, context) => readStatus(callback, 'delivered', context),
  seen: (callback, context) => readStatus(callback, 'read', context),
  failed: (callback, context) => readStatus(callback, 'failed', context),
  // About the webhook and the apps themselves; no person and no message is in them.
  webhook: () => ({ events: [], ignored: 'a check of the webhook' }),
  client_status: () => ({ events: [], ignored: 'client_status' }),
  action: () => ({ events: [], ignored: 'action' }),
}

/** One callback of Viber → events. Throws BadUpdateError for what is no callback; a kind that can't be read is `unsupported`. */
export function parseUpdate(
  update: unknown,
  { settings }: Line<ViberSettings>,
  receivedAt: number,
): ParsedUpdate {
  const callback = check(callbackSchema, update)
  const at = readInstant(callback['timestamp']) ?? receivedAt
  const context = { settings, callback, at }
  const reader = lookUp(READERS, callback.event)
  const parsed = reader ? reader(update, context) : unknownCallback(context)
  return { key: keyOf(callback), ...parsed }
}

/** Statuses carry the token of the message that they are about, so the event's name is part of the key. */
function keyOf(callback: ViberCallback): string {
  const { event, message_token: token, timestamp, user_id: who } = callback
  if (token !== undefined) return `${event.slice(0, 64)}:${token}`
  // Of a message the token always tells; two of one millisecond must not be taken for one.
  const rest = event === 'message' ? digest(callback) : String(who ?? '').slice(0, 128)
  return `${event.slice(0, 64)}:${String(timestamp ?? '').slice(0, 64)}:${rest}`
}

/** Nobody can be answered without what this callback lacks: it is named, and the log says what was wrong with it. */
function unread(fault: UnreadablePart, context: CallbackContext): Parsed {
  return { ...unknownCallback(context), unreadable: [fault] }
}

function readMessageEvent(callback: unknown, context: CallbackContext): Parsed {
  const { data, fault } = readPart(messageEventSchema, callback, 'message')
  if (fault) return unread(fault, context)
  const { sender, message, message_token: id = digest(callback) } = data
  const { at } = context
  const base = { at, user: toPerson(sender), chat: toChat(sender) }
  if (message.type === 'text') {
    const pressed = pressedButton(message.text, message.tracking_data)
    if (pressed) return { events: [{ type: 'button', ...base, ...pressed }] }
  }
  const { content, unsupported: kind } = readMessage(message)
  const events: InboundEvent[] = []
  if (content)
    events.push({ type: 'message.new', ...base, message: { id, sentAt: at, ...content } })
  if (kind !== undefined) events.push({ type: 'unsupported', ...base, kind, message: { id } })
  return { events }
}

function readStarted(callback: unknown, context: CallbackContext): Parsed {
  const { data, fault } = readPart(startedSchema, callback, 'conversation_started')
  if (fault) return unread(fault, context)
  const { user, context: ref } = data
  const { at, settings } = context
  const event: InboundEvent = {
    type: 'chat.started',
    at,
    user: toPerson(user),
    chat: toChat(user),
    ...given({ ref }),
  }
  return { events: [event], ...welcome(settings) }
}

/**
 * The answer to this callback may hold one message; it is the only one a person can be sent before writing or subscribing.
 * https://developers.viber.com/docs/api/rest-bot-api/#sending-a-welcome-message
 */
function welcome({ welcomeText, senderName, senderAvatar }: ViberSettings): { reply?: HttpReply } {
  if (!welcomeText) return {}
  const sender = { name: senderName, ...given({ avatar: senderAvatar }) }
  const body = JSON.stringify({ sender, type: 'text', text: welcomeText })
  return { reply: { status: 200, body, contentType: 'application/json' } }
}

function readSubscribed(callback: unknown, context: CallbackContext): Parsed {
  const { data, fault } = readPart(subscribedSchema, callback, 'subscribed')
  if (fault) return unread(fault, context)
  const { at } = context
  const { user } = data
  return { events: [{ type: 'chat.unblocked', at, user: toPerson(user), chat: toChat(user) }] }
}

function readUnsubscribed(callback: unknown, context: CallbackContext): Parsed {
  const { data, fault } = readPart(unsubscribedSchema, callback, 'unsubscribed')
  if (fault) return unread(fault, context)
  const { at } = context
  const { user_id: id } = data
  return { events: [{ type: 'chat.blocked', at, user: { id }, chat: toChat({ id }) }] }
}

/** `failed` can come long after `sent`; Viber gives it words and no code. */
function readStatus(
  callback: unknown,
  status: MessageStatusEvent['status'],
  context: CallbackContext,
): Parsed {
  const { data, fault } = readPart(statusSchema, callback, context.callback.event)
  if (fault) return unread(fault, context)
  const { at } = context
  const { message_token: token, user_id: id, desc } = data
  const error = status === 'failed' && { error: { code: 'failed', message: desc || 'failed' } }
  const chat = toChat({ id })
  return {
    events: [{ type: 'message.status', at, chat, status, messageIds: [token], ...error }],
    afterSendsTo: [chat.id],
  }
}

function unknownCallback({ callback, at }: CallbackContext): Parsed {
  const given = callback['sender'] ?? callback['user'] ?? { id: callback['user_id'] }
  const user = userSchema.safeParse(isRecord(given) ? given : undefined)
  const who = user.success ? { user: toPerson(user.data), chat: toChat(user.data) } : {}
  return { events: [{ type: 'unsupported', at, ...who, kind: callback.event.slice(0, 64) }] }
}
