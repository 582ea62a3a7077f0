import { plainText, type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { type ChatMarkRules, markRoles } from './chat-marks.ts'

/** Typed text, which may hold marks, or a piece that is none to them: a link, a mention, an escaped character. */
export type ChatPiece = string | TextNode

/**
 * Chat markup → rich text. `leaf` reads what is left as text outside of code (emoji names). Marks that find no partner
 * on their line are text. Linear; nested no deeper than a quote and one node per mark.
 */
export function readChatMarks(
  pieces: readonly ChatPiece[],
  rules: ChatMarkRules,
  leaf: (typed: string) => RichText = plainText,
): RichText {
  const flat = liftCodeBlocks(flatten(pieces))
  return toNodes(new ChatMarksReader(flat, rules).read(), leaf)
}

/** What has been read, its text not yet given to `leaf`. */
type Part = ChatPiece | { readonly wrap: 'bold' | 'italic' | 'strike' | 'quote'; parts: Part[] }

function toNodes(parts: readonly Part[], leaf: (typed: string) => RichText): TextNode[] {
  const nodes: TextNode[] = []
  let typed: string[] = []
  const flush = (): void => {
    for (const node of leaf(typed.join(''))) addNode(nodes, node)
    typed = []
  }
  for (const part of parts) {
    if (typeof part === 'string') typed.push(part)
    else {
      flush()
      addNode(
        nodes,
        'wrap' in part ? { type: part.wrap, children: toNodes(part.parts, leaf) } : part,
      )
    }
  }
  flush()
  return nodes
}

function addNode(nodes: TextNode[], node: TextNode): void {
  const last = nodes.at(-1)
  if (node.type === 'text' && last?.type === 'text') {
    nodes[nodes.length - 1] = { type: 'text', value: last.value + node.value }
  } else if (node.type !== 'text' || node.value !== '') nodes.push(node)
}

/** Stands for a piece in the text that is scanned; one that was typed has no entry in `atoms`. */
const ATOM = '\ufffc'

interface Flat {
  readonly text: string
  readonly atoms: ReadonlyMap<number, TextNode>
}

function flatten(pieces: readonly ChatPiece[]): Flat {
  const parts: string[] = []
  const atoms = new Map<number, TextNode>()
  let length = 0
  for (const piece of pieces) {
    const part = typeof piece === 'string' ? piece : ATOM
    if (typeof piece !== 'string') atoms.set(length, piece)
    parts.push(part)
    length += part.length
  }
  return { text: parts.join(''), atoms }
}

function sliceOf({ text, atoms }: Flat, start: number, end: number): ChatPiece[] {
  const slice = text.slice(start, end)
  const pieces: ChatPiece[] = []
  let from = 0
  for (let at = slice.indexOf(ATOM); at >= 0; at = slice.indexOf(ATOM, at + 1)) {
    const atom = atoms.get(start + at)
    if (!atom) continue
    pieces.push(slice.slice(from, at), atom)
    from = at + 1
  }
  pieces.push(slice.slice(from))
  return pieces
}

function visibleOf(flat: Flat, start: number, end: number): string {
  return sliceOf(flat, start, end)
    .map((piece) => (typeof piece === 'string' ? piece : visibleText([piece])))
    .join('')
}

const FENCE = '```'

/** Blocks between fences go first: they may hold lines, and nothing in them is markup. */
function liftCodeBlocks(flat: Flat): Flat {
  const pieces: ChatPiece[] = []
  let from = 0
  for (let at = 0; ; ) {
    const open = flat.text.indexOf(FENCE, at)
    const close = open < 0 ? -1 : flat.text.indexOf(FENCE, open + FENCE.length)
    if (close < 0) break
    const value = visibleOf(flat, open + FENCE.length, close).replace(/^\n|\n$/g, '')
    // Between six backticks in a row there is nothing; the later three may still open a block.
    at = value === '' ? close : close + FENCE.length
    if (value === '') continue
    addAll(pieces, sliceOf(flat, from, open))
    pieces.push({ type: 'pre', value })
    from = at
  }
  if (pieces.length === 0) return flat
  addAll(pieces, sliceOf(flat, from, flat.text.length))
  return flatten(pieces)
}

interface Frame {
  /** '' for the line itself. */
  readonly mark: string
  readonly parts: Part[]
}

interface Span {
  readonly start: number
  readonly end: number
}

class ChatMarksReader {
  readonly #flat: Flat
  readonly #rules: ChatMarkRules
  readonly #out: Part[] = []
  /** The quote that the line before belongs to. */
  #quote: Part[] | undefined
  /** All that follows is quoted. */
  #isDeep = false

  constructor(flat: Flat, rules: ChatMarkRules) {
    this.#flat = flat
    this.#rules = rules
  }

  read(): Part[] {
    const { text } = this.#flat
    for (let start = 0; start <= text.length; ) {
      const newline = text.indexOf('\n', start)
      const end = newline < 0 ? text.length : newline
      const body = this.#quotedFrom(start, end)
      if (body === undefined) this.#quote = undefined
      // The line break between a quote and what follows stays outside of it.
      if (start > 0) (this.#quote ?? this.#out).push('\n')
      if (body !== undefined && !this.#quote) {
        this.#quote = []
        this.#out.push({ wrap: 'quote', parts: this.#quote })
      }
      addAll(this.#quote ?? this.#out, this.#readLine({ start: body ?? start, end }))
      start = end + 1
    }
    return this.#out
  }

  /**
   * Where the text of a quoted line begins; undefined if the line is none. A quote may hold empty lines, but a sign with
   * nothing behind it begins none.
   */
  #quotedFrom(start: number, end: number): number | undefined {
    if (this.#isDeep) return start
    const body = this.#quoteBody(start)
    const isDeep = this.#isDeepQuote(start)
    if (body === start || (!this.#quote && body >= end && !isDeep)) return undefined
    this.#isDeep = isDeep
    return body
  }

  /** `>>>` quotes everything that follows. */
  #isDeepQuote(start: number): boolean {
    const { text } = this.#flat
    return text.startsWith('>>>', start) && text.length > start + 3
  }

  /** Where the text of a quoted line begins; `start` itself if the line is none. */
  #quoteBody(start: number): number {
    const { text } = this.#flat
    if (text[start] !== '>') return start
    const sign = this.#isDeepQuote(start) ? start + 3 : start + 1
    return text[sign] === ' ' ? sign + 1 : sign
  }

  #readLine(line: Span): Part[] {
    const { text } = this.#flat
    const stack: Frame[] = [{ mark: '', parts: [] }]
    let from = line.start
    const flush = (to: number): void => {
      addAll(topOf(stack).parts, sliceOf(this.#flat, from, to))
    }
    for (let at = line.start; at < line.end; at += 1) {
      const sign = text.charAt(at)
      if (sign === '`') {
        const close = text.indexOf('`', at + 1)
        if (close <= at + 1 || close >= line.end) continue
        flush(at)
        topOf(stack).parts.push({ type: 'code', value: visibleOf(this.#flat, at + 1, close) })
        at = close
      } else if (this.#rules.marks.has(sign) && this.#counts(sign, at, line, stack)) {
        flush(at)
        this.#turn(sign, stack)
      } else continue
      from = at + 1
    }
    flush(line.end)
    while (stack.length > 1) dissolve(stack)
    return topOf(stack).parts
  }

  /** Does this mark open or close something? */
  #counts(mark: string, at: number, { start, end }: Span, stack: readonly Frame[]): boolean {
    const { text } = this.#flat
    const before = at > start ? text.charAt(at - 1) : ''
    const after = at + 1 < end ? text.charAt(at + 1) : ''
    const { canOpen, canClose } = markRoles(mark, before, after)
    return stack.some((frame) => frame.mark === mark) ? canClose : canOpen
  }

  #turn(mark: string, stack: Frame[]): void {
    const index = stack.findLastIndex((frame) => frame.mark === mark)
    if (index < 0) {
      stack.push({ mark, parts: [] })
      return
    }
    while (stack.length > index + 1) dissolve(stack)
    const { parts } = stack.pop() ?? { parts: [] }
    const wrap = this.#rules.marks.get(mark)
    if (wrap) topOf(stack).parts.push({ wrap, parts })
  }
}

function topOf(stack: readonly Frame[]): Frame {
  return stack.at(-1) ?? { mark: '', parts: [] }
}

/** The innermost mark was never closed: it is text, and so is what it would have held. */
function dissolve(stack: Frame[]): void {
  const frame = stack.pop()
  if (!frame) return
  const { parts } = topOf(stack)
  parts.push(frame.mark)
  addAll(parts, frame.parts)
}

/** A spread of a long line into `push` would overflow the stack. */
function addAll<T>(list: T[], items: readonly T[]): void {
  for (const item of items) list.push(item)
}
