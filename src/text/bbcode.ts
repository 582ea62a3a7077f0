import type { RichText, TextNode } from '../core/rich-text.ts'
import { decodeText } from './emoji.ts'
import { type EscapeRules, TextWriter } from './escape.ts'

/** Tags inside more than this many others stay text: trees are walked recursively. */
export const MAX_DEPTH = 100

const NAMES = 'b|i|u|s|code|pre|quote|spoiler|url|user'
/** `[b]`, `[/b]`, `[url]`, `[url=…]`, `[user=…]`. A value holds no bracket, so scanning for its end is linear. */
const TAG = new RegExp(`\\[(?:(/?)(${NAMES})|(url|user)=([^\\[\\]\\r\\n]{1,2048}))\\]`, 'gi')
/**
 * Typed text that a reader could take for a tag. `[url=` is escaped also where no `]` follows: an escape further on
 * could otherwise complete it.
 */
const TYPED_TAG = new RegExp(`\\[(?=/?(?:${NAMES})\\]|(?:url|user)=)`, 'gi')

type Wrapper = Extract<TextNode, { children: RichText }>

const TAG_OF: Readonly<Record<Exclude<Wrapper['type'], 'link' | 'mention'>, string>> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strike: 's',
  quote: 'quote',
  spoiler: 'spoiler',
}
const TYPE_OF: Readonly<Record<string, keyof typeof TAG_OF>> = {
  b: 'bold',
  i: 'italic',
  u: 'underline',
  s: 'strike',
  quote: 'quote',
  spoiler: 'spoiler',
}

/** Rich text → BBCode (PROTOCOL §7, "Text"). `parseBbcode` gives back the same visible text, for any text. */
export function renderBbcode(text: RichText, hasNames: boolean): string {
  const rules: EscapeRules = {
    hasNames,
    hasEscapes: true,
    markup: TYPED_TAG,
    markupEscape: () => '&#91;',
  }
  const writer = new TextWriter(rules)
  writeNodes(text, writer, 0)
  return writer.finish()
}

function writeNodes(text: RichText, writer: TextWriter, depth: number): void {
  for (const node of text) {
    if (node.type === 'text') writer.text(node.value)
    else if (node.type === 'emoji') writer.emoji(node.value)
    else if (node.type === 'code' || node.type === 'pre') writeCode(node, writer)
    else writeWrapper(node, writer, depth)
  }
}

function writeCode(node: { type: 'code' | 'pre'; value: string }, writer: TextWriter): void {
  if (node.value === '') return
  writer.markup(`[${node.type}]`)
  writer.text(node.value)
  writer.markup(`[/${node.type}]`)
}

function writeWrapper(node: Wrapper, writer: TextWriter, depth: number): void {
  const tags = depth < MAX_DEPTH && node.children.length > 0 ? tagsOf(node) : undefined
  if (tags) writer.markup(tags.open)
  writeNodes(node.children, writer, depth + 1)
  if (tags) writer.markup(tags.close)
}

/** Undefined where the value can't stand in a tag: what is inside is then shown without it. */
function tagsOf(node: Wrapper): { open: string; close: string } | undefined {
  if (node.type === 'link') {
    const href = node.href.replaceAll('[', '%5B').replaceAll(']', '%5D')
    return isTagValue(href) ? { open: `[url=${escapeValue(href)}]`, close: '[/url]' } : undefined
  }
  if (node.type === 'mention') {
    return isTagValue(node.id)
      ? { open: `[user=${escapeValue(node.id)}]`, close: '[/user]' }
      : undefined
  }
  const tag = TAG_OF[node.type]
  return { open: `[${tag}]`, close: `[/${tag}]` }
}

/** 2000 leaves room for escapes below the 2048 that TAG reads. */
function isTagValue(value: string): boolean {
  return value !== '' && value.length <= 2000 && !/[[\]\r\n]/.test(value)
}

