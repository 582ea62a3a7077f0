import { type ChatMarkRules, isSpace, isWord, markRoles } from './chat-marks.ts'

export interface LineWriting {
  readonly rules: ChatMarkRules
  /** Typed text outside of code, so written that it is shown as it is. */
  text(typed: string): string
}

/** A stretch of one line under the same marks. */
export interface Run {
  readonly value: string
  /** Written by the hub: not to be escaped. */
  readonly isRaw: boolean
  /** Marks in force, outermost first. */
  readonly marks: string
  /** What it holds if it is code. */
  readonly code?: string
}

/**
 * One line of chat markup: marks open and close where readers take them for marks, and typed ones that would be read too are
 * guarded. `areBackticksRead`: typed backticks could find each other.
 */
export function writeLine(
  runs: readonly Run[],
  writing: LineWriting,
  areBackticksRead: boolean,
): string {
  return new LineWriter(runs, writing, areBackticksRead).write()
}

/** Stands for what is no typed character where neighbours are looked at; neither space nor letter. */
const RAW = '\ufffc'

const INK = /[^\s\u200b]/
const GAP = /[\s\u200b]/

/** Words and the gaps between them. Most runs of a text with many marks are a single word. */
function wordsOf(value: string): readonly string[] {
  return GAP.test(value) ? (value.match(/[\s\u200b]+|[^\s\u200b]+/g) ?? []) : [value]
}

interface TypedMark {
  readonly mark: string
  /** In the line as typed. */
  readonly index: number
  readonly isEdge: boolean
}

class LineWriter {
  readonly #runs: readonly Run[]
  readonly #writing: LineWriting
  readonly #areBackticksRead: boolean
  /** The line as typed, each raw run as one character. */
  readonly #source: string
  readonly #guarded: ReadonlySet<number>
  #out = ''
  #open = ''
  /** White space not written yet: marks are read only next to something else. */
  #gap = ''
  /** The character before the next one, as a reader sees it. */
  #last = ''

  constructor(runs: readonly Run[], writing: LineWriting, areBackticksRead: boolean) {
    this.#runs = runs
    this.#writing = writing
    this.#areBackticksRead = areBackticksRead
    this.#source = runs.map((run) => (run.isRaw ? RAW : run.value)).join('')
    this.#guarded = this.#findGuarded()
  }

  write(): string {
    let at = 0
    for (const run of this.#runs) {
      if (run.isRaw) {
        this.#place(run.value, RAW, RAW, run.marks)
        at += 1
        continue
      }
      for (const word of wordsOf(run.value)) {
        if (isSpace(word.charAt(0))) this.#gap += word
        else this.#place(this.#guard(word, at), word.charAt(0), word.slice(-1), run.marks)
        at += word.length
      }
    }
    this.#place('', '', '', '')
    return this.#out
  }

  #place(value: string, first: string, last: string, marks: string): void {
    let shared = 0
    while (shared < marks.length && marks[shared] === this.#open[shared]) shared += 1
    const closing =
      shared < this.#open.length ? [...this.#open.slice(shared)].reverse().join('') : ''
    const opening = marks.slice(shared)
    const { boundary } = this.#writing.rules
    const next = this.#gap === '' ? first : ' '
    if (closing !== '') {
      this.#out += closing
      this.#last = RAW
      if (opening === '' && isWord(next)) this.#out += boundary
    }
    if (this.#gap !== '') this.#last = ' '
    this.#out += this.#gap
    this.#gap = ''
    if (opening !== '' && isWord(this.#last)) this.#out += boundary
    this.#out += opening + value
    this.#open = marks
    this.#last = last
  }

  #guard(word: string, start: number): string {
    const { rules, text } = this.#writing
    if (this.#guarded.size === 0) return text(word)
    let out = ''
    let from = 0
    for (let index = 0; index < word.length; index += 1) {
      if (!this.#guarded.has(start + index)) continue
      const mark = word.charAt(index)
      out += text(word.slice(from, index)) + rules.guardMark(mark)
      from = index + 1
    }
    return out + text(word.slice(from))
  }

  /** Indexes in the line of typed marks that a reader would take for marks. */
  #findGuarded(): Set<number> {
    const typed = this.#findMarks()
    const isFormatted = this.#runs.some((run) => run.marks !== '')
    const guarded = new Set<number>()
    for (const { mark, index, isEdge } of typed) {
      const isGuarded = mark === '`' || (isFormatted && (isEdge || !this.#isIdle(index)))
      if (isGuarded) guarded.add(index)
    }
    if (isFormatted) return guarded
    for (const mark of this.#writing.rules.marks.keys()) {
      const list = typed.filter((one) => one.mark === mark)
      addPairs(
        list.map(({ index }) => ({ index, ...this.#rolesAt(mark, index) })),
        guarded,
      )
    }
    return guarded
  }

  /** All typed marks and backticks; `isEdge`: formatting may begin or end beside it. */
  #findMarks(): TypedMark[] {
    const { marks } = this.#writing.rules
    const found: TypedMark[] = []
    let at = 0
    for (const { value, isRaw } of this.#runs) {
      // Marks are written beside what is to be seen, not beside spaces.
      const first = value.search(INK)
      const last = value.trimEnd().length - 1
      for (let index = 0; !isRaw && index < value.length; index += 1) {
        const mark = value.charAt(index)
        const isMark = marks.has(mark) || (mark === '`' && this.#areBackticksRead)
        const isEdge = index <= first || index >= last
        if (isMark) found.push({ mark, index: at + index, isEdge })
      }
      at += isRaw ? 1 : value.length
    }
    return found
  }

  /** Between two letters, or between two spaces, a mark is never read, whatever else the line holds. */
  #isIdle(index: number): boolean {
    const before = this.#source.charAt(index - 1)
    const after = this.#source.charAt(index + 1)
    return (isWord(before) && isWord(after)) || (isSpace(before) && isSpace(after))
  }

  #rolesAt(mark: string, index: number): { canOpen: boolean; canClose: boolean } {
    const before = index > 0 ? this.#source.charAt(index - 1) : ''
    return markRoles(mark, before, this.#source.charAt(index + 1))
  }
}

/** Marks of one kind on an unformatted line matter only if one that opens stands before one that closes. */
function addPairs(
  list: readonly { index: number; canOpen: boolean; canClose: boolean }[],
  guarded: Set<number>,
): void {
  const opens = list.findIndex((mark) => mark.canOpen)
  const closes = list.findLastIndex((mark) => mark.canClose)
  if (opens < 0 || closes <= opens) return
  for (const { index, canOpen, canClose } of list) {
    if (canOpen || canClose) guarded.add(index)
  }
}
