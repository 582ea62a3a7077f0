import { type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { MAX_DEPTH } from './depth.ts'
import { labelOr } from './links.ts'
import type { Delimiter } from './markdown-delimiters.ts'

/** A piece of a paragraph. A bracket is text unless it turned out to begin a link, which then has a target. */
export type Token =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'node'; readonly node: TextNode }
  | Delimiter
  | { readonly type: 'bracket'; readonly source: string; target?: LinkTarget }
  | { readonly type: 'link-end' }

export type LinkTarget =
  | { readonly type: 'link'; readonly href: string }
  | { readonly type: 'mention'; readonly id: string }

type Style = 'bold' | 'italic' | 'strike' | 'spoiler'

interface Frame {
  /** Undefined for the root, and beyond the depth limit: what is inside goes to the parent. */
  readonly node: Style | LinkTarget | undefined
  readonly children: TextNode[]
}

/**
 * Tokens, with delimiters and brackets paired, → tree. `depth` is how deep it will stand in the whole tree; what would
 * get too deep stays text.
 */
export function buildTree(tokens: readonly Token[], depth: number): TextNode[] {
  return new TreeBuilder(depth).build(tokens)
}

class TreeBuilder {
  readonly #maxFrames: number
  readonly #frames: Frame[] = [{ node: undefined, children: [] }]
  /** Text of the innermost frame that is not yet among its children. */
  #text = ''

  constructor(depth: number) {
    this.#maxFrames = MAX_DEPTH - depth
  }

  build(tokens: readonly Token[]): TextNode[] {
    for (const token of tokens) this.#add(token)
    return this.#children()
  }

  #add(token: Token): void {
    if (token.type === 'text') this.#text += token.value
    else if (token.type === 'node') this.#addNode(token.node)
    else if (token.type === 'delimiter') this.#addDelimiter(token)
    else if (token.type === 'link-end') this.#close('')
    else if (token.target) this.#open(token.target, '')
    else this.#text += token.source
  }

  /** No link stands in another. */
  #addNode(node: TextNode): void {
    const isInner =
      node.type === 'link' && this.#frames.some(({ node: outer }) => typeof outer === 'object')
    if (isInner) this.#text += visibleText(node.children)
    else this.#children().push(node)
  }

  #addDelimiter({ sign, rest, closes, opens }: Delimiter): void {
    for (const used of closes) this.#close(used === '2' ? sign + sign : sign)
    if (rest > 0) this.#text += sign.repeat(rest)
    for (let index = opens.length - 1; index >= 0; index -= 1) {
      const isDouble = opens[index] === '2'
      this.#open(styleOf(sign, isDouble), isDouble ? sign + sign : sign)
    }
  }

  /** `source` is shown if this is too deep. */
  #open(node: Style | LinkTarget, source: string): void {
    if (this.#frames.length <= this.#maxFrames) {
      this.#children()
      this.#frames.push({ node, children: [] })
    } else {
      this.#text += source
      this.#frames.push({ node: undefined, children: this.#children() })
    }
  }

  /** `source` is shown where what ends here was opened as nothing. */
  #close(source: string): void {
    const children = this.#children()
    const node = this.#frames.pop()?.node
    if (node) this.#children().push(toNode(node, children))
    else this.#text += source
  }

  /** Of the innermost frame, up to here. */
  #children(): TextNode[] {
    // The root is never closed: what closes was paired with what opens.
    const { children } = this.#frames.at(-1) as Frame
    appendText(children, this.#text)
    this.#text = ''
    return children
  }
}

function styleOf(sign: string, isDouble: boolean): Style {
  if (sign === '~') return 'strike'
  if (sign === '|') return 'spoiler'
  return isDouble ? 'bold' : 'italic'
}

function toNode(node: Style | LinkTarget, children: RichText): TextNode {
  if (typeof node === 'string') return { type: node, children }
  const name = node.type === 'link' ? node.href : node.id
  return { ...node, children: labelOr(name, children) }
}

/** Adds text at the end of a tree under construction; two texts become one. */
export function appendText(nodes: TextNode[], value: string): void {
  if (value === '') return
  const last = nodes.at(-1)
  if (last?.type === 'text') nodes[nodes.length - 1] = { type: 'text', value: last.value + value }
  else nodes.push({ type: 'text', value })
}
