import { given } from './given.ts'
import type { JsonObject } from './json.ts'
import type { RenderedPerson } from './stored-event.ts'

/** What the channel tells of a person, without the person's own id. */
export type Profile = Omit<RenderedPerson, 'id' | 'version'>

/** One person's chat with one line. Instants are epoch ms. */
export interface Recipient {
  /** Unique in the hub. */
  readonly lead: number
  readonly lineId: number
  readonly portalId: string
  readonly chatId: string
  readonly profile: Profile
  /** Sorted. */
  readonly tags: readonly string[]
  readonly attributes: JsonObject
  readonly firstSeenAt: number
  /** Of messages of the person. */
  readonly firstMessageAt?: number
  readonly lastSeenAt?: number
  readonly blockedAt?: number
  /** The portal's own id of the human, whatever line they write to. */
  readonly person?: string
  /** The last message of either side. */
  readonly dialogAt?: number
  /** When somebody said that the talk is over. */
  readonly dialogClosedAt?: number
  /** These two are kept for lines that the communications follow. */
  readonly hasWritten: boolean
  readonly isDialogOpen: boolean
}

/** What an event shows of a chat of one person. */
export interface ChatSighting {
  readonly lineId: number
  readonly portalId: string
  readonly chatId: string
  readonly person?: RenderedPerson
  /** The person has written. */
  readonly hasWritten?: true
  /** Either side has written. */
  readonly isTalk?: true
  /** The person has blocked the line, or lets it write again. */
  readonly isBlocked?: boolean
}

/** What is to change of a recipient. */
export interface RecipientChange {
  /** Merged with those that are there; null removes one. */
  readonly attributes?: JsonObject
  readonly addTags?: readonly string[]
  readonly removeTags?: readonly string[]
}

/** A change that would make a recipient hold too much. */
export class RecipientFullError extends Error {
  override name = 'RecipientFullError'
  readonly code = 'HUB_RECIPIENT_FULL'
  readonly field: 'attributes' | 'addTags'
  constructor(field: 'attributes' | 'addTags', message: string) {
    super(message)
    this.field = field
  }
}

/** Characters. */
export const MAX_TAG_LENGTH = 64
export const MAX_TAGS = 100
/** As JSON, in bytes of UTF-8. */
export const MAX_ATTRIBUTE_BYTES = 16 * 1024
export const MAX_PERSON_LENGTH = 128

/** Is somebody talking? From a message of either side until somebody closes the dialog, or until nobody has written for `idleMs`. */
export function isDialogOpen(
  { dialogAt, dialogClosedAt }: Pick<Recipient, 'dialogAt' | 'dialogClosedAt'>,
  now: number,
  idleMs: number,
): boolean {
  if (dialogAt === undefined || now - dialogAt >= idleMs) return false
  return dialogClosedAt === undefined || dialogClosedAt < dialogAt
}

/** The tags as they are after a change, sorted; one that is removed and added is there. Throws RecipientFullError. */
export function changeTags(
  tags: readonly string[],
  { addTags = [], removeTags = [] }: RecipientChange,
): string[] {
  const after = new Set(tags)
  for (const tag of removeTags) after.delete(tag)
  for (const tag of addTags) after.add(tag)
  if (after.size > MAX_TAGS && after.size > tags.length) {
    throw new RecipientFullError('addTags', `a recipient can have at most ${MAX_TAGS} tags`)
  }
  return [...after].sort()
}

/** Throws RecipientFullError. */
export function changeAttributes(attributes: JsonObject, change: JsonObject = {}): JsonObject {
  const after = new Map(Object.entries(attributes))
  for (const [name, value] of Object.entries(change)) {
    if (value === null) after.delete(name)
    else after.set(name, value)
  }
  // A name like `__proto__` becomes a field like any other.
  const merged = Object.fromEntries(after)
  if (Buffer.byteLength(JSON.stringify(merged)) > MAX_ATTRIBUTE_BYTES) {
    const message = `the attributes of a recipient must not exceed ${MAX_ATTRIBUTE_BYTES} bytes of JSON`
    throw new RecipientFullError('attributes', message)
  }
  return merged
}

/** What templates and code see as `lead`. */
export function leadScope({
  lead,
  chatId,
  profile,
  tags,
  attributes,
  ...rest
}: Recipient): JsonObject {
  const { name, lastName, username, language, phone, email, url } = profile
  return {
    ...{ lead, chat: { id: chatId } },
    ...given({ name, lastName, username, language, phone, email, url, person: rest.person }),
    ...{ tags, attributes, firstSeenAt: new Date(rest.firstSeenAt).toISOString() },
    ...given({ lastSeenAt: rest.lastSeenAt && new Date(rest.lastSeenAt).toISOString() }),
  }
}
