import { hash } from 'node:crypto'
import type { Chat, Person } from './event.ts'
import { given } from './given.ts'
import { MAX_CHAT_ID_LENGTH } from './line.ts'
import { cutText } from './update-bounds.ts'

/**
 * The most that an event holds of what its channel says, in UTF-16 units: no channel allows people more, and a portal may
 * rely on it. Text beyond is cut with a mark, an address is left out, an id becomes its digest.
 */
export const FIELD_LIMITS = {
  /** Of people, chats, files and places. */
  name: 255,
  address: 1000,
  /** Of pages and pictures. */
  url: 2048,
  /** Of files: signed addresses of file stores are long. */
  fileUrl: 8192,
  mime: 255,
  /** Words of a language, a phone number, a channel's code for an error. */
  word: 64,
  email: 320,
  personId: 512,
  chatId: MAX_CHAT_ID_LENGTH,
  /** As long as a portal may name it. */
  messageId: 255,
  /** Of a button: WhatsApp's forms send all their answers in one. */
  payload: 65_536,
  label: 1000,
  ref: 2048,
  kind: 255,
  reaction: 255,
  errorMessage: 1000,
  /** What a reader sees of a message. */
  text: 65_536,
  /** The same of what it answers: enough to know it again. */
  quote: 16_384,
} as const

const NAME_MARK = '…'

/** A name, or anything else that is short. Undefined stays what it is. */
export function cutName<T extends string | undefined>(value: T, max: number): T {
  return value === undefined || value.length <= max ? value : (cutText(value, max, NAME_MARK) as T)
}

/** Half an address leads nowhere. */
export function fitUrl(
  url: string | undefined,
  max: number = FIELD_LIMITS.url,
): string | undefined {
  return url !== undefined && url.length <= max ? url : undefined
}

/** Two ids that are cut could become one. */
export function fitId(id: string, max: number): string {
  return id.length <= max ? id : `sha256:${hash('sha256', id, 'base64url')}`
}

export function fitPerson(person: Person): Person {
  const { id, name, lastName, username, url, picture, email, phone, language, ...rest } = person
  const { name: most, word } = FIELD_LIMITS
  const pictureUrl = picture && ('url' in picture ? picture.url : picture.ref)
  return {
    ...rest,
    ...given({
      name: cutName(name, most),
      lastName: cutName(lastName, most),
      username: cutName(username, most),
      url: fitUrl(url),
      picture: fitUrl(pictureUrl, FIELD_LIMITS.fileUrl) === undefined ? undefined : picture,
      email: cutName(email, FIELD_LIMITS.email),
      phone: cutName(phone, word),
      language: cutName(language, word),
    }),
    id: fitId(id, FIELD_LIMITS.personId),
  }
}

export function fitChat(chat: Chat): Chat {
  const { id, name, url, thread, kind } = chat
  const threadName = cutName(thread?.name, FIELD_LIMITS.name)
  return {
    id: fitId(id, FIELD_LIMITS.chatId),
    ...given({ name: cutName(name, FIELD_LIMITS.name), url: fitUrl(url), kind }),
    ...(thread && {
      thread: { id: fitId(thread.id, FIELD_LIMITS.chatId), ...given({ name: threadName }) },
    }),
  }
}