/** Values hold no emoji names; what reads like an escape keeps its ampersand. */
function escapeValue(value: string): string {
  return value.replace(/&(?=(?:amp|#91|#58);)/g, '&amp;')
}

interface Frame {
  /** Lower-case name of the open tag; '' for the root. */
  readonly tag: string
  /** The tag as written, shown as text when nothing closes it. */
  readonly source: string
  readonly value?: string
  children: TextNode[]
}

/**
 * BBCode → rich text. Every input is text: what isn't a well-formed pair of known tags is shown as written. Linear:
 * one pass, the search for the end of `[code]` is not repeated once it has failed, depth is bounded.
 */
export function parseBbcode(source: string, hasNames: boolean): RichText {
  return new BbcodeParser(source, hasNames).parse()
}

class BbcodeParser {
  readonly #source: string
  readonly #hasNames: boolean
  readonly #root: Frame = { tag: '', source: '', children: [] }
  readonly #stack: Frame[] = [this.#root]
  /** Open tags beyond the depth limit, whose closing tags are text too. */
  readonly #skipped = new Map<string, number>()
  readonly #unclosed = new Set<string>()

  constructor(source: string, hasNames: boolean) {
    this.#source = source
    this.#hasNames = hasNames
  }

  parse(): RichText {
    let at = 0
    for (;;) {
      TAG.lastIndex = at
      const match = TAG.exec(this.#source)
      if (!match) break
      this.#addText(this.#decode(this.#source.slice(at, match.index)))
      at = this.#readTag(match)
    }
    this.#addText(this.#decode(this.#source.slice(at)))
    this.#dissolve(1)
    return this.#root.children
  }

  /** Returns where reading goes on. */
  #readTag(match: RegExpExecArray): number {
    const end = match.index + match[0].length
    const tag = (match[2] ?? match[3] ?? '').toLowerCase()
    if (match[1] === '/') this.#close(tag, match[0])
    else if (tag === 'code' || tag === 'pre') return this.#readCode(tag, match[0], end)
    else this.#open(tag, match[0], match[4])
    return end
  }

  #open(tag: string, source: string, value: string | undefined): void {
    const isValueMissing = tag === 'user' && value === undefined
    if (this.#stack.length > MAX_DEPTH || isValueMissing) {
      this.#skipped.set(tag, (this.#skipped.get(tag) ?? 0) + 1)
      this.#addText(this.#decode(source))
      return
    }
    const decoded = value === undefined ? undefined : decodeText(value, false)
    this.#stack.push({
      tag,
      source,
      children: [],
      ...(decoded === undefined ? {} : { value: decoded }),
    })
  }

  /** Tags that were opened inside and not closed before become text: `[b]x[i]y[/b]` is bold "x[i]y". */
  #close(tag: string, source: string): void {
    const skipped = this.#skipped.get(tag) ?? 0
    const index = this.#stack.findLastIndex((frame) => frame.tag === tag)
    if (skipped > 0 || index < 1) {
      if (skipped > 0) this.#skipped.set(tag, skipped - 1)
      this.#addText(source)
      return
    }
    this.#dissolve(index + 1)
    const frame = this.#stack.pop()
    if (!frame) return
    const node = toNode(frame)
    if (node) this.#top().children.push(node)
    else this.#showAsWritten(frame, source)
  }

  #readCode(tag: 'code' | 'pre', source: string, start: number): number {
    const close = this.#unclosed.has(tag) ? undefined : this.#findClose(tag, start)
    if (!close) {
      this.#unclosed.add(tag)
      this.#addText(source)
      return start
    }
    const value = this.#decode(this.#source.slice(start, close.index))
    this.#top().children.push({ type: tag, value })
    return close.index + close[0].length
  }

  #findClose(tag: 'code' | 'pre', start: number): RegExpExecArray | null {
    const pattern = tag === 'code' ? /\[\/code\]/gi : /\[\/pre\]/gi
    pattern.lastIndex = start
    return pattern.exec(this.#source)
  }

  /** Turns the open frames from `index` on into text and their children. */
  #dissolve(index: number): void {
    for (const frame of this.#stack.splice(index)) this.#showAsWritten(frame, '')
  }

  #showAsWritten(frame: Frame, closing: string): void {
    this.#addText(this.#decode(frame.source))
    for (const child of frame.children) {
      if (child.type === 'text') this.#addText(child.value)
      else this.#top().children.push(child)
    }
    this.#addText(closing)
  }

  #addText(value: string): void {
    if (value === '') return
    const { children } = this.#top()
    const last = children.at(-1)
    if (last?.type === 'text')
      children[children.length - 1] = { type: 'text', value: last.value + value }
    else children.push({ type: 'text', value })
  }

  #decode(value: string): string {
    return decodeText(value, this.#hasNames)
  }

  #top(): Frame {
    return this.#stack.at(-1) ?? this.#root
  }
}

/** Undefined for `[url]…[/url]` whose content is no address. */
function toNode(frame: Frame): TextNode | undefined {
  const { tag, children, value } = frame
  if (tag === 'user') return { type: 'mention', id: value ?? '', children }
  if (tag !== 'url') return { type: TYPE_OF[tag] ?? 'bold', children }
  const only = children.length === 1 ? children[0] : undefined
  const href = value ?? (only?.type === 'text' ? only.value.trim() : '')
  return value !== undefined || /^https?:\/\/\S+$/i.test(href)
    ? { type: 'link', href, children }
    : undefined
}
