import type { RichText, TextNode } from '../core/rich-text.ts'

/** Something typed that stands for an emoji: `length` characters from `index` on. */
export interface EmojiMark {
  readonly index: number
  readonly length: number
  readonly emoji: string
}

/** Finds the first mark at or after an index. */
type NextMark = (from: number) => EmojiMark | undefined

const ZERO_WIDTH_SPACE = '\u200B'

/** `next`'s marks become nodes 'emoji', but none inside an address, an e-mail or code between backticks. */
export function readMarks(text: string, next: NextMark): RichText {
  const nodes: TextNode[] = []
  const isVerbatim = verbatimIn(text)
  let from = 0
  for (let mark = next(0); mark; ) {
    const end = mark.index + mark.length
    if (isVerbatim(mark.index, end)) {
      mark = next(mark.index + 1)
      continue
    }
    if (mark.index > from) nodes.push({ type: 'text', value: text.slice(from, mark.index) })
    nodes.push({ type: 'emoji', value: mark.emoji })
    from = end
    mark = next(end)
  }
  if (from < text.length) nodes.push({ type: 'text', value: text.slice(from) })
  return nodes
}

/** The text with U+200B behind the first character of each mark that `readMarks` would find: it reads as typed then. */
export function guardMarks(text: string, next: NextMark): string {
  const isVerbatim = verbatimIn(text)
  let out = ''
  let from = 0
  for (let mark = next(0); mark; mark = next(mark.index + 1)) {
    if (isVerbatim(mark.index, mark.index + mark.length)) continue
    out += text.slice(from, mark.index + 1) + ZERO_WIDTH_SPACE
    from = mark.index + 1
  }
  return from === 0 ? text : out + text.slice(from)
}

/** A word as far as the next white space, and what in it is an address. */
interface Word {
  readonly start: number
  readonly end: number
  /** Index at which an address begins that reaches to the word's end; `end` if there is none. */
  readonly addressAt: number
  /** Index of the last `@`; -1 if there is none. */
  readonly lastAt: number
  readonly firstAt: number
}

/** `https://`, `www.`, `a.example/`: what follows in the same word belongs to the address. */
const ADDRESS = /:\/\/|(?<![\p{L}\d])www\.|\.[\p{L}\d-]{2,63}(?::\d{1,5})?\//iu
/** With a mark in it, `a.bc/` or `a@b` would be longer. */
const SHORTEST_ADDRESS = 5
const CODE = /```[\s\S]*?```|`[^`\n]+`/g
/** A guarded mark behind this one begins with a sign and U+200B, which changes nothing for this one. */
const WORD_SIGN = /[\p{L}\d\u200B]/u

/**
 * Tells whether a mark stands in an address, an e-mail or code. Starts must not fall: words and code are walked along
 * once, so that asking for every mark of a text stays linear.
 */
function verbatimIn(text: string): (start: number, end: number) => boolean {
  const isInCode = codeIn(text)
  let word: Word | undefined
  return (start, end) => {
    if (!word || start >= word.end) word = wordAround(text, start, word?.end ?? 0)
    return start >= word.addressAt || isInEmail(text, word, start, end) || isInCode(start)
  }
}

function wordAround(text: string, index: number, floor: number): Word {
  let start = index
  while (start > floor && !isSpace(text.charCodeAt(start - 1))) start -= 1
  let end = index
  while (end < text.length && !isSpace(text.charCodeAt(end))) end += 1
  if (end - start < SHORTEST_ADDRESS) return { start, end, addressAt: end, firstAt: -1, lastAt: -1 }
  const word = text.slice(start, end)
  const address = word.search(ADDRESS)
  const firstAt = word.indexOf('@')
  const lastAt = word.lastIndexOf('@')
  return {
    start,
    end,
    addressAt: address === -1 ? end : start + address,
    firstAt: firstAt === -1 ? -1 : start + firstAt,
    lastAt: lastAt === -1 ? -1 : start + lastAt,
  }
}

/** As `\s` has it, for writers go by that word by word. U+200B is none: what it guards is still one word. */
function isSpace(unit: number): boolean {
  if (unit <= 0x20 || unit === 0xa0) return true
  return unit >= 0x1680 && ((unit >= 0x2000 && unit <= 0x200a) || FAR_SPACES.has(unit))
}

const FAR_SPACES = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff])

/** A mark before or behind a whole e-mail is one, `(heart)me@a.example`; within or touching the `@` it isn't. */
function isInEmail(text: string, word: Word, start: number, end: number): boolean {
  if (word.lastAt === -1) return false
  if (word.lastAt === end || text[start - 1] === '@') return true
  if (word.lastAt > end && start > word.start) return true
  return word.firstAt < start && WORD_SIGN.test(text[end] ?? '')
}

function codeIn(text: string): (index: number) => boolean {
  if (!text.includes('`')) return () => false
  const spans = Array.from(text.matchAll(CODE), (match) => [
    match.index,
    match.index + match[0].length,
  ])
  let next = 0
  return (index) => {
    while (next < spans.length && (spans[next]?.[1] ?? 0) <= index) next += 1
    return (spans[next]?.[0] ?? Number.POSITIVE_INFINITY) <= index
  }
}
