import type { Chat, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { ViberUser } from './types.ts'

export function toPerson({ id, name, avatar, language }: ViberUser): Person {
  return {
    id,
    ...given({ name }),
    // The same address from message to message, and open to everyone.
    ...(avatar && URL.canParse(avatar) ? { picture: { url: avatar } } : {}),
    ...given({ language }),
  }
}

/** A bot's chats are with one person each, and have no id but that person's. */
export function toChat({ id, name }: Pick<ViberUser, 'id' | 'name'>): Chat {
  return { id, ...given({ name }), kind: 'private' }
}
