import type { JsonObject } from '#core/json.ts'

/** Whom a call is for, in the API's own terms. */
export interface Target {
  readonly chatId: string
  readonly isGroup: boolean
  readonly fields: Readonly<Record<string, string>>
  /** The last message that came from the chat, for what needs to name one. */
  readonly lastMessageId?: string
}

/** A person's id for this business: `RU.8x`, `US.ENT.1234`. */
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{1,200}$/

/**
 * A phone number goes first, for it works whatever becomes of user names. A chat that nobody has written in is addressed by
 * what its id looks like: digits, a user id, or else a group.
 */
export function toTarget(chatId: string, conversation: JsonObject | undefined): Target {
  const { to, recipient, isGroup: isKnownGroup, lastMessageId } = conversation ?? {}
  const last = typeof lastMessageId === 'string' ? { lastMessageId } : {}
  const hasPhone = typeof to === 'string' && to !== ''
  const hasId = typeof recipient === 'string' && recipient !== ''
  const whom = hasPhone ? { to } : hasId ? { recipient } : guess(chatId)
  const isGroup = isKnownGroup === true || ('to' in whom && !/^\d{1,20}$/.test(whom.to))
  const fields = { recipient_type: isGroup ? 'group' : 'individual', ...whom }
  return { chatId, isGroup, fields, ...last }
}

function guess(chatId: string): { readonly to: string } | { readonly recipient: string } {
  return USER_ID.test(chatId) ? { recipient: chatId } : { to: chatId.replace(/^\+(?=\d+$)/, '') }
}
