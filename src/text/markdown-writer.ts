import { type EscapeRules, TextWriter } from './escape.ts'
import {
  BOLD,
  ITALIC,
  isInk,
  type LinkMark,
  type Piece,
  SPOILER,
  STRIKE,
} from './markdown-blocks.ts'
import {
  CLOSES,
  flanks,
  neighbourAfter,
  neighbourBefore,
  OPENS,
  OTHER,
  SPACE,
} from './markdown-flanking.ts'

/**
 * What would be markup wherever it stands. An underscore within a word is none; `/~ann` in an address is none either, and
 * an escape there would break the link that readers make of it.
 */
const SPECIAL =
  /\\(?=[!-/:-@[-`{-~\n]|$)|[`*[|]|(?<!\/)~|~(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|<(?=[a-z/!?])|&(?=#\d{1,7};|#x[\da-f]{1,6};|[a-z][a-z\d]{1,31};)/giu
const SPECIAL_IN_LINK = new RegExp(`${SPECIAL.source}|\\]`, SPECIAL.flags)
/**
 * What would be markup at the beginning of a line; of a number, the sign behind it. Lines end at \n alone, but at other
 * characters too for `^` and `$` with the flag m.
 */
const LINE_START =
  /(?<![^\n])(?:[ \t>]|#{1,6}(?![^ \t\n])|[-+](?![^ \t\n])|-+(?=[ \t]*(?:\n|$))|=+(?=[ \t]*(?:\n|$))|\d{1,9}(?=[.)](?![^ \t\n])))/g
const LINE_END = /\\?[ \t](?=\n|$)/g

/** Outermost first, of styles that last equally long. */
const STYLES = [SPOILER, STRIKE, ITALIC, BOLD]
const MARK_OF: Readonly<Record<number, string>> = {
  // Or `*`, which chooseItalics finds out.
  [ITALIC]: '_',
  [BOLD]: '**',
  [STRIKE]: '~~',
  [SPOILER]: '||',
}
interface Part {
  value: string
  /** Text may be written differently; markers depend on what is beside them. */
  readonly type: 'text' | 'open' | 'close' | 'other'
}

type Mark = number | LinkMark

/** Pieces of text in their styles → Markdown of one block. */
export function writeInline(pieces: readonly Piece[], hasNames: boolean): string {
  const parts = new InlineWriter(pieces, hasNames).write()
  chooseItalics(parts)
  guardMarkers(parts)
  return guardLines(parts.map((part) => part.value).join(''))
}

function guardLines(source: string): string {
  return source
    .replace(LINE_START, (start) => {
      if (start === ' ' || start === '\t') return encode(start)
      return /^\d/.test(start) ? `${start}\\` : `\\${start}`
    })
    .replace(LINE_END, encodeLast)
}

/** A character reference: read as the character, and punctuation to what stands beside it. */
function encode(sign: string): string {
  return `&#${sign.codePointAt(0)};`
}

/**
 * The last character as a reference. A backslash before it would make text of that, and an underscore is no longer inside
 * a word.
 */
function encodeLast(text: string): string {
  const last = /[\ud800-\udbff][\udc00-\udfff]$/.test(text) ? -2 : -1
  const start = text.slice(0, last).replace(/\\$|(?<!\\)_$/, '\\$&')
  return start + encode(text.slice(last))
}

function encodeFirst(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0)
  const rest = text.slice(first.length)
  return encode(first) + (rest.startsWith('_') ? `\\${rest}` : rest)
}

class InlineWriter {
  readonly #pieces: readonly Piece[]
  readonly #hasNames: boolean
  readonly #parts: Part[] = []
  readonly #open: Mark[] = []
  /** The open link's label holds code that makes a line with it look like the definition of a reference: `[…]:address`. */
  #isLikeDefinition = false
  #writer: TextWriter | undefined

  constructor(pieces: readonly Piece[], hasNames: boolean) {
    this.#pieces = pieces
    this.#hasNames = hasNames
  }

  write(): Part[] {
    const ends = styleEnds(this.#pieces)
    for (const [index, piece] of this.#pieces.entries()) {
      this.#closeUnlike(piece)
      for (const mark of missing(piece, this.#open, ends[index] ?? [])) this.#begin(mark)
      this.#writePiece(piece)
    }
    this.#closeTo(0)
    this.#endText()
    return this.#parts
  }

  #writePiece(piece: Piece): void {
    if (piece.type === 'code') {
      if (piece.link && piece.value.includes(']:')) this.#isLikeDefinition = true
      this.#push('other', codeSpan(piece.value))
    } else {
      this.#writer ??= new TextWriter(rulesOf(piece, this.#hasNames))
      if (piece.type === 'text') this.#writer.text(piece.value)
      else this.#writer.emoji(piece.value)
    }
  }

  #closeUnlike(piece: Piece): void {
    const first = this.#open.findIndex((mark) => !has(piece, mark))
    if (first >= 0) this.#closeTo(first)
  }

  #closeTo(depth: number): void {
    while (this.#open.length > depth) {
      const mark = this.#open.pop() ?? 0
      if (typeof mark === 'number') this.#push('close', MARK_OF[mark] ?? '')
      else this.#push('other', this.#linkEnd(mark.address))
    }
  }

  /** Behind the address of a definition nothing may stand but a title: a space before this one makes it none. */
  #linkEnd(address: string): string {
    const space = this.#isLikeDefinition ? ' ' : ''
    this.#isLikeDefinition = false
    return `](${space}${target(address)})`
  }

  #begin(mark: Mark): void {
    this.#open.push(mark)
    if (typeof mark === 'number') this.#push('open', MARK_OF[mark] ?? '')
    else {
      this.#endText()
      guardExclamation(this.#parts.at(-1))
      this.#push('other', '[')
    }
  }

  #push(type: Part['type'], value: string): void {
    this.#endText()
    this.#parts.push({ type, value })
  }

  #endText(): void {
    const value = this.#writer?.finish() ?? ''
    this.#writer = undefined
    if (value !== '') this.#parts.push({ type: 'text', value })
  }
}

function rulesOf(piece: Piece, hasNames: boolean): EscapeRules {
  return {
    hasNames,
    hasEscapes: false,
    markup: piece.link ? SPECIAL_IN_LINK : SPECIAL,
    markupEscape: (sign) => (sign === '&' ? '&amp;' : `\\${sign}`),
  }
}

function has(piece: Piece, mark: Mark): boolean {
  return typeof mark === 'number' ? (piece.styles & mark) !== 0 : piece.link === mark
}

/** For each piece, where its link and each of its styles ends, in the order of STYLES. */
function styleEnds(pieces: readonly Piece[]): number[][] {
  const ends: number[][] = new Array(pieces.length)
  for (let index = pieces.length - 1; index >= 0; index -= 1) {
    const piece = pieces[index]
    const next = pieces[index + 1]
    const after = ends[index + 1]
    if (!piece) continue
    const linkEnd = next && next.link === piece.link ? after?.[0] : index + 1
    const rest = STYLES.map((style, at) => {
      return next && (next.styles & style) !== 0 ? after?.[at + 1] : index + 1
    })
    ends[index] = [linkEnd ?? 0, ...rest.map((end) => end ?? 0)]
  }
  return ends
}

/**
 * What is to be opened for a piece: what lasts longest first, so that it needn't be closed for the others. Nothing opens
 * before a space.
 */
function missing(piece: Piece, open: readonly Mark[], ends: readonly number[]): Mark[] {
  if ((piece.styles === 0 && !piece.link) || !isInk(piece)) return []
  const marks: { mark: Mark; end: number }[] = []
  if (piece.link && !open.includes(piece.link)) marks.push({ mark: piece.link, end: ends[0] ?? 0 })
  for (const [at, style] of STYLES.entries()) {
    const isMissing = (piece.styles & style) !== 0 && !open.includes(style)
    if (isMissing) marks.push({ mark: style, end: ends[at + 1] ?? 0 })
  }
  return marks.sort((a, b) => b.end - a.end).map(({ mark }) => mark)
}

function codeSpan(value: string): string {
  const lengths = new Set(Array.from(value.matchAll(/`+/g), ([run]) => run.length))
  let length = 1
  while (lengths.has(length)) length += 1
  const mark = '`'.repeat(length)
  // A reader takes off one space at each end, unless there is nothing else.
  const isSpaced = value.startsWith(' ') && value.endsWith(' ') && /[^ ]/.test(value)
  const isPadded = isSpaced || value.startsWith('`') || value.endsWith('`')
  return isPadded ? `${mark} ${value} ${mark}` : `${mark}${value}${mark}`
}

function target(address: string): string {
  const escaped = address
    .replaceAll('\\', '\\\\')
    .replace(/&(?=#?\w{1,31};)/g, '&amp;')
    .replace(/[<>]/g, (sign) => `\\${sign}`)
  return /[\s()<]/.test(address) ? `<${escaped}>` : escaped
}

/** `![` would begin an image. */
function guardExclamation(part: Part | undefined): void {
  if (part?.type === 'text' && part.value.endsWith('!')) {
    part.value = `${part.value.slice(0, -1)}\\!`
  }
}

function before(parts: readonly Part[], index: number) {
  const value = parts[index - 1]?.value ?? ''
  return index === 0 ? SPACE : neighbourBefore(value, value.length)
}

function after(parts: readonly Part[], index: number) {
  return neighbourAfter(parts[index + 1]?.value ?? '', 0)
}

/** `_` does nothing inside a word, and `*` beside `**` would be read with it. */
function chooseItalics(parts: readonly Part[]): void {
  const open: Part[] = []
  const starts: number[] = []
  for (const [index, part] of parts.entries()) {
    if (part.value !== '_' || (part.type !== 'open' && part.type !== 'close')) continue
    if (part.type === 'open') {
      open.push(part)
      starts.push(index)
      continue
    }
    const opener = open.pop()
    if (!opener || !isStarBetter(parts, starts.pop() ?? 0, index)) continue
    opener.value = '*'
    part.value = '*'
  }
}

function isStarBetter(parts: readonly Part[], start: number, end: number): boolean {
  if (before(parts, start) !== OTHER && after(parts, end) !== OTHER) return false
  const beside = [start - 1, start + 1, end - 1, end + 1].map((index) => parts[index])
  if (beside.some((part) => part && part.type !== 'text' && part.value.includes('*'))) return false
  const opens = flanks(before(parts, start), after(parts, start), false) & OPENS
  const closes = flanks(before(parts, end), after(parts, end), false) & CLOSES
  return opens !== 0 && closes !== 0
}

/**
 * Where a letter beside a marker keeps it from opening or closing, the letter becomes a reference. To a marker on the other
 * side of a single letter that makes a difference too.
 */
function guardMarkers(parts: readonly Part[]): void {
  const waiting = [...parts.keys()].reverse()
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const type = parts[index]?.type
    if (type === 'open' && guardOpener(parts, index)) waiting.push(index - 2)
    else if (type === 'close' && guardCloser(parts, index)) waiting.push(index + 2)
  }
}

/** True if what is before it was changed. */
function guardOpener(parts: readonly Part[], index: number): boolean {
  const isUnderscore = parts[index]?.value === '_'
  const able = flanks(before(parts, index), after(parts, index), isUnderscore)
  const part = parts[index - 1]
  if (able & OPENS || part?.type !== 'text') return false
  part.value = encodeLast(part.value)
  return true
}

/** True if what is behind it was changed. */
function guardCloser(parts: readonly Part[], index: number): boolean {
  const isUnderscore = parts[index]?.value === '_'
  const able = flanks(before(parts, index), after(parts, index), isUnderscore)
  const part = parts[index + 1]
  if (able & CLOSES || part?.type !== 'text') return false
  part.value = encodeFirst(part.value)
  return true
}
