import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2'
import type { RichText } from '../core/rich-text.ts'
import { MAX_DEPTH } from './depth.ts'
import { decodeText } from './emoji.ts'
import type { HtmlDialect } from './html-rule.ts'
import { HtmlTree } from './html-tree.ts'
import { unifyNewlines } from './newlines.ts'

/**
 * HTML or a dialect of it → rich text. Takes any string, never throws. Only what isn't text is left out: tags, comments,
 * declarations; an unfinished one at the end is shown as written. Linear: htmlparser2's tokenizer goes over the source
 * once, and nesting is bounded by MAX_DEPTH (deeper elements show their content).
 */
export function readHtml(source: string, dialect: HtmlDialect): RichText {
  const reader = new HtmlReader(source, dialect)
  const tokenizer = new Tokenizer({}, reader)
  tokenizer.write(source)
  tokenizer.end()
  return reader.finish()
}

/** Elements without content or closing tag. */
const VOID = new Set(
  'area base basefont br col embed frame hr img input link meta param source track wbr'.split(' '),
)
/** Their closing tag may be left out before the next of their kind. */
const CLOSED_BY_NEXT = new Set(['p', 'li', 'dt', 'dd', 'tr', 'td', 'th', 'option'])
const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze({})

interface OpenElement {
  readonly name: string
  /** Index in the source of the opening tag. */
  readonly start: number
  readonly isDropped: boolean
}

/** Takes the tokenizer's calls, whose indexes are UTF-16 units of the source, and pairs the tags. */
class HtmlReader implements TokenizerCallbacks {
  readonly #source: string
  readonly #dialect: HtmlDialect
  readonly #tree: HtmlTree
  readonly #stack: OpenElement[] = []
  /** How many of a name are open, so that a closing tag that closes nothing costs no search. */
  readonly #openCounts = new Map<string, number>()
  /** Elements beyond the depth limit, whose closing tags close nothing. */
  readonly #skippedCounts = new Map<string, number>()
  /** Where the last whole token ended. */
  #end = 0
  /** Text that was found and not yet handed on: a run of `<` is reported character by character. */
  #rawStart = 0
  #rawEnd = 0
  /** Where the content of the last `<pre>` began. */
  #preStart = -1
  #name = ''
  #attributes: Record<string, string> | undefined
  #attributeName = ''
  #attributeValue = ''

  constructor(source: string, dialect: HtmlDialect) {
    this.#source = source
    this.#dialect = dialect
    this.#tree = new HtmlTree(dialect)
  }

  /** A negative start means an unfinished tag at the end, which `finish` shows. */
  ontext(start: number, end: number): void {
    if (start < 0) return
    this.#addRaw(Math.min(start, this.#end), end)
  }

  ontextentity(point: number, end: number): void {
    this.#flushRaw()
    this.#tree.addLiteral(String.fromCodePoint(point))
    this.#end = end
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#source.slice(start, end).toLowerCase()
    this.#attributes = undefined
  }

  onattribname(start: number, end: number): void {
    this.#attributeName = this.#source.slice(start, end).toLowerCase()
    this.#attributeValue = ''
  }

  onattribdata(start: number, end: number): void {
    this.#attributeValue += this.#source.slice(start, end)
  }

  onattribentity(point: number): void {
    this.#attributeValue += String.fromCodePoint(point)
  }

  onattribend(): void {
    this.#attributes ??= Object.create(null) as Record<string, string>
    this.#attributes[this.#attributeName] ??= this.#attributeValue
  }

  onopentagend(end: number): void {
    this.#open(end + 1, VOID.has(this.#name))
  }

  onselfclosingtag(end: number): void {
    this.#open(end + 1, true)
  }

