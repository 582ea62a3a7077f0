import { plainText, type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { MAX_QUOTES } from './depth.ts'
import { addressBehind, webHref } from './links.ts'
import { unifyNewlines } from './newlines.ts'

/** Styles, to be added up. */
export const BOLD = 1
export const ITALIC = 2
export const STRIKE = 4
export const SPOILER = 8

const STYLE_OF: Readonly<Partial<Record<TextNode['type'], number>>> = {
  bold: BOLD,
  italic: ITALIC,
  strike: STRIKE,
  spoiler: SPOILER,
}

/** One for all pieces of a link or mention. */
export interface LinkMark {
  /** What stands between the parentheses, not yet escaped. */
  readonly address: string
}

/** Text in one look. Spaces at the ends of what has a style are pieces of their own without it. */
export interface Piece {
  readonly type: 'text' | 'emoji' | 'code'
  readonly value: string
  readonly styles: number
  readonly link: LinkMark | undefined
}

export type Block =
  | { readonly type: 'inline'; readonly pieces: readonly Piece[] }
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | { readonly type: 'pre'; readonly value: string; readonly language: string }

/**
 * A tree in the order in which Markdown can say it: blocks outside, styles of the text inside. The same style twice is one,
 * underline has no form. What can't be a link becomes its label with the address behind it.
 */
export function toBlocks(text: RichText): Block[] {
  const collector = new Collector(0)
  collector.add(text, 0, undefined)
  return collector.finish()
}

class Collector {
  readonly #depth: number
  readonly #blocks: Block[] = []
  #pieces: Piece[] = []

  constructor(depth: number) {
    this.#depth = depth
  }

  add(text: RichText, styles: number, link: LinkMark | undefined): void {
    for (const node of text) this.#addNode(node, styles, link)
  }

  finish(): Block[] {
    if (this.#pieces.length > 0) {
      this.#blocks.push({ type: 'inline', pieces: joinCode(settleSpaces(this.#pieces)) })
    }
    this.#pieces = []
    return this.#blocks
  }

  #addNode(node: TextNode, styles: number, link: LinkMark | undefined): void {
    switch (node.type) {
      case 'text':
      case 'emoji':
        this.#addLeaf({ type: node.type, value: unifyNewlines(node.value), styles, link })
        break
      case 'code':
        this.#addCode(unifyNewlines(node.value), styles, link)
        break
      case 'pre':
        this.#addPre(unifyNewlines(node.value), node.language ?? '')
        break
      case 'quote':
        this.#addQuote(node.children, styles, link)
        break
      case 'link':
      case 'mention':
        this.#addLink(node, styles, link)
        break
      default:
        this.add(node.children, styles | (STYLE_OF[node.type] ?? 0), link)
    }
  }

  #addLeaf(piece: Piece): void {
    if (piece.value === '') return
    if (piece.styles === 0 && !piece.link) this.#pieces.push(piece)
    else for (const part of splitAtSpaces(piece)) this.#pieces.push(part)
  }

  /** Code ends with its line: the next line's beginning could mean something. */
  #addCode(value: string, styles: number, link: LinkMark | undefined): void {
    for (const [index, line] of value.split('\n').entries()) {
      if (index > 0) this.#addLeaf({ type: 'text', value: '\n', styles, link })
      if (line !== '') this.#pieces.push({ type: 'code', value: line, styles, link })
    }
  }

  #addPre(value: string, language: string): void {
    if (value.trim() === '') {
      this.#addLeaf({ type: 'text', value, styles: 0, link: undefined })
      return
    }
    this.finish()
    this.#blocks.push({ type: 'pre', value, language: language.replace(/[\s`]+/g, '-') })
  }

  #addQuote(children: RichText, styles: number, link: LinkMark | undefined): void {
    if (this.#depth >= MAX_QUOTES) {
      this.add(children, styles, link)
      return
    }
    const inner = new Collector(this.#depth + 1)
    inner.add(children, styles, link)
    const blocks = inner.finish()
    if (blocks.length === 0) return
    this.finish()
    this.#blocks.push({ type: 'quote', blocks })
  }

  #addLink(
    node: Extract<TextNode, { type: 'link' | 'mention' }>,
    styles: number,
    outer: LinkMark | undefined,
  ): void {
    const address = outer ? undefined : addressOf(node)
    const mark = address === undefined ? outer : { address }
    const name = node.type === 'link' ? node.href : node.id
    this.add(node.children, styles, mark)
    if (!hasInk(node.children)) this.add(plainText(name), styles, mark)
    else if (address === undefined && node.type === 'link') {
      this.add(plainText(addressBehind(visibleText(node.children), name)), styles, mark)
    }
  }
}

