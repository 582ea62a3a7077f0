import type { RichText, TextNode } from '../core/rich-text.ts'
import type { HtmlDialect, HtmlRule } from './html-rule.ts'

interface Frame {
  readonly rule: HtmlRule
  /** Shared with the parent's where nothing is to be made of them. */
  readonly children: TextNode[]
  readonly isVerbatim: boolean
  readonly isDropped: boolean
}

/** Newlines enough for any block: the beginning of the text, and of what stands behind a block node. */
const MANY = 1000

/**
 * The tree that HTML's elements and texts become, with line breaks where a browser would show them: blocks begin and end
 * lines, and what breaks the source into lines (indentation of tags) is a space or nothing. Unlike in a browser, spaces
 * within a line stay as many as they are.
 */
export class HtmlTree {
  readonly #dialect: HtmlDialect
  readonly #frames: Frame[]
  /** Text of the innermost frame that is not yet among its children. */
  #run = ''
  /** How many newlines the text so far ends with. */
  #newlines = MANY
  /** How many newlines a block asks for before the next text. */
  #required = 0
  /** Whitespace of the source that is shown if text follows on the same line. */
  #space = ''
  /** Depth of the frame in which the newlines and the space before the next text stand. */
  #gapDepth = 0
  /** Is the last thing before here the tag of a block? */
  #isEdge = false
  /** Is it what a block shows at its beginning (`- `)? A block right behind that stands on the same line. */
  #isLabelled = false

  constructor(dialect: HtmlDialect) {
    this.#dialect = dialect
    this.#frames = [{ rule: {}, children: [], isVerbatim: false, isDropped: false }]
  }

  get isVerbatim(): boolean {
    return this.#top().isVerbatim
  }

  get isDropped(): boolean {
    return this.#top().isDropped
  }

  open(rule: HtmlRule): void {
    const parent = this.#top()
    const isDropped = parent.isDropped || rule.content === 'dropped'
    const isVerbatim = parent.isVerbatim || rule.content === 'verbatim'
    if (!isDropped) this.#enter(rule)
    this.#flushRun()
    const children = rule.finish ? [] : parent.children
    this.#frames.push({ rule, children, isVerbatim, isDropped })
    if (rule.before !== undefined) this.#label(rule)
  }

