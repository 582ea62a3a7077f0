/** What JSON.parse can give. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * JSON escapes the half of a surrogate pair (`\\ud83d`), and PHP's decoder, for one, refuses a whole packet that holds such
 * an escape. It becomes U+FFFD. Nearly no text holds one, so they are looked for in the result.
 */
export function toJson(body: object): string {
  const json = JSON.stringify(body)
  if (!json.includes('\\ud')) return json
  return JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  )
}

/**
 * Values in one text, those inside of others counted too. Meta's largest requests, with 1 000 messages, stay below a half;
 * more is what nobody means, and takes the parser longer than others may wait.
 */
export const MAX_JSON_VALUES = 100_000
/**
 * Names in one object. The widest that a channel documents have some dozens; each name that only one object has costs the
 * parser, and everybody who goes through them, many times what an entry of a list does, numbers most of all.
 */
export const MAX_JSON_FIELDS = 2000
/** Readers recurse: much deeper than this they would overflow the stack. */
export const MAX_JSON_DEPTH = 500
/** A text of this size can't hold too many values; what is small is not looked through. */
const SMALL = 1000

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

/** The index behind the text that begins with the quote at `open`; that of the source's end if it is never closed. */
function stringEnd(source: string, open: number): number {
  let close = source.indexOf('"', open + 1)
  while (close > 0 && isEscaped(source, close)) close = source.indexOf('"', close + 1)
  return close < 0 ? source.length : close + 1
}

function isEscaped(source: string, at: number): boolean {
  let before = at - 1
  while (source.charCodeAt(before) === BACKSLASH) before -= 1
  return (at - before) % 2 === 0
}

/** How a sign outside of strings changes the depth. */
function stepOf(sign: number): number {
  if (sign === 0x5b || sign === 0x7b) return 1
  return sign === 0x5d || sign === 0x7d ? -1 : 0
}

function countField(fields: Uint32Array, depth: number): void {
  const count = (fields[depth] ?? 0) + 1
  if (count > MAX_JSON_FIELDS) throw new SyntaxError('an object of the JSON has too many fields')
  fields[depth] = count
}

/** Throws SyntaxError for a text that holds too many values, or too deep ones, for what reads it. Linear. */
export function checkJsonSize(source: string): void {
  if (source.length <= SMALL) return
  let values = 0
  let depth = 0
  /** Of the object that is open at each depth. */
  const fields = new Uint32Array(MAX_JSON_DEPTH + 1)
  for (let at = 0; at < source.length; at += 1) {
    const sign = source.charCodeAt(at)
    if (sign === QUOTE) at = stringEnd(source, at) - 1
    const step = stepOf(sign)
    if (sign === COMMA || step > 0) values += 1
    depth += step
    if (depth > MAX_JSON_DEPTH) throw new SyntaxError('JSON is nested too deep')
    if (step > 0) fields[depth] = 0
    else if (sign === COLON) countField(fields, depth)
  }
  if (values > MAX_JSON_VALUES) throw new SyntaxError('JSON holds too many values')
}

/** A number of 16 digits or more outside of a string, as far as a quick look shows: only then is the slow way needed. */
const LONG_NUMBER = /[:[,\s]-?\d{16}/
/** The same from where it begins; behind a number that is a value stands the end of that, and never a colon. */
const LONG_INTEGER = /-?[1-9]\d{15,}(?=[ \t\r\n]*(?:[,\]}]|$))/y

/**
 * `JSON.parse`, but that an integer beyond 2^53 comes as its digits, as text: a channel's 64-bit ids must survive. A
 * fraction stays a number. Throws SyntaxError, also for what `checkJsonSize` refuses.
 */
export function parseJson(text: string): unknown {
  checkJsonSize(text)
  return JSON.parse(LONG_NUMBER.test(text) ? quoteLongIntegers(text) : text)
}

/** In one walk: a reviver would be called for every value, which takes ten times as long as the parser. */
function quoteLongIntegers(source: string): string {
  let out = ''
  let from = 0
  for (let at = 0; at < source.length; at += 1) {
    const sign = source.charCodeAt(at)
    if (sign === QUOTE) at = stringEnd(source, at) - 1
    else if (sign === 0x2d || (sign >= 0x30 && sign <= 0x39)) {
      const end = numberEnd(source, at)
      const digits = longIntegerAt(source, at, end)
      if (digits !== undefined) {
        out += `${source.slice(from, at)}"${digits}"`
        from = end
      }
      at = end - 1
    }
  }
  return out + source.slice(from)
}

/** Signs that a number is written with. */
function numberEnd(source: string, start: number): number {
  let end = start + 1
  while (/[\d.eE+-]/.test(source.charAt(end))) end += 1
  return end
}

function longIntegerAt(source: string, start: number, end: number): string | undefined {
  if (end - start < 16) return undefined
  LONG_INTEGER.lastIndex = start
  if (!LONG_INTEGER.test(source) || LONG_INTEGER.lastIndex !== end) return undefined
  const digits = source.slice(start, end)
  return Number.isSafeInteger(Number(digits)) ? undefined : digits
}
