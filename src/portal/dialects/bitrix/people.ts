import { BoundedMap } from '../../../core/bounded-map.ts'
import { given } from '../../../core/given.ts'
import type { RenderedChat, RenderedPerson } from '../../../core/stored-event.ts'
import { toPortalId } from './chat-id.ts'
import { isLink } from './file-items.ts'
import type { PhpInput } from './wire/php-value.ts'

export type UserItem = { readonly [key: string]: PhpInput | undefined } & { readonly id: string }

const MAX_KNOWN = 20_000

/**
 * A person as the portal reads one. Who is sent without a name is called "Guest" there from then on, so the person whom a
 * chat was last seen with is remembered for events that name nobody: as long as this process lives, for that is all it is.
 */
export class People {
  readonly #seen = new BoundedMap<string, UserItem>(MAX_KNOWN)

  /** Whom an event of the chat is about. */
  of(lineId: number, chat: RenderedChat, person: RenderedPerson | undefined): UserItem {
    const key = `${lineId} ${chat.id}`
    if (!person) return this.#seen.get(key) ?? { id: toPortalId(chat.id) }
    const user = toUserItem(person)
    this.#seen.set(key, user)
    return user
  }

  /** Is it known whom the chat is with? */
  knows(lineId: number, chat: RenderedChat): boolean {
    return this.#seen.get(`${lineId} ${chat.id}`) !== undefined
  }
}

function toUserItem(person: RenderedPerson): UserItem {
  const { id, name, lastName, username, url, picture, sex, email, phone } = person
  const pictureUrl = picture && isLink(picture.url) ? picture.url : undefined
  return {
    id: toPortalId(id),
    ...given({
      name: name ?? (lastName === undefined ? username : undefined),
      last_name: lastName,
      title: username,
      picture: pictureUrl === undefined ? undefined : { url: pictureUrl },
      url: url !== undefined && isLink(url) ? url : undefined,
      gender: sex,
      email,
      phone,
    }),
  }
}

/** Names and links are for chats of several people: a person's own have nothing that the person hasn't. */
export function toChatItem({ id, name, url, kind }: RenderedChat): PhpInput {
  const isShared = kind === 'group' || kind === 'channel'
  return { id: toPortalId(id), ...(isShared ? given({ name, url }) : {}) }
}