  onclosetag(start: number, end: number): void {
    const close = this.#source.indexOf('>', end)
    if (close < 0) return
    const from = this.#end
    this.#flushRaw()
    const name = this.#source.slice(start, end).toLowerCase()
    const skipped = this.#skippedCounts.get(name) ?? 0
    if (skipped > 0) this.#skippedCounts.set(name, skipped - 1)
    else if ((this.#openCounts.get(name) ?? 0) > 0) {
      this.#closeTo(this.#stack.findLastIndex((element) => element.name === name))
    } else if (this.#closeNothing(name)) this.#addRaw(from, close + 1)
    this.#end = close + 1
  }

  oncomment(_start: number, end: number): void {
    this.#skipTo(end)
  }

  ondeclaration(_start: number, end: number): void {
    this.#skipTo(end)
  }

  onprocessinginstruction(_start: number, end: number): void {
    this.#skipTo(end)
  }

  /** Outside XML a CDATA section would be a comment; its text is shown here. */
  oncdata(start: number, end: number, offset: number): void {
    if (end >= this.#source.length) return
    this.#flushRaw()
    this.#tree.addLiteral(this.#source.slice(start, end - offset))
    this.#end = end + 1
  }

  /** Part of the tokenizer's interface; `finish` does the work. */
  onend(): void {
    this.#flushRaw()
  }

  finish(): RichText {
    this.#flushRaw()
    const dropped = this.#stack.findIndex((element) => element.isDropped)
    const rest = this.#stack[dropped]?.start ?? this.#end
    if (dropped >= 0) this.#closeTo(dropped)
    this.#addRaw(rest, this.#source.length)
    this.#flushRaw()
    this.#closeTo(0)
    return this.#tree.finish()
  }

  #addRaw(start: number, end: number): void {
    if (start !== this.#rawEnd) {
      this.#flushRaw()
      this.#rawStart = start
    }
    this.#rawEnd = end
    this.#end = end
  }

  #flushRaw(): void {
    const start = this.#rawStart
    this.#rawStart = this.#rawEnd
    if (start === this.#rawEnd || this.#tree.isDropped) return
    const raw = this.#rawText(start)
    if (this.#tree.isVerbatim || this.#dialect.hasNewlines) this.#tree.addLiteral(this.#named(raw))
    else this.#tree.addRaw(this.#named(raw))
  }

  /** HTML leaves out a newline right behind `<pre>`. */
  #rawText(start: number): string {
    const raw = this.#source.slice(start, this.#rawEnd)
    const text = unifyNewlines(raw)
    return start === this.#preStart && text.startsWith('\n') ? text.slice(1) : text
  }

  #named(value: string): string {
    return this.#dialect.hasNames && !this.#tree.isVerbatim ? decodeText(value, true) : value
  }

  /** An unfinished comment at the end is text. */
  #skipTo(end: number): void {
    if (end >= this.#source.length) return
    this.#flushRaw()
    this.#end = end + 1
  }

  #open(end: number, isEmpty: boolean): void {
    this.#flushRaw()
    const name = this.#name
    const start = this.#end
    const rule = this.#dialect.rule({ name, attributes: this.#attributes ?? NO_ATTRIBUTES })
    if (rule.content === 'source') {
      this.#addRaw(start, end)
      return
    }
    this.#end = end
    if (CLOSED_BY_NEXT.has(name) && this.#stack.at(-1)?.name === name) {
      this.#closeTo(this.#stack.length - 1)
    }
    if (isEmpty) {
      this.#tree.open(rule)
      this.#tree.close()
    } else if (this.#stack.length >= MAX_DEPTH) {
      this.#tree.pass(rule)
      this.#skippedCounts.set(name, (this.#skippedCounts.get(name) ?? 0) + 1)
    } else {
      this.#tree.open(rule)
      if (name === 'pre') this.#preStart = end
      this.#stack.push({ name, start, isDropped: rule.content === 'dropped' })
      this.#openCounts.set(name, (this.#openCounts.get(name) ?? 0) + 1)
    }
  }

  /** Is the closing tag to be shown as written? `</br>` is a line break to browsers. */
  #closeNothing(name: string): boolean {
    const rule = this.#dialect.rule({ name, attributes: NO_ATTRIBUTES })
    if (name === 'br') {
      this.#tree.open(rule)
      this.#tree.close()
    }
    return rule.content === 'source'
  }

  #closeTo(depth: number): void {
    while (this.#stack.length > depth) {
      const name = this.#stack.pop()?.name ?? ''
      this.#openCounts.set(name, (this.#openCounts.get(name) ?? 1) - 1)
      this.#tree.close()
    }
  }
}
