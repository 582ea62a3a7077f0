import type { RichText, TextNode } from '#core/rich-text.ts'

/** Wrapper nodes around a piece of text, outermost first. Compared by identity: pieces of one node keep together. */
type Marks = readonly TextNode[]

interface Piece {
  readonly value: string
  readonly marks: Marks
  /** Length of the piece when rendered by itself with all its marks: never less than what it adds to a text. */
  readonly cost: number
}

/**
 * Cuts a text into parts whose rendered length is at most `limit` UTF-16 units, at line ends if there is one in the second
 * half of a part, else between words, else between characters. Markup is closed and opened anew at a cut.
 */
export function splitText(
  text: RichText,
  limit: number,
  render: (text: RichText) => string,
): RichText[] {
  if (render(text).length <= limit) return [text]
  const pieces = text
    .flatMap((node) => flatten(node, []))
    .flatMap((leaf) => cut(leaf, limit, render))
  const parts: RichText[] = []
  let start = 0
  while (start < pieces.length) {
    const end = findEnd(pieces, start, limit)
    const part = trim(pieces.slice(start, end))
    if (part.length > 0) parts.push(build(part, 0))
    start = end
  }
  return parts
}

interface Leaf {
  readonly value: string
  readonly marks: Marks
}

function flatten(node: TextNode, marks: Marks): Leaf[] {
  if ('children' in node) return node.children.flatMap((child) => flatten(child, [...marks, node]))
  const isVerbatim = node.type === 'code' || node.type === 'pre'
  return [{ value: node.value, marks: isVerbatim ? [...marks, node] : marks }]
}

function cut(leaf: Leaf, limit: number, render: (text: RichText) => string): Piece[] {
  return (leaf.value.match(/\n|[^\S\n]+|\S+/g) ?? []).flatMap((word) => {
    const piece = measure(word, leaf.marks, render)
    if (piece.cost <= limit) return [piece]
    return Array.from(word, (sign) => measure(sign, leaf.marks, render))
  })
}

function measure(value: string, marks: Marks, render: (text: RichText) => string): Piece {
  const cost = render(build([{ value, marks, cost: 0 }], 0)).length
  return { value, marks, cost }
}

/** The index after the last piece of the part that begins at `start`; always takes at least one piece. */
function findEnd(pieces: readonly Piece[], start: number, limit: number): number {
  let size = 0
  let afterLine = { index: -1, size: 0 }
  let afterWord = -1
  for (let index = start; index < pieces.length; index += 1) {
    const piece = pieces[index]
    if (!piece) break
    // A separator may stand beyond the limit: it is trimmed away.
    if (piece.value === '\n') afterLine = { index: index + 1, size }
    if (piece.value.trim() === '') afterWord = index + 1
    size += piece.cost
    if (size <= limit || index === start) continue
    if (afterLine.index > start && afterLine.size * 2 >= limit) return afterLine.index
    return afterWord > start ? afterWord : index
  }
  return pieces.length
}

function trim(pieces: readonly Piece[]): readonly Piece[] {
  const isInk = (piece: Piece): boolean => piece.value.trim() !== ''
  const first = pieces.findIndex((piece) => isInk(piece) || piece.value !== '\n')
  const last = pieces.findLastIndex(isInk)
  return last < 0 ? [] : pieces.slice(Math.max(first, 0), last + 1)
}

/** The tree of neighbouring pieces: those under the same wrapper are put into one copy of it. */
function build(pieces: readonly Piece[], depth: number): RichText {
  const nodes: TextNode[] = []
  let index = 0
  while (index < pieces.length) {
    const mark = pieces[index]?.marks[depth]
    let end = index + 1
    while (end < pieces.length && pieces[end]?.marks[depth] === mark) end += 1
    nodes.push(toNode(mark, pieces.slice(index, end), depth))
    index = end
  }
  return nodes
}

function toNode(mark: TextNode | undefined, pieces: readonly Piece[], depth: number): TextNode {
  if (mark && 'children' in mark) return { ...mark, children: build(pieces, depth + 1) }
  const value = pieces.map((piece) => piece.value).join('')
  return mark ? { ...mark, value } : { type: 'text', value }
}
