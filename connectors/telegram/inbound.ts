import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { HttpReply } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { lookUp } from '#kit/look-up.ts'
import type { Parsed } from '#kit/parsed.ts'
import { readMessage } from './inbound-message.ts'
import { toAuthor, toChat, toPerson } from './people.ts'
import type { TelegramSettings } from './settings.ts'
import {
  callbackSchema,
  chatSchema,
  deletedSchema,
  memberSchema,
  messageSchema,
  reactionSchema,
  type TelegramMessage,
  userSchema,
} from './types.ts'

const check = updateCheck('a Telegram update')

interface UpdateContext {
  /** Ids of the connected bot: what it wrote itself is left out. */
  readonly botIds: readonly string[]
  readonly receivedAt: number
}

type Reader = (value: unknown, context: UpdateContext) => Parsed

const READERS: Readonly<Record<string, Reader>> = {
  message: (value, context) => readPost(value, 'message.new', context),
  edited_message: (value, context) => readPost(value, 'message.updated', context),
  channel_post: (value, context) => readPost(value, 'message.new', context),
  edited_channel_post: (value, context) => readPost(value, 'message.updated', context),
  business_message: (value, context) => readPost(value, 'message.new', context),
  edited_business_message: (value, context) => readPost(value, 'message.updated', context),
  deleted_business_messages: readDeleted,
  message_reaction: readReaction,
  callback_query: readCallback,
  my_chat_member: readMember,
}

/**
 * One Telegram update → events. Throws BadUpdateError for what is no update, or a known kind without the fields it always
 * has. The key names the bot too, since each bot counts its own updates and a line may get another bot.
 */
export function parseUpdate(
  update: unknown,
  line: Line<TelegramSettings>,
  receivedAt: number,
): ParsedUpdate {
  if (!isRecord(update) || !Number.isSafeInteger(update['update_id'])) {
    throw new BadUpdateError('not a Telegram update: no update_id')
  }
  const { botId } = line.settings
  const botIds = line.identity === undefined ? [botId] : [botId, line.identity]
  const key = `${botId}:${update['update_id']}`
  const context = { botIds, receivedAt }
  const kinds = Object.keys(update).filter((name) => name !== 'update_id')
  const kind = kinds.find((name) => Object.hasOwn(READERS, name)) ?? kinds[0] ?? 'update'
  const reader = lookUp(READERS, kind)
  if (reader) return { key, ...reader(update[kind], context) }
  return { key, events: [unsupported(kind, update[kind], context)] }
}

function unsupported(kind: string, value: unknown, context: UpdateContext): InboundEvent {
  const fields = isRecord(value) ? value : {}
  const message = isRecord(fields['message']) ? fields['message'] : {}
  const user = userSchema.safeParse(fields['from'] ?? fields['user'])
  const chat = chatSchema.safeParse(fields['chat'] ?? message['chat'])
  const id = fields['message_id'] ?? message['message_id']
  return {
    type: 'unsupported',
    at: toInstant(fields['date'], context),
    ...(user.success ? { user: toPerson(user.data) } : {}),
    ...(chat.success ? { chat: toChat(chat.data) } : {}),
    kind: kind.slice(0, 64),
    ...(Number.isSafeInteger(id) ? { message: { id: String(id) } } : {}),
  }
}

/** Telegram's seconds → milliseconds; the time of arrival where it tells none (0 for messages it can't show). */
function toInstant(date: unknown, context: UpdateContext): number {
  return typeof date === 'number' && date > 0 ? date * 1000 : context.receivedAt
}

function readPost(
  value: unknown,
  type: 'message.new' | 'message.updated',
  context: UpdateContext,
): Parsed {
  const message = check(messageSchema, value)
  if (isOwn(message, context)) return { events: [], ignored: 'written by the bot itself' }
  const conversations = toConversations(message)
  const user = toAuthor(message)
  const at = toInstant(type === 'message.updated' ? message.edit_date : message.date, context)
  const base = { at, chat: toChat(message.chat), ...given({ user }) }
  const start = type === 'message.new' ? startOf(message) : undefined
  if (start) return { events: [{ type: 'chat.started', ...base, ...start }], ...conversations }
  const content = readMessage(message, isFromCompany(message))
  const events: InboundEvent[] = []
  if (content.message) events.push({ type, ...base, message: content.message })
  if (content.unsupported) {
    const id = String(message.message_id)
    events.push({ type: 'unsupported', ...base, kind: content.unsupported, message: { id } })
  }
  return { events, ...conversations }
}

function isOwn(message: TelegramMessage, { botIds }: UpdateContext): boolean {
  return [message.from?.id, message.sender_business_bot?.id].some(
    (id) => id !== undefined && botIds.includes(String(id)),
  )
}

