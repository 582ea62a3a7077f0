import type { Chat, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import { type ChatAddress, writeChatId } from './chat-id.ts'
import type { TelegramChat, TelegramMessage, TelegramTopic, TelegramUser } from './types.ts'

/** Telegram's stand-ins for whoever writes in a chat's name: GroupAnonymousBot, Channel_Bot, and Telegram itself for posts. */
const STAND_INS = new Set([1_087_968_824, 136_817_688, 777_000])
/** The topic that every forum has; Telegram refuses messages which name it. */
const GENERAL_TOPIC = 1

export function toPerson(user: TelegramUser): Person {
  return {
    id: String(user.id),
    ...given({ name: user.first_name, lastName: user.last_name }),
    ...toUsername(user.username),
    ...given({ language: user.language_code }),
  }
}

function toUsername(username: string | undefined): { username?: string; url?: string } {
  return username ? { username, url: `https://t.me/${username}` } : {}
}

/** `topic`: the message that was written there, if it stands in a thread. */
export function toChat(chat: TelegramChat, topic?: TelegramTopic): Chat {
  const person = nameOf(chat)
  const name = chat.title || person
  const { directTopicId, topicId } = addressOf(chat, topic)
  const customer = topic?.direct_messages_topic?.user
  const threadId = directTopicId ?? topicId
  const threadName =
    directTopicId === undefined
      ? topic?.reply_to_message?.forum_topic_created?.name
      : customer && nameOf(customer)
  return {
    id: writeChatId(addressOf(chat, topic)),
    ...given({ name }),
    ...(chat.username ? { url: `https://t.me/${chat.username}` } : {}),
    // One customer's thread of a channel's direct messages is no group to anyone.
    ...given({ kind: directTopicId === undefined ? kindOf(chat) : 'private' }),
    ...(threadId === undefined
      ? {}
      : { thread: { id: String(threadId), ...given({ name: threadName }) } }),
  }
}

function nameOf(one: Pick<TelegramUser, 'first_name' | 'last_name'>): string {
  return [one.first_name, one.last_name].filter(Boolean).join(' ')
}

/**
 * The thread that a message stands in. `message_thread_id` alone also groups answers in chats without topics, and then is
 * nothing to send to.
 */
export function addressOf({ id }: TelegramChat, topic: TelegramTopic | undefined): ChatAddress {
  const chatId = String(id)
  const direct = topic?.direct_messages_topic?.topic_id
  if (direct !== undefined) return { chatId, directTopicId: direct }
  const topicId = topic?.is_topic_message ? topic.message_thread_id : undefined
  return topicId === undefined || topicId === GENERAL_TOPIC ? { chatId } : { chatId, topicId }
}

/** Where Telegram doesn't say, the id does: people's are positive. */
function kindOf({ id, type }: TelegramChat): Chat['kind'] {
  return type === undefined ? (id > 0 ? 'private' : 'group') : toChatKind(type)
}

export function isPrivate(chat: TelegramChat): boolean {
  return kindOf(chat) === 'private'
}

export function toChatKind(type: string): Chat['kind'] {
  if (type === 'supergroup' || type === 'group') return 'group'
  return type === 'private' || type === 'channel' ? type : undefined
}

/** Who wrote: a person, or the chat in whose name it was written. Channel posts have neither. */
export function toAuthor(message: TelegramMessage): Person | undefined {
  const { from, sender_chat: inNameOf } = message
  if (from && !STAND_INS.has(from.id)) return toPerson(from)
  if (!inNameOf || message.chat.type === 'channel') return from && toPerson(from)
  return {
    id: String(inNameOf.id),
    ...given({ name: inNameOf.title }),
    ...toUsername(inNameOf.username),
  }
}
