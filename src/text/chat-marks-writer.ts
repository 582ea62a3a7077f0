import { type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { type LineWriting, type Run, writeLine } from './chat-marks-line.ts'
import { addressBehind } from './links.ts'

/** What a chat writes besides its marks. */
export interface ChatWriting extends LineWriting {
  /** Typed text inside of code. */
  code(typed: string): string
  /** Undefined for an address that can't be one there: it is shown behind the label. */
  link(href: string, label: RichText): string | undefined
  /** Undefined for a person that can't be named there: the name is shown. */
  mention(id: string, label: RichText): string | undefined
  /** Typed addresses (global flag) with `://` in them that are written as links, since marks would be read in them otherwise. */
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
    else if (node.value.includes('`')) count += node.value.split('`').length - 1
  }
  return count
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
    if (!value.includes('\n')) {
      this.#writeLine(value, marks)
      return
    }
    for (const [index, line] of value.split('\n').entries()) {
      if (index > 0) this.#breakLine()
      this.#writeLine(line, marks)
    }
  }

  #writeLine(line: string, marks: string): void {
    const { address, link } = this.#writing
    if (!address || !line.includes('://')) {
      this.#add(line, marks, false)
      return
    }
    let from = 0
    for (const match of line.matchAll(address)) {
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

  /** Two pieces of code side by side become one: the backticks between them would be read together. */
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
    const line = writeLine(this.#line, this.#writing, this.#areBackticksRead)
    const typed = this.#line[0]
    const isLikeQuote = !this.#isQuoted && typed?.isRaw === false && typed.value.startsWith('>')
    this.#lines.push((isLikeQuote ? this.#writing.rules.quoteGuard : '') + line)
    this.#line = []
  }
}
