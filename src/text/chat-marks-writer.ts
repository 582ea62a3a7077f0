import { type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { type ChatMarkRules, isSpace, isWord, markRoles } from './chat-marks.ts'
import { addressBehind } from './links.ts'

/** What a chat writes besides its marks. */
export interface ChatWriting {
  readonly rules: ChatMarkRules
  /** Typed text outside of code, so written that it is shown as it is. */
  text(typed: string): string
  /** Typed text inside of code. */
  code(typed: string): string
  /** Undefined for an address that can't be one there: it is shown behind the label. */
  link(href: string, label: RichText): string | undefined
  /** Undefined for a person that can't be named there: the name is shown. */
  mention(id: string, label: RichText): string | undefined
  /** Typed addresses (global flag) that are written as links, since marks would be read in them otherwise. */
  readonly address?: RegExp
}

/**
 * Rich text → chat markup. What the chat has no mark for shows its content. Quotes and blocks of code stand on lines of
 * their own; line breaks are added only where the tree has none. Linear.
 */
export function renderChatMarks(text: RichText, writing: ChatWriting): string {
  const writer = new ChatMarksWriter(writing, countBackticks(text) > 1, false)
  writer.write(text, '')
  return writer.finish()
}

/** Lone backticks find no partner; code brings its own. */
function countBackticks(text: RichText): number {
  let count = 0
  for (const node of text) {
    if (node.type === 'code' || node.type === 'pre') count += 2
    else if ('children' in node) count += countBackticks(node.children)
    else count += node.value.split('`').length - 1
  }
  return count
}

/** A stretch of one line under the same marks. */
interface Run {
  readonly value: string
  /** Written by the hub: not to be escaped. */
  readonly isRaw: boolean
  /** Marks in force, outermost first. */
  readonly marks: string
  /** What it holds if it is code. */
  readonly code?: string
}

class ChatMarksWriter {
  readonly #writing: ChatWriting
  readonly #markOf: ReadonlyMap<string, string>
  /** Typed backticks could find each other. */
  readonly #areBackticksRead: boolean
  readonly #isQuoted: boolean
  readonly #lines: string[] = []
  #line: Run[] = []
  /** A block has just ended its line: a line break that follows is the one it already has. */
  #isAfterBlock = false

  constructor(writing: ChatWriting, areBackticksRead: boolean, isQuoted: boolean) {
    this.#writing = writing
    this.#isQuoted = isQuoted
    this.#markOf = new Map([...writing.rules.marks].map(([mark, type]) => [type, mark]))
    this.#areBackticksRead = areBackticksRead
  }

  write(nodes: RichText, marks: string): void {
    for (const node of nodes) this.#writeNode(node, marks)
  }

  finish(): string {
    if (!this.#isAfterBlock) this.#endLine()
    return this.#lines.join('\n')
  }

  #writeNode(node: TextNode, marks: string): void {
    if (node.type === 'text' || node.type === 'emoji') this.#writeText(node.value, marks)
    else if (node.type === 'code') this.#writeCode(node.value, marks)
    else if (node.type === 'pre') this.#writePre(node.value, marks)
    else if (node.type === 'link') this.#writeLink(node.href, node.children, marks)
    else if (node.type === 'mention') this.#writeMention(node.id, node.children, marks)
    else if (node.type === 'quote') this.#writeQuote(node.children, marks)
    else {
      const mark = this.#markOf.get(node.type) ?? ''
      this.write(node.children, marks.includes(mark) ? marks : marks + mark)
    }
  }

  #writeText(value: string, marks: string): void {
    for (const [index, line] of value.split('\n').entries()) {
      if (index > 0) this.#breakLine()
      this.#writeLine(line, marks)
    }
  }

  #writeLine(line: string, marks: string): void {
    const { address, link } = this.#writing
    let from = 0
    for (const match of address ? line.matchAll(address) : []) {
      this.#add(line.slice(from, match.index), marks, false)
      this.#add(link(match[0], []) ?? match[0], marks, true)
      from = match.index + match[0].length
    }
    this.#add(line.slice(from), marks, false)
  }

  #breakLine(): void {
    if (this.#isAfterBlock) this.#isAfterBlock = false
    else this.#endLine()
  }

  /** Neighbouring texts under the same marks are one: what must be kept from being read may stretch over both. */
  #add(value: string, marks: string, isRaw: boolean): void {
    if (value === '') return
    this.#isAfterBlock = false
    const last = this.#line.at(-1)
    if (last?.marks !== marks || last.isRaw || isRaw) this.#line.push({ value, isRaw, marks })
    else this.#line[this.#line.length - 1] = { ...last, value: last.value + value }
  }

  /** Of two codes side by side the backticks between them would be read together. */
  #addCode(value: string, marks: string): void {
    const last = this.#line.at(-1)
    const isBeside = last?.code !== undefined
    const code = isBeside ? last.code + value : value
    const common = isBeside && last.marks !== marks ? '' : marks
    if (isBeside) this.#line.pop()
    this.#isAfterBlock = false
    this.#line.push({ value: `\`${this.#writing.code(code)}\``, isRaw: true, marks: common, code })
  }

  #writeCode(value: string, marks: string): void {
    if (/[`\n]/.test(value)) this.#writePre(value, marks)
    else if (value !== '') this.#addCode(value, marks)
  }

  /** Code that holds the fence itself can only be shown as text. */
  #writePre(value: string, marks: string): void {
    if (value.includes('```')) this.#writeText(value, marks)
    else if (value !== '') this.#addBlock(`\`\`\`\n${this.#writing.code(value)}\n\`\`\``)
  }

  #writeLink(href: string, label: RichText, marks: string): void {
    const link = this.#writing.link(href, label)
    if (link !== undefined) {
      this.#add(link, marks, true)
      return
    }
    this.write(label, marks)
    this.#writeText(addressBehind(visibleText(label), href), marks)
  }

  #writeMention(id: string, label: RichText, marks: string): void {
    const mention = this.#writing.mention(id, label)
    if (mention !== undefined) this.#add(mention, marks, true)
    else this.#writeText(`@${visibleText(label).replace(/^@/, '') || id}`, marks)
  }

  #writeQuote(children: RichText, marks: string): void {
    if (visibleText(children) === '') return
    const inner = new ChatMarksWriter(this.#writing, this.#areBackticksRead, true)
    inner.write(children, marks)
    this.#addBlock(
      inner
        .finish()
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n'),
    )
  }

  #addBlock(block: string): void {
    if (this.#line.length > 0) this.#endLine()
    this.#lines.push(block)
    this.#isAfterBlock = true
  }

  #endLine(): void {
    const line = new LineWriter(this.#line, this.#writing, this.#areBackticksRead)
    const typed = this.#line[0]
    const isLikeQuote = !this.#isQuoted && typed?.isRaw === false && typed.value.startsWith('>')
    this.#lines.push((isLikeQuote ? this.#writing.rules.quoteGuard : '') + line.write())
    this.#line = []
  }
}

/** Stands for what is no typed character where neighbours are looked at; neither space nor letter. */
const RAW = '\ufffc'

const INK = /[^\s\u200b]/

interface TypedMark {
  readonly mark: string
  /** In the line as typed. */
  readonly index: number
  readonly isEdge: boolean
}

class LineWriter {
  readonly #runs: readonly Run[]
  readonly #writing: ChatWriting
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

  constructor(runs: readonly Run[], writing: ChatWriting, areBackticksRead: boolean) {
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
      for (const [word] of run.value.matchAll(/[\s\u200b]+|[^\s\u200b]+/g)) {
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
    const closing = [...this.#open.slice(shared)].reverse().join('')
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