  /** An element whose content is shown where it stands: only its lines count. */
  pass(rule: HtmlRule): void {
    if (this.#top().isDropped) return
    this.#enter(rule.display === 'node' ? { display: 'line' } : rule)
    this.#label(rule)
  }

  close(): void {
    const frame = this.#frames.pop()
    if (!frame || frame.isDropped) return
    const { rule, children } = frame
    this.#leave(frame)
    if (rule.finish) this.#addNodes(rule.finish(children), rule, children.length === 0)
    rule.end?.()
    this.#gapDepth = Math.min(this.#gapDepth, this.#frames.length - 1)
  }

  /** What stands for an element without text of its own, as a picture does, begins where text would. */
  #addNodes(nodes: RichText, { display = 'inline' }: HtmlRule, isAtom: boolean): void {
    if (isAtom && display === 'inline' && nodes.length > 0) {
      this.#fillGap()
      this.#flushRun()
      this.#newlines = 0
    }
    for (const node of nodes) appendNode(this.#top().children, node)
  }

  /** Text of the source, in which newlines are spaces. */
  addRaw(value: string): void {
    if (this.#top().isDropped) return
    const start = skipSpaces(value, 0)
    if (this.#space === '' && start > 0) this.#gapDepth = this.#depthOfGap()
    this.#space += value.slice(0, start)
    if (start === value.length) return
    const end = lastInk(value) + 1
    this.addLiteral(value.slice(start, end).replace(/[ \t\f]*\n[ \t\f\n]*/g, ' '))
    if (end < value.length) this.#gapDepth = this.#frames.length - 1
    this.#space = value.slice(end)
  }

  /** Text that is shown as it is. */
  addLiteral(value: string): void {
    if (value === '' || this.#top().isDropped) return
    this.#fillGap()
    this.#run += value
    this.#newlines = countNewlines(value, this.#newlines)
  }

  finish(): RichText {
    this.#keepSpace()
    this.#flushRun()
    return this.#frames[0]?.children ?? []
  }

  #top(): Frame {
    // The root is never closed.
    return this.#frames.at(-1) as Frame
  }

  #label({ before = '', display = 'inline' }: HtmlRule): void {
    this.addLiteral(before)
    this.#isLabelled = before !== '' && display !== 'inline'
  }

  #enter(rule: HtmlRule): void {
    const display = rule.display ?? 'inline'
    if (display === 'inline') this.#keepSpace()
    else if (this.#isLabelled) this.#space = ''
    else this.#border(display)
  }

  /** Before the frame's children are taken: `frame` is no longer among the open ones. */
  #leave(frame: Frame): void {
    const { display = 'inline', after = '' } = frame.rule
    this.#frames.push(frame)
    if (display === 'inline' || after !== '') this.#keepSpace()
    this.addLiteral(after)
    this.#flushRun()
    this.#frames.pop()
    if (display !== 'inline') this.#border(display)
  }

  /** Spaces beside a block's tag aren't shown. */
  #border(display: 'line' | 'paragraph' | 'node'): void {
    this.#space = ''
    this.#isEdge = true
    if (display === 'node') {
      this.#required = 0
      this.#newlines = MANY
      return
    }
    if (this.#required === 0) this.#gapDepth = this.#frames.length - 1
    this.#required = Math.max(this.#required, display === 'paragraph' ? 2 : 1)
  }

  /** Spaces before an inline tag stand before it. Newlines of the source may still turn out to end a line. */
  #keepSpace(): void {
    const space = this.#space
    if (space !== '' && !space.includes('\n')) {
      this.#space = ''
      if (!this.#isEdge) this.addLiteral(space)
    }
    this.#isEdge = false
  }

  #depthOfGap(): number {
    return this.#required > 0 ? this.#gapDepth : this.#frames.length - 1
  }

  #fillGap(): void {
    const missing = Math.max(0, this.#required - this.#newlines)
    const gap = missing > 0 ? '\n'.repeat(missing) : this.#shownSpace()
    this.#required = 0
    this.#space = ''
    this.#isEdge = false
    this.#isLabelled = false
    if (gap === '') return
    const frame = this.#frames[this.#gapDepth]
    if (!frame || frame === this.#top()) this.#run += gap
    else appendNode(frame.children, { type: 'text', value: gap })
  }

  #shownSpace(): string {
    if (this.#space.includes('\n')) return this.#newlines > 0 ? '' : ' '
    return this.#isEdge ? '' : this.#space
  }

  #flushRun(): void {
    const run = this.#run
    if (run === '') return
    this.#run = ''
    const { children, isVerbatim } = this.#top()
    if (isVerbatim || !this.#dialect.text) appendNode(children, { type: 'text', value: run })
    else for (const node of this.#dialect.text(run)) appendNode(children, node)
  }
}

function appendNode(nodes: TextNode[], node: TextNode): void {
  const last = nodes.at(-1)
  if (node.type !== 'text' || last?.type !== 'text') nodes.push(node)
  else nodes[nodes.length - 1] = { type: 'text', value: last.value + node.value }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 12
}

function skipSpaces(value: string, from: number): number {
  let index = from
  while (index < value.length && isSpace(value.charCodeAt(index))) index += 1
  return index
}

function lastInk(value: string): number {
  let index = value.length - 1
  while (index >= 0 && isSpace(value.charCodeAt(index))) index -= 1
  return index
}

function countNewlines(value: string, before: number): number {
  let count = 0
  while (count < value.length && value[value.length - 1 - count] === '\n') count += 1
  return count === value.length ? before + count : count
}
