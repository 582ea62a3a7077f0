import type { Profile } from '../../core/recipient.ts'
import type { Where } from '../engine/pieces.ts'

/** Characters of the column. */
const MAX_LENGTH = 1024
/** So many digits and nothing but what people write between them are a telephone number, or a part of one. */
const PHONE_QUERY = /^[+\d\s().\-/]*$/
const MIN_DIGITS = 3

/**
 * What a recipient is found by, in lower case: the full name, user name, telephone number as it was given and its digits alone,
 * e-mail, a line each, so that nothing is found across two of them.
 */
export function searchText({ name, lastName, username, phone, email }: Profile): string {
  const fullName = [name, lastName].filter((part) => part !== undefined).join(' ')
  const lines = [fullName, username, phone, phone && digitsOf(phone), email]
  const text = folded(lines.filter(Boolean).join('\n'))
  return text.length <= MAX_LENGTH ? text : [...text].slice(0, MAX_LENGTH).join('')
}

/** The recipients that have `query` in any of it, whatever its case. */
export function whereFound(query: string): Where {
  const text = folded(query)
  const digits = PHONE_QUERY.test(text) ? digitsOf(text) : ''
  const patterns = [text, ...(digits.length >= MIN_DIGITS && digits !== text ? [digits] : [])]
  return {
    sql: `(${patterns.map(() => "search LIKE ? ESCAPE '!'").join(' OR ')})`,
    bindings: patterns.map((part) => `%${part.replace(/[!%_]/g, '!$&')}%`),
  }
}

function folded(text: string): string {
  return text.toWellFormed().normalize('NFC').toLowerCase()
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '')
}
