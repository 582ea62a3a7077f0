import { hash } from 'node:crypto'
import { isSameSecret } from '../../../../core/secrets.ts'
import type { FormFields } from './form.ts'

export const HASH_FIELD = 'BX_HASH'
const SEPARATOR = Buffer.from('|')
const LOWER_HEX = /^[0-9a-f]{32}$/

/**
 * `md5(md5(values joined by "|") + md5(licence key))`, in both directions. The names of the fields are not in it, so whoever
 * reads a form takes values by rules that leave no second reading (command.ts).
 */
export function signFields(values: Iterable<string | Buffer>, keyHash: string): string {
  const parts: Buffer[] = []
  for (const value of values) {
    if (parts.length > 0) parts.push(SEPARATOR)
    parts.push(typeof value === 'string' ? Buffer.from(value) : value)
  }
  return hash('md5', hash('md5', Buffer.concat(parts)) + keyHash)
}

/** Is the form's `BX_HASH` right? In constant time; only in lower case, as the portal itself compares. */
export function isSigned(fields: FormFields, keyHash: string): boolean {
  const given = fields.get(HASH_FIELD)?.toString('latin1') ?? ''
  const values = [...fields].flatMap(([name, value]) => (name === HASH_FIELD ? [] : [value]))
  const expected = signFields(values, keyHash)
  return isSameSecret(given, expected) && LOWER_HEX.test(given)
}
