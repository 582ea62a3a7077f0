import type { RichText, TextNode } from '../core/rich-text.ts'
import { MAX_DEPTH } from './depth.ts'
import { decodeText } from './emoji.ts'
import { isLinkHref, labelOr } from './links.ts'

const STYLE_OF = {
  b: 'bold',
  i: 'italic',
  u: 'underline',
  s: 'strike',
  quote: 'quote',
  spoiler: 'spoiler',
} as const
const NAMES: ReadonlySet<string> = new Set([...Object.keys(STYLE_OF), 'code', 'pre', 'url', 'user'])
const MAX_NAME = 7
const MAX_VALUE = 2048
/** `[url="https://…"]`, as some write it. */
const QUOTED = /^(["'])(https?:\/\/.*)\1$/

/** `[b]`, `[/b]`, `[url]`, `[url=…]`, `[user=…]` from `start` to `end` of the source. */
interface Tag {
  readonly name: string
  readonly isClosing: boolean
  readonly value: string | undefined
  readonly start: number
  readonly end: number
}

type Wrapper = Extract<TextNode, { children: RichText }>

interface Frame {
  /** Undefined for the root. */
  readonly tag: Tag | undefined
  readonly wrap: (children: RichText) => Wrapper | undefined
  readonly children: TextNode[]
}

/**
 * BBCode → rich text. Every input is text: what isn't a well-formed pair of known tags is shown as written. Linear: one
 * pass, the search for the end of `[code]` is not repeated once it has failed, depth is bounded.
 */
export function parseBbcode(source: string, hasNames: boolean): RichText {
  return new BbcodeReader(source, hasNames).read()
}

class BbcodeReader {
  readonly #source: string
  readonly #hasNames: boolean
  readonly #stack: Frame[] = [{ tag: undefined, wrap: () => undefined, children: [] }]
  /** How many tags of a name are open. */
  readonly #openCounts = new Map<string, number>()
  /** Opening tags that are text, whose closing tags are text too. */
  readonly #skippedCounts = new Map<string, number>()
  /** `code` and `pre` when no end of theirs follows any more. */
  readonly #endless = new Set<string>()
  /** Where what was not yet taken over begins. It is text. */
  #rest = 0

  constructor(source: string, hasNames: boolean) {
    this.#source = source
    this.#hasNames = hasNames
  }

  read(): RichText {
    for (let at = this.#source.indexOf('['); at >= 0; ) {
      const tag = readTag(this.#source, at)
      const end = tag ? this.#readTag(tag) : at + 1
      at = this.#source.indexOf('[', end)
    }
    this.#takeText(this.#source.length)
    this.#dissolve(1)
    return this.#top().children
  }

  /** Returns where reading goes on. */
  #readTag(tag: Tag): number {
    if (tag.isClosing) this.#close(tag)
    else if (tag.name === 'code' || tag.name === 'pre') return this.#readCode(tag.name, tag)
    else this.#open(tag)
    return tag.end
  }

  #open(tag: Tag): void {
    const wrap = this.#stack.length > MAX_DEPTH ? undefined : this.#wrapper(tag)
    if (!wrap) {
      count(this.#skippedCounts, tag.name, 1)
      return
    }
    this.#takeText(tag.start)
    this.#rest = tag.end
    this.#stack.push({ tag, wrap, children: [] })
    count(this.#openCounts, tag.name, 1)
  }

  /** What the tag makes of what is inside; undefined for one that is text. */
  #wrapper({ name, value: written }: Tag): Frame['wrap'] | undefined {
    const value = written === undefined ? '' : decodeText(written, false).trim()
    if (name === 'user') return value === '' ? undefined : (children) => mention(value, children)
    if (name !== 'url') {
      const type = STYLE_OF[name as keyof typeof STYLE_OF]
      return (children) => ({ type, children })
    }
    if (written === undefined) return this.#isLabelOpen() ? undefined : linkToLabel
    const href = QUOTED.exec(value)?.[2] ?? value
    return isLinkHref(href) ? (children) => link(href, children) : undefined
  }

  /** Within `[url]` a second one is text: of many, each could turn out to be none only at its end. */
  #isLabelOpen(): boolean {
    return this.#stack.some((frame) => frame.wrap === linkToLabel)
  }

  #close(tag: Tag): void {
    if (has(this.#skippedCounts, tag.name)) count(this.#skippedCounts, tag.name, -1)
    else if (has(this.#openCounts, tag.name)) {
      this.#takeText(tag.start)
      this.#rest = tag.end
      this.#dissolve(this.#stack.findLastIndex((frame) => frame.tag?.name === tag.name) + 1)
      this.#closeTop(tag)
    }
  }

  #closeTop(closing: Tag): void {
    const frame = this.#stack.pop()
    if (!frame) return
    count(this.#openCounts, closing.name, -1)
    const node = frame.wrap(frame.children)
    if (!node) {
      this.#showAsWritten(frame)
      this.#addText(this.#source.slice(closing.start, closing.end))
    } else if (node.children.length > 0) this.#top().children.push(node)
  }

  #readCode(type: 'code' | 'pre', tag: Tag): number {
    const end = this.#endless.has(type) ? null : this.#findEnd(type, tag.end)
    if (!end) {
      this.#endless.add(type)
      return tag.end
    }
    this.#takeText(tag.start)
    this.#rest = end.index + end[0].length
    const value = this.#decode(this.#source.slice(tag.end, end.index))
    if (value !== '') this.#top().children.push({ type, value })
    return this.#rest
  }

  #findEnd(type: 'code' | 'pre', start: number): RegExpExecArray | null {
    const pattern = type === 'code' ? /\[\/code\]/gi : /\[\/pre\]/gi
    pattern.lastIndex = start
    return pattern.exec(this.#source)
  }

  /**
   * Turns the open frames from `index` on into text and their children: what was opened inside of something and not
   * closed before its end is text, `[b]x[i]y[/b]` is bold "x[i]y".
   */
  #dissolve(index: number): void {
    for (const frame of this.#stack.splice(index)) {
      count(this.#openCounts, frame.tag?.name ?? '', -1)
      this.#showAsWritten(frame)
    }
  }

  #showAsWritten({ tag, children }: Frame): void {
    if (tag) this.#addText(this.#decode(this.#source.slice(tag.start, tag.end)))
    for (const child of children) {
      if (child.type === 'text') this.#addText(child.value)
      else this.#top().children.push(child)
    }
  }

  #takeText(end: number): void {
    if (end > this.#rest) this.#addText(this.#decode(this.#source.slice(this.#rest, end)))
    this.#rest = end
  }

  #addText(value: string): void {
    const { children } = this.#top()
    const last = children.at(-1)
    if (last?.type === 'text') {
      children[children.length - 1] = { type: 'text', value: last.value + value }
    } else children.push({ type: 'text', value })
  }

  #decode(value: string): string {
    return decodeText(value, this.#hasNames)
  }

  #top(): Frame {
    // The root is never closed.
    return this.#stack.at(-1) as Frame
  }
}

