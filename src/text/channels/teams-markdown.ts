import { plainText, type RichText, type TextNode, visibleText } from '../../core/rich-text.ts'
import { BlockText, quoteLines } from '../block-text.ts'
import { isWebHref, nameOf, plainLink } from './plain.ts'
import { escapeMarkdown, escapeSigns } from './teams-markdown-escape.ts'
import { type MarkdownRun, writeMarkdownLine } from './teams-markdown-line.ts'

/** A person named in an outbound text, for the activity's entities: Teams links the name by the exact `text`. */
export interface NamedPerson {
  readonly id: string
  readonly name: string
  readonly text: string
}

/** Marks in the order in which they are written, from outside. Markdown has neither underline nor spoiler. */
const MARK_OF: Readonly<Partial<Record<TextNode['type'], string>>> = {
  strike: '~',
  bold: 'b',
  italic: 'i',
}

/**
 * Markdown as Teams, Web Chat and Direct Line clients read it. A single newline is swallowed by its renderers, so a line
 * break is two spaces and a newline. With `people`, mentions are written as `<at>` tags and noted there; without, as @Name.
 */
export function toMarkdown(text: RichText, people?: NamedPerson[]): string {
  const writer = new MarkdownWriter(people)
  writer.write(text, '')
  return writer.finish()
}

class MarkdownWriter {
  readonly #out = new BlockText('  \n', '\n\n')
  readonly #people: NamedPerson[] | undefined
  #line: MarkdownRun[] = []

  constructor(people: NamedPerson[] | undefined) {
    this.#people = people
  }

  write(text: RichText, marks: string): void {
    for (const node of text) this.#writeNode(node, marks)
  }

  finish(): string {
    this.#endLine()
    return this.#out.finish()
  }

  #writeNode(node: TextNode, marks: string): void {
    if (node.type === 'text' || node.type === 'emoji') this.#writeText(node.value, marks)
    else if (node.type === 'code') this.#writeCode(node.value, marks)
    else if (node.type === 'pre') this.#writePre(node.value, node.language)
    else if (node.type === 'quote') this.#writeQuote(node.children, marks)
    else if (node.type === 'link') this.#add(linkOf(node.href, node.children), marks, true)
    else if (node.type === 'mention')
      this.#add(this.#mentionOf(node.id, node.children), marks, true)
    else this.write(node.children, withMark(marks, MARK_OF[node.type] ?? ''))
  }

  #writeText(value: string, marks: string): void {
    for (const [index, line] of value.split('\n').entries()) {
      if (index > 0) {
        this.#endLine()
        this.#out.breakLine()
      }
      this.#add(line, marks, false)
    }
  }

  /** Neighbouring texts under the same marks are one: what must be escaped may stretch over both. */
  #add(value: string, marks: string, isRaw: boolean): void {
    if (value === '') return
    const last = this.#line.at(-1)
    if (last?.marks !== marks || last.isRaw || isRaw) this.#line.push({ value, marks, isRaw })
    else this.#line[this.#line.length - 1] = { ...last, value: last.value + value }
  }

  #writeCode(value: string, marks: string): void {
    if (value.includes('\n')) this.#writePre(value, undefined)
    else if (value !== '') this.#addCode(value, marks)
  }

  /** Two pieces of code side by side become one: the backticks between them would be read together. */
  #addCode(value: string, marks: string): void {
    const last = this.#line.at(-1)
    const isBeside = last?.code !== undefined
    const code = isBeside ? last.code + value : value
    const common = isBeside && last.marks !== marks ? '' : marks
    if (isBeside) this.#line.pop()
    this.#line.push({ value: codeSpan(code), marks: common, isRaw: true, code })
  }

  #writePre(value: string, language: string | undefined): void {
    if (value.trim() === '') {
      this.#writeText(value, '')
      return
    }
    this.#endLine()
    this.#out.addBlock(codeBlock(value, language))
  }

  #writeQuote(children: RichText, marks: string): void {
    if (visibleText(children) === '') return
    const inner = new MarkdownWriter(this.#people)
    inner.write(children, marks)
    this.#endLine()
    this.#out.addBlock(quoteLines(inner.finish()))
  }

  #mentionOf(id: string, label: RichText): string {
    const name = nameOf(label, id)
    if (!this.#people) return escapeMarkdown(`@${name}`)
    const text = `<at>${withoutMarkup(name)}</at>`
    this.#people.push({ id, name, text })
    return text
  }

  #endLine(): void {
    this.#out.add(writeMarkdownLine(this.#line, this.#out.isLineStart))
    this.#line = []
  }
}

const LIKENESS: Readonly<Record<string, string>> = {
  '<': '‹',
  '>': '›',
  '*': '∗',
  '~': '∼',
  _: '＿',
  '`': 'ˋ',
  '\\': '＼',
  '&': '＆',
  '](': ']（',
}

/** The entity's text must be found as it is, so nothing in it can be escaped: what would be read gets a likeness. */
function withoutMarkup(name: string): string {
  const marks = /[<>*~`\\]|\]\(|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|&(?=#?\w+;)/gu
  return name.replace(marks, (sign) => LIKENESS[sign] ?? sign)
}

function withMark(marks: string, mark: string): string {
  if (mark === '' || marks.includes(mark)) return marks
  return Object.values(MARK_OF)
    .filter((known) => marks.includes(known) || known === mark)
    .join('')
}

function linkOf(href: string, children: RichText): string {
  const label = visibleText(children).replaceAll('\n', ' ')
  if (!isWebHref(href)) return escapeMarkdown(plainLink(href, plainText(label)))
  return `[${escapeSigns(label || href)}](${escapeHref(href)})`
}

/** What would end the address, or be read in it as an escape or a character reference. */
function escapeHref(href: string): string {
  return href
    .replace(/[\s()<>\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/&(?=#?\w+;)/g, '&amp;')
}

/** The fence is longer than any run of backticks inside; spaces at both ends keep the value's own ones. */
function codeSpan(value: string): string {
  const fence = '`'.repeat(longestRun(value) + 1)
  const needsGap = /^`|`$|^ .* $/.test(value) && value.trim() !== ''
  return needsGap ? `${fence} ${value} ${fence}` : `${fence}${value}${fence}`
}

function codeBlock(value: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(value) + 1))
  return `${fence}${language.replace(/[^\w+#-]/g, '')}\n${value}\n${fence}`
}

function longestRun(value: string): number {
  let longest = 0
  for (const [run] of value.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return longest
}
