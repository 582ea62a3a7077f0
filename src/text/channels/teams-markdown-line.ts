import { escapeLineStart, escapeMarkdown } from './teams-markdown-escape.ts'

/** A stretch of a line under the same marks: `~` strike, `b` bold, `i` italic, in this order. */
export interface MarkdownRun {
  readonly value: string
  readonly marks: string
  /** Written as Markdown already: code, a link, a mention. */
  readonly isRaw: boolean
  /** What it holds if it is code. */
  readonly code?: string
}

/** A run's text between two spaces; marks are read or not by what stands on both sides of them. */
interface Word {
  value: string
  readonly gap: string
  readonly first: string
  readonly last: string
  marks: string
}

/** White space as CommonMark has it: U+2028 and others are letters there. */
const PIECE = /[\t\n\f\r\p{Zs}]+|[^\t\n\f\r\p{Zs}]+/gu
const SPACE = /^[\t\n\f\r\p{Zs}]/u

/** Beyond the last word: as if a space stood there. */
const END: Word = { value: '', gap: ' ', first: '', last: '', marks: '' }

/**
 * One line of Markdown. Marks that no reader of CommonMark would take for marks (between a letter and a sign of
 * punctuation: `a**(b)**`) are left out.
 */
export function writeMarkdownLine(runs: readonly MarkdownRun[], isLineStart: boolean): string {
  const { words, tail } = toWords(runs)
  const line = writeWords(words) + tail
  const isTyped = runs[0] !== undefined && !runs[0].isRaw && !(words[0]?.marks && !words[0].gap)
  return isLineStart && isTyped ? escapeLineStart(line) : line
}

const MAX_TRIES = 8

/** Each try leaves marks out; a line that needs more has none. */
function writeWords(words: readonly Word[]): string {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    dropUnreadable(words)
    const line = tryWords(words)
    if (line !== undefined) return line
  }
  for (const word of words) word.marks = ''
  // Without marks only halves of references can be in the way, all of which one try parts.
  return tryWords(words) ?? tryWords(words) ?? ''
}

/** Undefined after a change to a word that would have been read together with the one before it. */
function tryWords(words: readonly Word[]): string | undefined {
  let out = ''
  let isClean = true
  let open: OpenMark[] = []
  const ends = italicEnds(words)
  for (const [index, word] of [...words, END].entries()) {
    const shared = open.findIndex(({ mark }, at) => word.marks[at] !== mark)
    const kept = shared < 0 ? open : open.slice(0, shared)
    const closing = open.slice(kept.length).reverse()
    out += closing.map(({ written }) => written).join('')
    if (dropStars(words, closing)) isClean = false
    if (word === END) break
    const opening = [...word.marks.slice(kept.length)].map((mark) =>
      writeMark(mark, words, ends, index),
    )
    if (dropStars(words, opening)) isClean = false
    const before = words[index - 1]
    if (before && word.gap === '' && partWords(before, word, closing, opening)) isClean = false
    open = [...kept, ...opening]
    out += word.gap + opening.map(({ written }) => written).join('') + word.value
  }
  return isClean ? out : undefined
}

/** Is something changed between two words without a space? `closing`: the outermost mark last; `opening`: first. */
function partWords(
  before: Word,
  after: Word,
  closing: readonly OpenMark[],
  opening: readonly OpenMark[],
): boolean {
  const [closed, opened] = [closing.at(-1)?.written, opening[0]?.written]
  if (closed === undefined && opened === undefined) {
    return partReference(before, after) || partPicture(before, after)
  }
  if (closed === undefined || opened === undefined || closed.at(-1) !== opened[0]) return false
  // They would run together: `**a***b*`.
  after.marks = after.marks.slice(0, after.marks.length - opening.length)
  return true
}