function count(counts: Map<string, number>, name: string, change: number): void {
  counts.set(name, (counts.get(name) ?? 0) + change)
}

function has(counts: ReadonlyMap<string, number>, name: string): boolean {
  return (counts.get(name) ?? 0) > 0
}

function link(href: string, children: RichText): Wrapper {
  return { type: 'link', href, children: labelOr(href, children) }
}

function mention(id: string, children: RichText): Wrapper {
  return { type: 'mention', id, children: labelOr(id, children) }
}

/** `[url]https://…[/url]`: the label is the address. */
function linkToLabel(children: RichText): Wrapper | undefined {
  const [only] = children
  const href = children.length === 1 && only?.type === 'text' ? only.value.trim() : ''
  return /^https?:\/\/\S+$/i.test(href) ? link(href, children) : undefined
}

/** The tag that begins with the bracket at `start`, if there is one. Looks at a bounded number of characters. */
function readTag(source: string, start: number): Tag | undefined {
  const isClosing = source.charCodeAt(start + 1) === 0x2f
  const nameStart = start + (isClosing ? 2 : 1)
  let nameEnd = nameStart
  while (nameEnd - nameStart <= MAX_NAME && isLetter(source.charCodeAt(nameEnd))) nameEnd += 1
  const name = knownName(source.slice(nameStart, nameEnd))
  const sign = source.charCodeAt(nameEnd)
  if (name === undefined) return undefined
  if (sign === 0x5d) return { name, isClosing, value: undefined, start, end: nameEnd + 1 }
  if (isClosing || sign !== 0x3d || (name !== 'url' && name !== 'user')) return undefined
  const end = valueEnd(source, nameEnd + 1)
  if (end === undefined) return undefined
  return { name, isClosing, value: source.slice(nameEnd + 1, end), start, end: end + 1 }
}

function isLetter(code: number): boolean {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

function knownName(written: string): string | undefined {
  if (NAMES.has(written)) return written
  const name = written.toLowerCase()
  return NAMES.has(name) ? name : undefined
}

/** Index of the bracket behind a value that is not empty. */
function valueEnd(source: string, start: number): number | undefined {
  const limit = Math.min(source.length, start + MAX_VALUE + 1)
  for (let end = start; end < limit; end += 1) {
    const code = source.charCodeAt(end)
    if (code === 0x5d) return end > start ? end : undefined
    if (code === 0x5b || code === 10 || code === 13) return undefined
  }
  return undefined
}
