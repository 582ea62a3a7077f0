import type { JsonObject } from '#core/json.ts'

/** Whom a call is for, in the API's own terms. */
export interface Target {
  readonly chatId: string
  readonly fields: Readonly<Record<string, string>>
  /** The last message that came from the chat, for what needs to name one. */
  readonly lastMessageId?: string
}

/** A person's id for this business: `RU.8x`, `US.ENT.1234`. */
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{1,200}$/

/**
 * A phone number goes first, for it works whatever becomes of user names. A chat that was never heard of is addressed by what
 * its id looks like: digits, a user id, or else a group.
 */
export function toTarget(chatId: string, conversation: JsonObject | undefined): Target {
  const { to, recipient, isGroup, lastMessageId } = conversation ?? {}
  const last = typeof lastMessageId === 'string' ? { lastMessageId } : {}
  const known = {
    ...(typeof to === 'string' && to !== '' ? { to } : {}),
    ...(typeof recipient === 'string' && recipient !== '' ? { recipient } : {}),
  }
  const { to: phone, recipient: userId } = Object.keys(known).length > 0 ? known : guess(chatId)
  const isOfGroup =
    isGroup === true || (known.to === undefined && phone !== undefined && !isPhone(phone))
  const kind = { recipient_type: isOfGroup ? 'group' : 'individual' }
  const whom = phone === undefined ? { recipient: userId ?? chatId } : { to: phone }
  return { chatId, fields: { ...kind, ...whom }, ...last }
}

function guess(chatId: string): { to?: string; recipient?: string } {
  return USER_ID.test(chatId) ? { recipient: chatId } : { to: chatId.replace(/^\+(?=\d+$)/, '') }
}

function isPhone(value: string): boolean {
  return /^\d{1,20}$/.test(value)
}
