/** Shorter secrets are taken out only where they stand alone: `abc` is part of many a word. */
const SHORT = 4
/** Shorter pieces of base64 turn up in texts by chance. */
const SHORTEST_BASE64 = 5
/** Longer ones are looked for in pieces: a pattern that is nearly found at each place of a text costs its length each time. */
const LONG = 63
/** Backslashes before a character that was escaped, and escaped again with the JSON around it. More than 4 nobody writes. */
const SLASHES = '\\\\{1,4}'
const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&(?:#39|#x27|apos);',
}
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
}

/**
 * Finds a secret in what is written down: as it is, percent-encoded (all of it, or what each encoder holds for special, once
 * or twice), as JSON escapes it (PHP's and ASCII-only encoders too), as HTML does, in base64 or base64url (also in the middle
 * of something longer), and in hex.
 */
export function patternOf(secret: string): string {
  const bytes = Buffer.from(secret, 'utf8')
  const forms = [(secret.match(/\\+|[^\\]/gu) ?? []).map(partPattern).join('')]
  if (secret.length >= SHORT) {
    forms.push(...[0, 1, 2].flatMap((offset) => base64Pattern(bytes, offset)))
    forms.push([...bytes.toString('hex')].map(anyCase).join(''))
    return forms.join('|')
  }
  forms.push(base64Signs(bytes.toString('base64').replace(/=+$/, '')))
  return `(?<![A-Za-z0-9])(?:${forms.join('|')})(?![A-Za-z0-9])`
}

/** A secret in pieces of about the same length, so that none of them is a word by chance. */
export function piecesOf(secret: string): string[] {
  const count = Math.ceil(secret.length / LONG)
  const length = Math.ceil(secret.length / count)
  return Array.from({ length: count }, (_, at) => secret.slice(at * length, (at + 1) * length))
}

/** The most characters that one of a secret's forms takes: `\\\\u0041`. */
export function longestForm(secret: string): number {
  return secret.length * 9
}

/** `part`: one character, or a run of backslashes. Character by character a run could be read in too many ways to try. */
function partPattern(part: string): string {
  if (!part.startsWith('\\')) return charPattern(part)
  const { length } = part
  const encoded = `(?:%(?:25){0,2}5[cC]|${SLASHES}u005[cC]){${length}}`
  return `(?:${encoded}|\\\\{${length},${4 * length}})`
}

function charPattern(char: string): string {
  const percent = [...Buffer.from(char, 'utf8')]
    .map((byte) => `%(?:25){0,2}${hexOf(byte, 2)}`)
    .join('')
  const unicode = Array.from(
    { length: char.length },
    (_, at) => `${SLASHES}u${hexOf(char.charCodeAt(at), 4)}`,
  ).join('')
  const forms = [literal(char), percent, unicode]
  if (char === ' ') forms.push('\\+')
  if (char === '/' || char === '"') forms.push(`${SLASHES}${literal(char)}`)
  const short = SHORT_ESCAPES[char]
  if (short) forms.push(`${SLASHES}${short}`)
  const named = NAMED[char]
  if (named) forms.push(named)
  return `(?:${forms.join('|')})`
}

/** The characters of base64 that depend on these bytes alone when `offset` others (mod 3) stand before them. */
function base64Pattern(bytes: Buffer, offset: number): string[] {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes])
  const from = Math.ceil((offset * 8) / 6)
  const to = Math.floor((whole.length * 8) / 6)
  const inner = whole.toString('base64').slice(from, to)
  return inner.length < SHORTEST_BASE64 ? [] : [base64Signs(inner)]
}

function base64Signs(text: string): string {
  return [...text]
    .map((char) => {
      if (char === '+') return '(?:[+-]|%2[Bb])'
      return char === '/' ? `(?:[/_]|%2[Ff]|${SLASHES}/)` : char
    })
    .join('')
}

function hexOf(value: number, digits: number): string {
  return [...value.toString(16).padStart(digits, '0')].map(anyCase).join('')
}

function anyCase(digit: string): string {
  return /[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
