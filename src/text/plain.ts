import { plainText, type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { decodeText } from './emoji.ts'
import { TextWriter } from './escape.ts'
import { addressBehind, labelOr } from './links.ts'

/**
 * Rich text without markup: what a reader sees. A link keeps its address behind it unless its label says it, the lines of
 * a quote begin with `> `, and quotes and blocks of code stand on lines of their own. With short names, typed words that
 * read as one are escaped (`&#58;`, and `&amp;` before what reads as an escape); otherwise nothing is.
 */
export function renderPlain(text: RichText, hasNames: boolean): string {
  const writer = new PlainWriter(hasNames)
  writer.write(text, '')
  return writer.finish()
}

/** A portal's plain text: all of it is text. */
export function parsePlain(source: string, hasNames: boolean): RichText {
  return plainText(hasNames ? decodeText(source, true) : source)
}

class PlainWriter {
  readonly #writer: TextWriter
  /** Nothing stands on this line but the marks of quotes. */
  #isLineStart = true
  /** A block ended: what comes next begins a line. */
  #isBlockEnd = false

  constructor(hasNames: boolean) {
    this.#writer = new TextWriter({ hasNames, hasEscapes: hasNames })
  }

  finish(): string {
    return this.#writer.finish()
  }

  /** `marks` stand before each line. */
  write(text: RichText, marks: string): void {
    for (const node of text) this.#writeNode(node, marks)
  }

  #writeNode(node: TextNode, marks: string): void {
    switch (node.type) {
      case 'text':
      case 'code':
        this.#writeText(node.value, marks)
        break
      case 'emoji':
        this.#breakLine(node.value, marks)
        this.#writer.emoji(node.value)
        this.#isLineStart = false
        break
      case 'pre':
        this.#beginBlock(marks, marks)
        this.#writeText(node.value, marks)
        this.#isBlockEnd = node.value !== ''
        break
      case 'quote':
        if (visibleText(node.children) === '') break
        this.#beginBlock(marks, `${marks}> `)
        this.write(node.children, `${marks}> `)
        this.#isBlockEnd = true
        break
      case 'link':
        this.#writeLink(node.href, node.children, marks)
        break
      default:
        this.write(node.children, marks)
    }
  }

  #writeLink(href: string, children: RichText, marks: string): void {
    const label = labelOr(href, children)
    this.write(label, marks)
    this.#writeText(addressBehind(visibleText(label), href), marks)
  }

  #writeText(value: string, marks: string): void {
    if (value === '') return
    this.#breakLine(value, marks)
    this.#writer.text(marks === '' ? value : value.replaceAll('\n', `\n${marks}`))
    this.#isLineStart = value.endsWith('\n')
  }

  /** Behind a block, unless the text begins with a line break itself. */
  #breakLine(value: string, marks: string): void {
    if (this.#isBlockEnd && !value.startsWith('\n')) this.#writer.text(`\n${marks}`)
    this.#isBlockEnd = false
  }

  #beginBlock(outer: string, inner: string): void {
    const isNewLine = this.#isBlockEnd || !this.#isLineStart
    this.#isBlockEnd = false
    this.#isLineStart = true
    if (isNewLine) this.#writer.text(`\n${inner}`)
    else this.#writer.text(inner.slice(outer.length))
  }
}
