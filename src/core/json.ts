/** What JSON.parse can give. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A number of 16 digits or more outside of a string, as far as a quick look shows: only then is the slow way needed. */
const LONG_NUMBER = /[:[,\s]-?\d{16}/

/**
 * `JSON.parse`, but that an integer beyond 2^53 comes as its digits, as text: a channel's 64-bit ids must survive. A
 * fraction stays a number. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const digits = context?.source ?? ''
  return /^-?\d+$/.test(digits) ? digits : value
}
