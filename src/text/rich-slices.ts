import { type RichText, type TextNode, visibleText } from '../core/rich-text.ts'

/** A node with the place of its visible text in that of the whole tree, in UTF-16 units. */
interface Span {
  readonly node: TextNode
  readonly start: number
  readonly end: number
  /** Laid out when a cut goes through it: most nodes stay whole. */
  children?: readonly Span[]
}

/** A stretch that belongs together. */
export interface Stretch {
  readonly start: number
  readonly end: number
}

/** A tree by the places of its visible text: any stretch can be cut out, with all markup around it. */
export class RichSlices {
  /** What a reader sees. */
  readonly visible: string
  /** Links, mentions, code and marked emoji, in order, none inside another. */
  readonly wholes: readonly Stretch[]
  /** Where a quote or a block of code begins or ends. */
  readonly edges: ReadonlySet<number>
  readonly #spans: readonly Span[]

  constructor(text: RichText) {
    const wholes: Stretch[] = []
    const edges = new Set<number>()
    this.visible = visibleText(text)
    collect(text, 0, { wholes, edges })
    this.#spans = layOut(text, 0)
    this.wholes = wholes
    this.edges = edges
  }

  /** Costs as much as what it gives, plus a search. */
  slice(start: number, end: number): RichText {
    return cutOut(this.#spans, start, end)
  }
}

/** Nodes whose text belongs together. */
const WHOLE = new Set<TextNode['type']>(['link', 'mention', 'code', 'emoji'])
const BLOCK = new Set<TextNode['type']>(['quote', 'pre'])

interface Places {
  readonly wholes: Stretch[]
  readonly edges: Set<number>
}

/** Gives where the text ends. */
function collect(text: RichText, from: number, places: Places): number {
  let at = from
  for (const node of text) {
    const start = at
    const index = places.wholes.length
    at = 'children' in node ? collect(node.children, at, places) : at + node.value.length
    if (WHOLE.has(node.type)) {
      places.wholes.splice(index, Number.POSITIVE_INFINITY, { start, end: at })
    }
    if (BLOCK.has(node.type)) places.edges.add(start).add(at)
  }
  return at
}

function layOut(text: RichText, from: number): Span[] {
  const spans: Span[] = []
  let start = from
  for (const node of text) {
    const end = start + ('children' in node ? lengthOf(node.children) : node.value.length)
    if (end > start) spans.push({ node, start, end })
    start = end
  }
  return spans
}

function lengthOf(text: RichText): number {
  let length = 0
  for (const node of text) {
    length += 'children' in node ? lengthOf(node.children) : node.value.length
  }
  return length
}

function cutOut(spans: readonly Span[], start: number, end: number): TextNode[] {
  const nodes: TextNode[] = []
  for (let index = firstAfter(spans, start); index < spans.length; index += 1) {
    const span = spans[index]
    if (!span || span.start >= end) break
    const { node } = span
    if (span.start >= start && span.end <= end) nodes.push(node)
    else if ('children' in node) {
      span.children ??= layOut(node.children, span.start)
      nodes.push({ ...node, children: cutOut(span.children, start, end) })
    } else {
      const value = node.value.slice(Math.max(0, start - span.start), end - span.start)
      nodes.push({ ...node, value })
    }
  }
  return nodes
}

/** Index of the first stretch that ends behind `position`. */
export function firstAfter(stretches: readonly Stretch[], position: number): number {
  let low = 0
  let high = stretches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stretches[middle]?.end ?? 0) > position) high = middle
    else low = middle + 1
  }
  return low
}
