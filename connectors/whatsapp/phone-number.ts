/** A person's id for this business: `RU.8x`, `US.ENT.1234`. */
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{1,200}$/

export function isUserId(value: string): boolean {
  return USER_ID.test(value)
}

/**
 * A number as people write it (`+7 (900) 111-22-33`) → its digits, as the API wants it. Anything else, ids of groups among
 * it, stays as it is.
 */
export function toDigits(written: string): string {
  const digits = written.replace(/[\s().\-\u2010-\u2015]/g, '').replace(/^\+/, '')
  return /^\d{5,20}$/.test(digits) ? digits : written
}

/**
 * One spelling of a number that has two, so that a person has one chat: Brazil's mobile numbers with their ninth digit,
 * Mexico's and Argentina's with the 1 or 9 that WhatsApp's own ids have. Others stay as they are. For naming chats alone:
 * written to is the spelling that came.
 */
export function canonicalNumber(digits: string): string {
  const brazil = /^55([1-9]\d)([6-9]\d{7})$/.exec(digits)
  if (brazil) return `55${brazil[1]}9${brazil[2]}`
  if (/^52[2-9]\d{9}$/.test(digits)) return `521${digits.slice(2)}`
  if (/^54[1-8]\d{9}$/.test(digits)) return `549${digits.slice(2)}`
  return digits
}
