import { readReference } from './character-references.ts'
import { isLinkHref } from './links.ts'
import type { LinkTarget } from './markdown-tokens.ts'

const MAX_LENGTH = 2048
/** More would make the search for the end of `[a](b[a](b…` quadratic; CommonMark asks for three at least. */
const MAX_PARENS = 16
const ESCAPED = /\\([!-/:-@[-`{-~])|&[#\w]{1,32};/g
const MENTION = /^user:/i

interface Part {
  readonly value: string
  /** Index behind it. */
  readonly end: number
}

/**
 * What stands behind `[label]`: `(address "title")`, beginning at `at`. Undefined if it is no such thing or no address
 * for a link. The title is left out, as it is where Markdown is shown, but to a pointer.
 */
export function readTarget(
  source: string,
  at: number,
): { readonly target: LinkTarget; readonly end: number } | undefined {
  if (source[at] !== '(') return undefined
  const address = readAddress(source, skipSpace(source, at + 1))
  if (!address) return undefined
  const close = readTitle(source, address.end)
  if (source[close] !== ')') return undefined
  const target = toTarget(decode(address.value))
  return target && { target, end: close + 1 }
}

function toTarget(href: string): LinkTarget | undefined {
  if (!MENTION.test(href)) return isLinkHref(href) ? { type: 'link', href } : undefined
  const id = decodeId(href.slice('user:'.length))
  return id === '' ? undefined : { type: 'mention', id }
}

/** Ids are written with percent signs where they hold spaces and the like. */
function decodeId(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function decode(value: string): string {
  if (!/[\\&]/.test(value)) return value
  return value.replace(ESCAPED, (whole, sign?: string) => {
    return sign ?? readReference(whole, 0)?.value ?? whole
  })
}

function readAddress(source: string, start: number): Part | undefined {
  return source[start] === '<' ? readBracketed(source, start) : readBare(source, start)
}

function readBracketed(source: string, start: number): Part | undefined {
  const limit = Math.min(source.length, start + MAX_LENGTH)
  for (let end = start + 1; end < limit; end += 1) {
    const sign = source[end]
    if (sign === '>') return { value: source.slice(start + 1, end), end: end + 1 }
    if (sign === '<' || sign === '\n') return undefined
    if (sign === '\\') end += 1
  }
  return undefined
}

/** Ends at a space or at a parenthesis that was not opened inside. */
function readBare(source: string, start: number): Part | undefined {
  const limit = Math.min(source.length, start + MAX_LENGTH)
  let depth = 0
  for (let end = start; end < limit; end += 1) {
    const code = source.charCodeAt(end)
    depth += nesting(code)
    const isEnd = code <= 32 || code === 127 || depth < 0
    if (isEnd) return depth > 0 ? undefined : { value: source.slice(start, end), end }
    if (depth > MAX_PARENS) return undefined
    if (code === 92 && source.charCodeAt(end + 1) > 32) end += 1
  }
  return undefined
}

function nesting(code: number): number {
  if (code === 40) return 1
  return code === 41 ? -1 : 0
}

const TITLE_ENDS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '(': ')' }

/** Returns where the closing parenthesis should be. A title needs a space before it. */
function readTitle(source: string, at: number): number {
  const start = skipSpace(source, at)
  const close = TITLE_ENDS[source.charAt(start)]
  if (close === undefined || start === at) return start
  for (let end = start + 1; end < source.length; end += 1) {
    const sign = source.charAt(end)
    if (sign === close) return skipSpace(source, end + 1)
    if (sign === '\\') end += 1
    else if (sign === '(' && close === ')') return -1
  }
  return -1
}

/** Spaces and line ends. A paragraph has no empty lines. */
function skipSpace(source: string, from: number): number {
  let at = from
  while (source[at] === ' ' || source[at] === '\t' || source[at] === '\n') at += 1
  return at
}