/** Is there anything that can be a link's label? */
function hasInk(text: RichText): boolean {
  return text.some((node) => {
    if ('children' in node) return hasInk(node.children)
    return node.type !== 'pre' && node.value.trim() !== ''
  })
}

/** Undefined for an address that may not be one. */
function addressOf(node: Extract<TextNode, { type: 'link' | 'mention' }>): string | undefined {
  if (node.type === 'link') return webHref(node.href)
  if (node.id === '') return undefined
  const id = encodeURIComponent(node.id.toWellFormed())
  return `user:${id.replaceAll('%3A', ':').replaceAll('%40', '@')}`
}

/** Spaces at its ends, and empty lines in it, as pieces of their own. */
function splitAtSpaces(piece: Piece): Piece[] {
  const pieces: Piece[] = []
  const words = piece.value.match(/\s+|\S+/g) ?? []
  let ink = ''
  for (const [index, word] of words.entries()) {
    const isSpace = word.trim() === ''
    const isEnd = index === 0 || index === words.length - 1
    if (!isSpace || !(isEnd || isEmptyLine(word))) {
      ink += word
      continue
    }
    if (ink !== '') pieces.push({ ...piece, value: ink })
    pieces.push({ ...piece, value: word })
    ink = ''
  }
  return ink === '' ? pieces : [...pieces, { ...piece, value: ink }]
}

function isEmptyLine(space: string): boolean {
  return space.indexOf('\n') !== space.lastIndexOf('\n')
}

/**
 * Spaces have the styles that both what is before and what is behind them has: markers don't work beside a space. No
 * style goes over an empty line.
 */
function settleSpaces(pieces: readonly Piece[]): Piece[] {
  const settled: Piece[] = []
  let spaces: Piece[] = []
  for (const piece of pieces) {
    if (!isInk(piece)) {
      spaces.push(piece)
      continue
    }
    for (const space of settle(spaces, settled.at(-1), piece)) settled.push(space)
    settled.push(piece)
    spaces = []
  }
  return [...settled, ...settle(spaces, settled.at(-1), undefined)]
}

function settle(
  spaces: readonly Piece[],
  before: Piece | undefined,
  behind: Piece | undefined,
): Piece[] {
  const isEnd = !before || !behind || isEmptyLine(spaces.map(({ value }) => value).join(''))
  return spaces.map((space) => {
    if (isEnd) return { ...space, styles: 0, link: undefined }
    const isLink = space.link === before.link && space.link === behind.link
    const styles = space.styles & before.styles & behind.styles
    return { ...space, styles, link: isLink ? space.link : undefined }
  })
}

/** Is there something to see? */
export function isInk(piece: Piece): boolean {
  return piece.type === 'code' || piece.value.trim() !== ''
}

/** Two pieces of code side by side would run together with their marks. */
function joinCode(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    const isSame =
      last?.type === 'code' &&
      piece.type === 'code' &&
      last.styles === piece.styles &&
      last.link === piece.link
    if (isSame) joined[joined.length - 1] = { ...last, value: last.value + piece.value }
    else joined.push(piece)
  }
  return joined
}
