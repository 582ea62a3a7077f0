import { given } from '../core/given.ts'
import type { RichText, TextNode } from '../core/rich-text.ts'
import { MAX_QUOTES } from './depth.ts'
import { readInline } from './markdown-inline.ts'
import { appendText } from './markdown-tokens.ts'
import { unifyNewlines } from './newlines.ts'

/**
 * Markdown as people and portals write it in a chat → rich text. Emphasis, code, fences, links, autolinks, escapes and
 * character references are CommonMark's, `~~strike~~` is GFM's. What differs from CommonMark, so that nothing is lost:
 *
 * - every newline is a line break, and there are as many as were typed, but for one empty line before and one behind a
 *   quote or fence; spaces at the beginning of a line stay and make no code;
 * - headings, lists, rules, tables, images, HTML, reference links and their definitions stay text as written; emphasis
 *   within them is read, but doesn't go over from one such line to the next;
 * - a quote ends with the last line that begins with `>`;
 * - `||spoiler||` is a spoiler, `[name](user:id)` a mention;
 * - a link needs an address that may be one (`isLinkHref`), else it stays as written; without a label it shows its address.
 *
 * Takes any string, never throws, linear: no search goes over the same text again and again.
 */
export function parseMarkdown(source: string, hasNames: boolean): RichText {
  const text = unifyNewlines(source).replaceAll('\0', '\ufffd')
  return new BlockReader(text.split('\n'), hasNames, 0).read()
}

const QUOTE = /^ {0,3}>/
const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$/s
const FENCE_END = /^ {0,3}(`{3,}|~{3,})[ \t]*$/
const BLANK = /^[ \t]*$/
/** A heading, a rule, the line under a heading, a fence around nothing: a paragraph by itself. */
const ALONE =
  /^ {0,3}(?:#{1,6}(?:[ \t]|$)|(?:=+|-+)[ \t]*$|(?:\*[ \t]*){3,}$|(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$|`{3,}[^`]*$|~{3,})/
/** The first line of an item of a list. */
const ITEM = /^[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]+\S/

class BlockReader {
  readonly #lines: readonly string[]
  readonly #hasNames: boolean
  /** How many quotes there are around. */
  readonly #depth: number
  readonly #nodes: TextNode[] = []
  /** Where the text since the last block begins. */
  #textStart = 0
  /** Lines before this one begin no block: what they could begin would be empty. */
  #firstLine = 0

  constructor(lines: readonly string[], hasNames: boolean, depth: number) {
    this.#lines = lines
    this.#hasNames = hasNames
    this.#depth = depth
  }

  read(): TextNode[] {
    for (let index = 0; index < this.#lines.length; ) {
      const end = this.#readBlock(index)
      if (end > index) this.#textStart = end
      index = Math.max(end, index + 1)
    }
    this.#readText(this.#lines.length)
    return this.#nodes
  }

  /** The line behind the quote or fence that begins at `index`; `index` if there is none. */
  #readBlock(index: number): number {
    const line = this.#lines[index] ?? ''
    if (index < this.#firstLine || !mayBeginBlock(line)) return index
    if (QUOTE.test(line)) return this.#depth < MAX_QUOTES ? this.#readQuote(index) : index
    return FENCE.test(line) ? this.#readFence(index) : index
  }

  #readQuote(index: number): number {
    let end = index
    const inner: string[] = []
    for (; end < this.#lines.length; end += 1) {
      const line = this.#lines[end] ?? ''
      if (!QUOTE.test(line)) break
      const mark = line.indexOf('>') + 1
      inner.push(line.slice(line[mark] === ' ' ? mark + 1 : mark))
    }
    const children = new BlockReader(inner, this.#hasNames, this.#depth + 1).read()
    if (children.length === 0) return this.#noBlock(index, end)
    this.#readText(index, true)
    this.#nodes.push({ type: 'quote', children })
    return end
  }

  /** Without an end it goes on to the end of the text. With nothing in it, it is text. */
  #readFence(index: number): number {
    const [, fence = '', info = ''] = FENCE.exec(this.#lines[index] ?? '') ?? []
    let end = index + 1
    while (end < this.#lines.length && !isFenceEnd(this.#lines[end] ?? '', fence)) end += 1
    const value = this.#lines.slice(index + 1, end).join('\n')
    if (value.trim() === '') return this.#noBlock(index, end + 1)
    const language = /\S+/.exec(info)?.[0]
    this.#readText(index, true)
    this.#nodes.push({ type: 'pre', value, ...given({ language }) })
    return end + 1
  }

  #noBlock(index: number, end: number): number {
    this.#firstLine = end
    return index
  }

  /** Reads the lines since the last block as text. Empty lines that only part it from a block don't count. */
  #readText(end: number, isBeforeBlock = false): void {
    let first = this.#textStart
    let last = end
    if (this.#nodes.length > 0 && first < last && BLANK.test(this.#lines[first] ?? '')) first += 1
    if (isBeforeBlock && first < last && BLANK.test(this.#lines[last - 1] ?? '')) last -= 1
    this.#textStart = end
    let breaks = 0
    for (let start = first; start < last; ) {
      const next = this.#endOfParagraph(start, last)
      const text = this.#paragraph(start, next)
      if (start > first) breaks += 1
      if (text !== '') {
        appendText(this.#nodes, '\n'.repeat(breaks))
        breaks = 0
        this.#readParagraph(text)
      }
      start = next
    }
    appendText(this.#nodes, '\n'.repeat(breaks))
  }

  #paragraph(start: number, end: number): string {
    const isLine = end === start + 1
    return trimEnd(isLine ? (this.#lines[start] ?? '') : this.#lines.slice(start, end).join('\n'))
  }

  #readParagraph(text: string): void {
    for (const node of readInline(text, this.#hasNames, this.#depth)) appendNode(this.#nodes, node)
  }

  #endOfParagraph(start: number, last: number): number {
    const line = this.#lines[start] ?? ''
    let end = start + 1
    if (line === '' || BLANK.test(line) || ALONE.test(line)) return end
    while (end < last && !startsParagraph(this.#lines[end] ?? '')) end += 1
    return end
  }
}

/** Asked of every line: most begin with something else. */
function mayBeginBlock(line: string): boolean {
  const code = line.charCodeAt(0)
  return code === 62 || code === 96 || code === 126 || (code === 32 && /^ {1,3}[>`~]/.test(line))
}

function startsParagraph(line: string): boolean {
  if (line === '') return true
  return (
    /^[ \t]*(?:$|[-+*_=#`~\d])/.test(line) &&
    (BLANK.test(line) || ALONE.test(line) || ITEM.test(line))
  )
}

function isFenceEnd(line: string, fence: string): boolean {
  const end = FENCE_END.exec(line)?.[1]
  return end !== undefined && end.length >= fence.length && end[0] === fence[0]
}

/** As at the end of any line. A backslash before spaces stays one. */
function trimEnd(source: string): string {
  let end = source.length
  while (end > 0 && (source[end - 1] === ' ' || source[end - 1] === '\t')) end -= 1
  return source.slice(0, end)
}

function appendNode(nodes: TextNode[], node: TextNode): void {
  if (node.type === 'text') appendText(nodes, node.value)
  else nodes.push(node)
}
