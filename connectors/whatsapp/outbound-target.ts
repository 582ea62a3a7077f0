import type { JsonObject } from '#core/json.ts'
import { isUserId, toDigits } from './phone-number.ts'

/** Whom a call is for, in the API's own terms. */
export interface Target {
  readonly chatId: string
  readonly isGroup: boolean
  readonly fields: Readonly<Record<string, string>>
  /** The last message that came from the chat, for what needs to name one. */
  readonly lastMessageId?: string
}

/**
 * A phone number goes first, for it works whatever becomes of user names. A chat that nobody has written in is addressed by
 * what its id looks like: digits, a user id, or else a group.
 */
export function toTarget(chatId: string, conversation: JsonObject | undefined): Target {
  const { to, recipient, isGroup: isKnownGroup, lastMessageId } = conversation ?? {}
  const last = typeof lastMessageId === 'string' ? { lastMessageId } : {}
  const known = [to, recipient].find((one) => typeof one === 'string' && one !== '')
  const whom = addressOf(typeof known === 'string' ? known : chatId)
  const isGroup = isKnownGroup === true || ('to' in whom && !/^\d{1,20}$/.test(whom.to))
  const fields = { recipient_type: isGroup ? 'group' : 'individual', ...whom }
  return { chatId, isGroup, fields, ...last }
}

function addressOf(id: string): { readonly to: string } | { readonly recipient: string } {
  return isUserId(id) ? { recipient: id } : { to: toDigits(id) }
}