/** In a business account's chat the customer is the chat; anyone else who writes there is the company. */
function isFromCompany({
  business_connection_id: isBusiness,
  from,
  chat,
}: TelegramMessage): boolean {
  return isBusiness !== undefined && from !== undefined && from.id !== chat.id
}

/** What sending needs later: the business connection to answer through, the new id of a group that moved. */
function toConversations(message: TelegramMessage): Pick<ParsedUpdate, 'conversations'> {
  const { business_connection_id: businessConnectionId, migrate_to_chat_id: movedTo } = message
  if (businessConnectionId === undefined && movedTo === undefined) return {}
  const context = {
    ...given({ businessConnectionId }),
    ...(movedTo === undefined ? {} : { movedTo: String(movedTo) }),
  }
  return { conversations: [{ chatId: String(message.chat.id), context }] }
}

/**
 * A press of "Start", or a deep link (https://t.me/bot?start=ref), arrives as `/start ref`. Nobody typed that, so there
 * is no message beside the event.
 */
function startOf(message: TelegramMessage): { ref?: string } | undefined {
  if (message.chat.type !== 'private') return undefined
  const match = /^\/start(?:@\w+)?(?:\s+(\S{1,512}))?\s*$/.exec(message.text?.slice(0, 600) ?? '')
  if (!match) return undefined
  return match[1] === undefined ? {} : { ref: match[1] }
}

function readDeleted(value: unknown, context: UpdateContext): Parsed {
  const { chat, message_ids: ids } = check(deletedSchema, value)
  const base = { type: 'message.deleted', at: context.receivedAt, chat: toChat(chat) } as const
  return { events: ids.map((id) => ({ ...base, message: { id: String(id) } })) }
}

function readReaction(value: unknown, context: UpdateContext): Parsed {
  const update = check(reactionSchema, value)
  const before = update.old_reaction.map(reactionName)
  const now = update.new_reaction.map(reactionName)
  const added = now.filter((name) => !before.includes(name))
  const removed = before.filter((name) => !now.includes(name))
  if (added.length + removed.length === 0) return { events: [], ignored: 'reactions unchanged' }
  const { user, actor_chat: actor } = update
  const name = actor?.title ? { name: actor.title } : {}
  const person = user ? toPerson(user) : actor && { id: String(actor.id), ...name }
  const at = toInstant(update.date, context)
  const message = { id: String(update.message_id) }
  const who = person ? { user: person } : {}
  return {
    events: [{ type: 'reaction', at, ...who, chat: toChat(update.chat), message, added, removed }],
  }
}

/** A custom emoji has no character of its own here: Telegram's id of it is its name. */
function reactionName(reaction: {
  type: string
  emoji?: unknown
  custom_emoji_id?: unknown
}): string {
  if (typeof reaction.emoji === 'string') return reaction.emoji
  const id = reaction.custom_emoji_id
  return typeof id === 'string' ? `custom_emoji:${id}` : reaction.type
}

function readCallback(value: unknown, context: UpdateContext): Parsed {
  const query = check(callbackSchema, value)
  const { data, message } = query
  const reply = answerTo(query.id)
  // A game's button, or one under an inline message: neither has data and a chat.
  if (data === undefined || !message) {
    return { events: [unsupported('callback_query', value, context)], reply }
  }
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  const text = buttons.find((button) => button.callback_data === data)?.text
  const event: InboundEvent = {
    type: 'button',
    at: context.receivedAt,
    user: toPerson(query.from),
    chat: toChat(message.chat),
    payload: data,
    ...given({ text }),
    message: { id: String(message.message_id) },
  }
  return { events: [event], reply }
}

/**
 * Telegram shows a waiting clock on the button until the query is answered, and takes a method call as the webhook's
 * answer. That its result is never learnt doesn't matter here.
 */
function answerTo(queryId: string): HttpReply {
  const call = { method: 'answerCallbackQuery', callback_query_id: queryId }
  return { status: 200, body: JSON.stringify(call), contentType: 'application/json' }
}

function readMember(value: unknown, context: UpdateContext): Parsed {
  const update = check(memberSchema, value)
  const { status } = update.new_chat_member
  const type = MEMBER_EVENTS.get(status)
  if (update.chat.type !== 'private' || !type) {
    return { events: [unsupported('my_chat_member', value, context)] }
  }
  const at = toInstant(update.date, context)
  return { events: [{ type, at, user: toPerson(update.from), chat: toChat(update.chat) }] }
}

const MEMBER_EVENTS = new Map([
  ['kicked', 'chat.blocked'],
  ['member', 'chat.unblocked'],
] as const) as ReadonlyMap<string, 'chat.blocked' | 'chat.unblocked'>
