import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { readPart, whole } from '#kit/loose.ts'
import type { Parsed } from '#kit/parsed.ts'
import { toInstant, type UpdateContext, unread, unsupported } from './inbound-context.ts'
import { isPrivate, toChat, toPerson } from './people.ts'
import { callbackSchema, deletedSchema, memberSchema, reactionSchema } from './types.ts'

/** Ids that can't be read are told to the log; the others are deleted all the same. */
export function readDeleted(value: unknown, context: UpdateContext, kind: string): Parsed {
  const { data, fault } = readPart(deletedSchema, value, kind)
  if (fault) return unread(kind, value, fault, context)
  const { chat, message_ids: ids } = data
  const base = { type: 'message.deleted', at: context.receivedAt, chat: toChat(chat) } as const
  const read = ids.map((id, index) => readPart(whole, id, `${kind}.message_ids.${index}`))
  if (read.length === 0) return { events: [unsupported(kind, value, context)] }
  const unreadable = read.flatMap((one) => (one.fault ? [one.fault] : []))
  return {
    events: read.flatMap((one) =>
      one.fault ? [] : [{ ...base, message: { id: String(one.data) } }],
    ),
    ...(unreadable.length > 0 ? { unreadable } : {}),
  }
}

/** An account let the bot in, or shut it out: then answers can't go through it any more. */
export function readConnection(value: unknown, context: UpdateContext, kind: string): Parsed {
  const isEnded = isRecord(value) && value['is_enabled'] === false
  return { events: [unsupported(isEnded ? `${kind}:ended` : kind, value, context)] }
}

export function readReaction(value: unknown, context: UpdateContext, kind: string): Parsed {
  const { data: update, fault } = readPart(reactionSchema, value, kind)
  if (fault) return unread(kind, value, fault, context)
  const before = update.old_reaction.map(nameReaction)
  const now = update.new_reaction.map(nameReaction)
  const [wasThere, isThere] = [new Set(before), new Set(now)]
  const added = now.filter((name) => !wasThere.has(name))
  const removed = before.filter((name) => !isThere.has(name))
  if (added.length + removed.length === 0) return { events: [], ignored: 'reactions unchanged' }
  const { user, actor_chat: actor } = update
  const person = user ? toPerson(user) : actor && { id: String(actor.id), ...nameOf(actor) }
  const event: InboundEvent = {
    type: 'reaction',
    at: toInstant(update['date'], context),
    ...given({ user: person }),
    chat: toChat(update.chat),
    message: { id: String(update.message_id) },
    added,
    removed,
  }
  return { events: [event] }
}

function nameOf(actor: { title?: string | undefined }): { name?: string } {
  return given({ name: actor.title })
}

/** A custom emoji has no character of its own here: Telegram's id of it is its name. */
function nameReaction(reaction: unknown): string {
  if (!isRecord(reaction)) return 'unknown'
  const { emoji, custom_emoji_id: id, type } = reaction
  if (typeof emoji === 'string') return emoji
  if (typeof id === 'string') return `custom_emoji:${id}`
  return typeof type === 'string' ? type : 'unknown'
}

export function readCallback(value: unknown, context: UpdateContext, kind: string): Parsed {
  const query = callbackSchema.safeParse(value).data
  const reply = answerTo(isRecord(value) ? value['id'] : undefined)
  if (!query) return { events: [unsupported(nameQuery(kind, value), value, context)], ...reply }
  const { data: payload, message, from } = query
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  const text = buttons.find((button) => button.callback_data === payload)?.text
  const event: InboundEvent = {
    type: 'button',
    at: context.receivedAt,
    ...given({ user: from && toPerson(from) }),
    chat: toChat(message.chat, message),
    payload,
    ...given({ text }),
    message: { id: String(message.message_id) },
  }
  return { events: [event], ...reply }
}

/** A game's button has no data, one under an inline message no chat. */
function nameQuery(kind: string, value: unknown): string {
  if (!isRecord(value)) return kind
  if (typeof value['game_short_name'] === 'string') return `${kind}:game`
  return typeof value['inline_message_id'] === 'string' ? `${kind}:inline` : kind
}

/**
 * Telegram shows a waiting clock on the button until the query is answered, and takes a method call as the webhook's
 * answer. That its result is never learnt doesn't matter here.
 */
function answerTo(queryId: unknown): { reply?: HttpReply } {
  if (typeof queryId !== 'string') return {}
  const call = { method: 'answerCallbackQuery', callback_query_id: queryId }
  const body = JSON.stringify(call)
  return { reply: { status: 200, body, contentType: 'application/json' } }
}

export function readMember(value: unknown, context: UpdateContext, kind: string): Parsed {
  const { data: update, fault } = readPart(memberSchema, value, kind)
  if (fault) return unread(kind, value, fault, context)
  const { status } = update.new_chat_member
  const type = MEMBER_EVENTS.get(status)
  if (!isPrivate(update.chat) || !type) {
    return { events: [unsupported(`${kind}:${status}`, value, context)] }
  }
  const at = toInstant(update['date'], context)
  const user = update.from && toPerson(update.from)
  return { events: [{ type, at, ...given({ user }), chat: toChat(update.chat) }] }
}

const MEMBER_EVENTS = new Map([
  ['kicked', 'chat.blocked'],
  ['member', 'chat.unblocked'],
] as const) as ReadonlyMap<string, 'chat.blocked' | 'chat.unblocked'>
