import type { Chat, Person } from '#core/event.ts'
import { given } from '#core/given.ts'
import type { JsonObject } from '#core/json.ts'
import { canonicalNumber, isUserId } from './phone-number.ts'
import type { Contact, Message } from './types.ts'

/** Who a message is from, or, of what the company wrote itself, to. */
export interface Parties {
  /** Absent where the channel names nobody. */
  readonly user?: Person
  readonly chat?: Chat
  /** What is kept for sending to the chat, without the message's own id. */
  readonly context: JsonObject
}

/**
 * A person is known by the id that Meta gives them for this business (`RU.8x`), or by the phone number where there is
 * none: who takes a user name may hide the number, and keeps the id.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
 */
export function findParties(message: Message, contacts: readonly Contact[]): Parties {
  return toParties(message.from, message.from_user_id, message.group_id, contacts)
}

/** Of a message that a person of the company wrote on another device: its chat is whom it is for. */
export function findRecipient(message: Message, contacts: readonly Contact[]): Parties {
  return toParties(message.to, message.to_user_id, message.group_id, contacts)
}

/** Of a person that is told by ids alone: who calls, or who wants no more advertisements. */
export function findPerson(phone: string, userId: string, contacts: readonly Contact[]): Parties {
  return toParties(phone, userId, '', contacts)
}

function toParties(
  phone: string,
  userId: string,
  groupId: string,
  contacts: readonly Contact[],
): Parties {
  const contact = findContact(contacts, phone, userId)
  const { to, recipient } = addressOf(
    phone || contact?.wa_id || '',
    userId || contact?.user_id || '',
  )
  const id = recipient || canonicalNumber(to)
  const user = id === '' ? undefined : toPerson(id, to, contact)
  if (groupId !== '') {
    const chat: Chat = { id: groupId, kind: 'group' }
    return { ...given({ user }), chat, context: { to: groupId, isGroup: true } }
  }
  if (!user) return { context: {} }
  return {
    user,
    chat: { id, kind: 'private' },
    context: { ...given({ to, recipient }) },
  }
}

/** Where the number is withheld its fields may hold the person's id, which isn't to be written to as a number. */
function addressOf(
  phone: string,
  userId: string,
): { readonly to: string; readonly recipient: string } {
  return isUserId(phone) ? { to: '', recipient: userId || phone } : { to: phone, recipient: userId }
}

/** The chat of a status, which names its person by number or id. '' if it names nobody. */
export function chatIdOf(phone: string, userId: string): string {
  const { to, recipient } = addressOf(phone, userId)
  return recipient || canonicalNumber(to)
}

function toPerson(id: string, to: string, contact: Contact | undefined): Person {
  const name = contact?.profile?.name
  const username = contact?.profile?.username
  return withPhone({ id, ...given({ name, username }) }, to)
}

/** `digits` as WhatsApp has them, without the plus sign. */
export function withPhone(person: Person, digits: string): Person {
  return /^\d{5,20}$/.test(digits) ? { ...person, phone: `+${digits}` } : person
}

/**
 * The one that is named. A contact alone is the message's; the number it shows may differ from the sender's (Brazil,
 * Mexico).
 */
export function findContact(
  contacts: readonly Contact[],
  phone: string,
  userId: string,
): Contact | undefined {
  const [only] = contacts
  const isOther = userId !== '' && (only?.user_id ?? '') !== '' && only?.user_id !== userId
  if (contacts.length === 1) return isOther ? undefined : only
  return contacts.find(
    ({ wa_id: waId, user_id: id }) =>
      (userId !== '' && id === userId) ||
      (phone !== '' && canonicalNumber(waId) === canonicalNumber(phone)),
  )
}