/** Two words between which no mark is left may hold the halves of a reference: `&` and `amp;`. */
function partReference(before: Word, after: Word): boolean {
  if (!/(?<!\\)&#?\w*$/.test(before.value) || !/^#?\w*;/.test(after.value)) return false
  before.value = before.value.replace(/&(#?\w*)$/, '\\&$1')
  return true
}

/** `!` before a link would make a picture of it. */
function partPicture(before: Word, after: Word): boolean {
  if (!/(?<!\\)!$/.test(before.value) || !after.value.startsWith('[')) return false
  before.value = `${before.value.slice(0, -1)}\\!`
  return true
}

interface OpenMark {
  readonly mark: string
  readonly written: string
  /** Index of the word before which it stands. */
  readonly start: number
}

function writeMark(
  mark: string,
  words: readonly Word[],
  ends: readonly number[],
  start: number,
): OpenMark {
  if (mark === 'i') {
    return { mark, written: italicMark(words, start, ends[start] ?? start), start }
  }
  return { mark, written: mark === 'b' ? '**' : '~~', start }
}

/** Of three asterisks in a row readers take the wrong ones in longer texts: `***a*b*c***`. The italic one is left out. */
function dropStars(words: readonly Word[], marks: readonly OpenMark[]): boolean {
  const italic = marks.find(({ written }) => written === '*')
  if (!italic || !marks.some(({ written }) => written === '**')) return false
  for (let index = italic.start; ; index += 1) {
    const word = words[index]
    if (!word?.marks.includes('i')) return true
    word.marks = word.marks.replace('i', '')
  }
}

function toWords(runs: readonly MarkdownRun[]): { words: Word[]; tail: string } {
  const words: Word[] = []
  let gap = ''
  for (const { value, marks, isRaw } of runs) {
    if (isRaw) {
      words.push({ value, gap, first: '`', last: '`', marks })
      gap = ''
      continue
    }
    for (const [piece] of value.matchAll(PIECE)) {
      if (SPACE.test(piece)) gap += piece
      else {
        words.push({ ...toWord(piece), gap, marks })
        gap = ''
      }
    }
  }
  return { words, tail: gap }
}

function toWord(piece: string): Pick<Word, 'value' | 'first' | 'last'> {
  const value = escapeMarkdown(piece)
  // An address at an edge may have become a link, which begins and ends with a bracket.
  const isLinkFirst = value.startsWith('[')
  const isLinkLast = value.endsWith(')') && !value.endsWith('\\)')
  return {
    value,
    first: isLinkFirst ? '[' : String.fromCodePoint(piece.codePointAt(0) ?? 0),
    last: isLinkLast ? ')' : (/.$/su.exec(piece)?.[0] ?? ''),
  }
}

/** Goes over the edges twice: taking a mark off a word moves the edge on to the next one. */
function dropUnreadable(words: readonly Word[]): void {
  for (let index = 1; index < words.length; index += 1) {
    const [before, after] = [words[index - 1], words[index]]
    if (!before || !after || after.gap !== '') continue
    if (without(before.marks, after.marks) !== '') continue
    after.marks = without(
      after.marks,
      unreadable(before.last, after.first, before.marks, after.marks),
    )
  }
  for (let index = words.length - 1; index > 0; index -= 1) {
    const [before, after] = [words[index - 1], words[index]]
    if (!before || !after || after.gap !== '') continue
    if (without(after.marks, before.marks) !== '') continue
    before.marks = without(
      before.marks,
      unreadable(after.first, before.last, after.marks, before.marks),
    )
  }
}

/** The marks of the inner word that can't stand between these two characters. */
function unreadable(outer: string, inner: string, outerMarks: string, innerMarks: string): string {
  const edge = without(innerMarks, outerMarks)
  if (!isLetter(outer)) return ''
  if (isSign(inner)) return edge
  // Of two different signs the inner one would be that punctuation.
  return edge.length > 1 && edge.includes('~') ? '~' : ''
}

function without(marks: string, others: string): string {
  return [...marks].filter((mark) => !others.includes(mark)).join('')
}

/** For each word the last of those in italic that follow it. */
function italicEnds(words: readonly Word[]): number[] {
  const ends: number[] = []
  for (let index = words.length - 1; index >= 0; index -= 1) {
    const isNextItalic = words[index + 1]?.marks.includes('i') ?? false
    ends[index] = isNextItalic ? (ends[index + 1] ?? index) : index
  }
  return ends
}

/** `_` is clearer beside `**`, but isn't read inside a word. */
function italicMark(words: readonly Word[], start: number, end: number): '_' | '*' {
  const [before, first, last, after] = [words[start - 1], words[start], words[end], words[end + 1]]
  const opensInWord =
    before !== undefined &&
    first?.gap === '' &&
    isLetter(before.last) &&
    without(before.marks, first.marks) === ''
  const closesInWord =
    after !== undefined &&
    after.gap === '' &&
    isLetter(after.first) &&
    without(after.marks, last?.marks ?? '') === ''
  return opensInWord || closesInWord ? '*' : '_'
}

/** Readers differ on characters beyond U+FFFF: these count as either, whichever is worse. */
function isSign(character: string): boolean {
  return character.length > 1 || /[\p{P}\p{S}]/u.test(character)
}

function isLetter(character: string): boolean {
  return character.length > 1 || !/^[\t\n\f\r\p{Zs}\p{P}\p{S}]?$/u.test(character)
}
