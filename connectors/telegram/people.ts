import type { Chat, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { TelegramChat, TelegramMessage, TelegramUser } from './types.ts'

/** Telegram's stand-ins for whoever writes in a chat's name: GroupAnonymousBot and Channel_Bot. */
const STAND_INS = new Set([1_087_968_824, 136_817_688])

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

export function toChat(chat: TelegramChat): Chat {
  const person = [chat.first_name, chat.last_name].filter(Boolean).join(' ')
  const name = chat.title || person
  const kind = toChatKind(chat.type)
  return {
    id: String(chat.id),
    ...given({ name }),
    ...(chat.username ? { url: `https://t.me/${chat.username}` } : {}),
    ...given({ kind }),
  }
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
