import type { ParsedUpdate } from '#core/connector.ts'
import type { InboundEvent, MessageStatusEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { lookUp } from '#kit/look-up.ts'
import type { Parsed } from '#kit/parsed.ts'
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

/**
 * One callback of Viber → events. Throws BadUpdateError for what is no callback, or a known kind without the fields it
 * always has.
 */
export function parseUpdate(
  update: unknown,
  { settings }: Line<ViberSettings>,
  receivedAt: number,
): ParsedUpdate {
  const callback = check(callbackSchema, update)
  const context = { settings, at: callback.timestamp ?? receivedAt }
  const { event } = callback
  const reader = lookUp(READERS, event)
  const parsed = reader ? reader(update, context) : unknownCallback(callback, context)
  return { key: keyOf(callback), ...parsed }
}

/** Statuses carry the token of the message that they are about, so the event's name is part of the key. */
function keyOf(callback: ViberCallback): string {
  const { event, message_token: token, timestamp } = callback
  if (token !== undefined) return `${event.slice(0, 64)}:${token}`
  const who = String(callback['user_id'] ?? '').slice(0, 128)
  return `${event.slice(0, 64)}:${timestamp ?? ''}:${who}`
}

function readMessageEvent(callback: unknown, { at }: CallbackContext): Parsed {
  const { message_token: id, sender, message } = check(messageEventSchema, callback)
  const base = { at, user: toPerson(sender), chat: toChat(sender) }
  if (message.type === 'text') {
    const pressed = pressedButton(message.text, message.tracking_data)
    if (pressed) return { events: [{ type: 'button', ...base, ...pressed }] }
  }
  const content = readMessage(message)
  if (!content) {
    const kind = message.type.slice(0, 64)
    return { events: [{ type: 'unsupported', ...base, kind, message: { id } }] }
  }
  return { events: [{ type: 'message.new', ...base, message: { id, sentAt: at, ...content } }] }
}

function readStarted(callback: unknown, { at, settings }: CallbackContext): Parsed {
  const { user, context: ref } = check(startedSchema, callback)
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

function readSubscribed(callback: unknown, { at }: CallbackContext): Parsed {
  const { user } = check(subscribedSchema, callback)
  return { events: [{ type: 'chat.unblocked', at, user: toPerson(user), chat: toChat(user) }] }
}

function readUnsubscribed(callback: unknown, { at }: CallbackContext): Parsed {
  const { user_id: id } = check(unsubscribedSchema, callback)
  return { events: [{ type: 'chat.blocked', at, user: { id }, chat: toChat({ id }) }] }
}

/** `failed` can come long after `sent`; Viber gives it words and no code. */
function readStatus(
  callback: unknown,
  status: MessageStatusEvent['status'],
  { at }: CallbackContext,
): Parsed {
  const { message_token: token, user_id: id, desc } = check(statusSchema, callback)
  const error = status === 'failed' && { error: { code: 'failed', message: desc || 'failed' } }
  const chat = toChat({ id })
  return {
    events: [{ type: 'message.status', at, chat, status, messageIds: [token], ...error }],
    afterSendsTo: [chat.id],
  }
}

function unknownCallback(callback: ViberCallback, { at }: CallbackContext): Parsed {
  const given = callback['sender'] ?? callback['user'] ?? { id: callback['user_id'] }
  const user = userSchema.safeParse(isRecord(given) ? given : undefined)
  const who = user.success ? { user: toPerson(user.data), chat: toChat(user.data) } : {}
  return { events: [{ type: 'unsupported', at, ...who, kind: callback.event.slice(0, 64) }] }
}
