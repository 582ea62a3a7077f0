import type { ParsedUpdate } from '#core/connector.ts'
import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { JsonObject } from '#core/json.ts'
import { readPart } from '#kit/loose.ts'
import type { Parsed } from '#kit/parsed.ts'
import { toInstant, type UpdateContext, unread } from './inbound-context.ts'
import { readMessage } from './inbound-message.ts'
import { addressOf, isPrivate, toAuthor, toChat } from './people.ts'
import { schemaFor, type TelegramMessage } from './types.ts'

/** A message or an edited one, wherever it was written. `kind`: Telegram's name of the update. */
export function readPost(
  value: unknown,
  type: 'message.new' | 'message.updated',
  context: UpdateContext,
  kind: string,
): Parsed {
  const { data: message, fault } = readPart(schemaFor(value), value, kind)
  if (fault) return unread(kind, value, fault, context)
  if (isOwn(message, context)) {
    const about = { chat: toChat(message.chat, message).id, messageId: String(message.message_id) }
    return { events: [], ignored: 'written by the bot itself', about }
  }
  const conversations = toConversations(message)
  const user = toAuthor(message)
  const at = toInstant(message[type === 'message.updated' ? 'edit_date' : 'date'], context)
  const base = { at, chat: toChat(message.chat, message), ...given({ user }) }
  const done = { ...(conversations.length > 0 ? { conversations } : {}) }
  const act = type === 'message.new' && !isFromCompany(message) ? readAct(message) : undefined
  if (act) return { events: [{ ...base, ...act }], ...done }
  const content = readMessage(message, value, isFromCompany(message))
  const events: InboundEvent[] = []
  if (content.message) events.push({ type, ...base, message: content.message })
  const id = String(message.message_id)
  for (const name of content.unsupported) {
    events.push({ type: 'unsupported', ...base, kind: nameKind(name, message), message: { id } })
  }
  return { events, ...done }
}

function isOwn(message: TelegramMessage, { botIds }: UpdateContext): boolean {
  return [message.from?.id, message.sender_business_bot?.id].some(
    (id) => id !== undefined && botIds.includes(String(id)),
  )
}

/** In the chat of a business account, and in a topic of a channel's direct messages, all but the customer are the company. */
function isFromCompany(message: TelegramMessage): boolean {
  const { business_connection_id: isBusiness, from, chat } = message
  const customer = isBusiness === undefined ? message.direct_messages_topic?.user?.id : chat.id
  return customer !== undefined && from !== undefined && from.id !== customer
}

/** A group that moved says where: a portal can't tell otherwise that both ids are one chat. */
function nameKind(name: string, message: TelegramMessage): string {
  const isMove = name === 'migrate_to_chat_id' || name === 'migrate_from_chat_id'
  const other = isMove ? message[name] : undefined
  return other === undefined ? name : `${name}:${other}`
}

/**
 * What sending needs later: the business connection to answer through; the topic of a person's chat, for answers to the chat
 * without it; the new id of a group that moved.
 */
function toConversations(message: TelegramMessage): NonNullable<ParsedUpdate['conversations']> {
  const { business_connection_id: businessConnectionId, migrate_to_chat_id: movedTo } = message
  const { chatId, topicId } = addressOf(message.chat, message)
  const context: JsonObject = {
    ...given({ businessConnectionId, topicId: isPrivate(message.chat) ? topicId : undefined }),
    ...(movedTo === undefined ? {} : { movedTo: String(movedTo) }),
  }
  const { migrate_from_chat_id: before } = message
  return [
    ...(Object.keys(context).length > 0 ? [{ chatId, context }] : []),
    ...(before === undefined ? [] : [{ chatId: String(before), context: { movedTo: chatId } }]),
  ]
}

type Act =
  | { readonly type: 'chat.started'; readonly ref?: string }
  | { readonly type: 'button'; readonly payload: string; readonly text?: string }

/**
 * What nobody typed, so that there is no message beside the event: a press of "Start" or a deep link
 * (https://t.me/bot?start=ref), which arrive as `/start ref`, and what a mini app sends.
 */
function readAct(message: TelegramMessage): Act | undefined {
  const { web_app_data: sent } = message
  if (sent) return { type: 'button', payload: sent.data, ...given({ text: sent.button_text }) }
  if (!isPrivate(message.chat)) return undefined
  const match = /^\/start(?:@\w+)?(?:\s+(\S{1,512}))?\s*$/.exec(message.text?.slice(0, 600) ?? '')
  return match ? { type: 'chat.started', ...given({ ref: match[1] }) } : undefined
}
