import type { RichText, TextNode } from '#core/rich-text.ts'
import { visibleText } from '#core/rich-text.ts'
import type { EntityText, OutEntity, TelegramEntity } from './types.ts'

/** Telegram sends at most 100 entities; the bounds keep a forged update from costing more than its size. */
const MAX_ENTITIES = 1000
const MAX_OPEN = 50

type Kind = 'bold' | 'italic' | 'underline' | 'strike' | 'quote' | 'spoiler'
const KIND_OF: Readonly<Record<string, Kind>> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strike',
  blockquote: 'quote',
  expandable_blockquote: 'quote',
  spoiler: 'spoiler',
}
/** These hold no further markup, so they stand innermost. */
const LEAVES = new Set(['code', 'pre', 'custom_emoji'])

interface Span {
  readonly start: number
  readonly end: number
  readonly entity: TelegramEntity
}

/**
 * Telegram's text and entities → rich text. Entities that cross are split where they do; ones out of bounds are cut to
 * the text, ones that begin or end inside a surrogate pair are dropped. What the text shows by itself (addresses,
 * hashtags, @names) stays text.
 */
export function toRichText(text: string, entities: readonly TelegramEntity[] = []): RichText {
  if (text === '') return []
  const spans = toSpans(text, entities)
  const points = new Set([0, text.length])
  for (const span of spans) points.add(span.start).add(span.end)
  const bounds = [...points].sort((a, b) => a - b)
  const builder = new TreeBuilder()
  let next = 0
  let active: Span[] = []
  for (const [index, start] of bounds.slice(0, -1).entries()) {
    active = active.filter((span) => span.end > start)
    for (let span = spans[next]; span && span.start === start; span = spans[++next]) {
      if (active.length < MAX_OPEN) active.push(span)
    }
    builder.add(text.slice(start, bounds[index + 1]), nestable(active))
  }
  return builder.finish()
}

function nestable(active: readonly Span[]): readonly Span[] {
  const leaf = active.find((span) => LEAVES.has(span.entity.type))
  return leaf ? [...active.filter((span) => !LEAVES.has(span.entity.type)), leaf] : active
}

function toSpans(text: string, entities: readonly TelegramEntity[]): Span[] {
  const spans: Span[] = []
  for (const entity of entities.slice(0, MAX_ENTITIES)) {
    const start = Math.max(0, entity.offset)
    const end = Math.min(text.length, entity.offset + entity.length)
    const isWhole = Number.isInteger(start) && Number.isInteger(end) && start < end
    if (!isWhole || splitsPair(text, start) || splitsPair(text, end)) continue
    if (isRendered(entity)) spans.push({ start, end, entity })
  }
  return spans.sort((a, b) => a.start - b.start || b.end - a.end)
}

function isRendered(entity: TelegramEntity): boolean {
  if (entity.type === 'text_link') return Boolean(entity.url)
  if (entity.type === 'text_mention') return entity.user !== undefined
  return entity.type in KIND_OF || LEAVES.has(entity.type)
}

/** Would a cut before `index` part a surrogate pair? */
export function splitsPair(text: string, index: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, index - 1), index + 1))
}

/** Builds the tree from left to right, keeping open what the next piece shares with the last. */
class TreeBuilder {
  readonly #root: TextNode[] = []
  readonly #open: { span: Span; children: TextNode[] }[] = []
  #leaf: { span: Span; value: string } | undefined

  add(piece: string, active: readonly Span[]): void {
    const leaf = active.findLast((span) => LEAVES.has(span.entity.type))
    const outer = active.filter((span) => span !== leaf)
    let shared = 0
    while (shared < outer.length && this.#open[shared]?.span === outer[shared]) shared += 1
    const isSame = shared === this.#open.length && shared === outer.length
    if (this.#leaf && (this.#leaf.span !== leaf || !isSame)) this.#closeLeaf()
    this.#closeTo(shared)
    for (const span of outer.slice(shared)) this.#open.push({ span, children: [] })
    if (!leaf) this.#children().push({ type: 'text', value: piece })
    else if (this.#leaf) this.#leaf.value += piece
    else this.#leaf = { span: leaf, value: piece }
  }

  finish(): RichText {
    this.#closeLeaf()
    this.#closeTo(0)
    return this.#root
  }

  #children(): TextNode[] {
    return this.#open.at(-1)?.children ?? this.#root
  }

  #closeLeaf(): void {
    if (!this.#leaf) return
    const { span, value } = this.#leaf
    this.#leaf = undefined
    const { type, language } = span.entity
    if (type === 'custom_emoji') this.#children().push({ type: 'emoji', value })
    else if (type === 'code') this.#children().push({ type: 'code', value })
    else this.#children().push({ type: 'pre', value, ...(language ? { language } : {}) })
  }

  #closeTo(depth: number): void {
    while (this.#open.length > depth) {
      const frame = this.#open.pop()
      if (frame) this.#children().push(wrap(frame.span.entity, frame.children))
    }
  }
}

function wrap(entity: TelegramEntity, children: RichText): TextNode {
  if (entity.type === 'text_link') return { type: 'link', href: entity.url ?? '', children }
  if (entity.type === 'text_mention') {
    return { type: 'mention', id: String(entity.user?.id), children }
  }
  return { type: KIND_OF[entity.type] ?? 'bold', children }
}

const ENTITY_OF: Readonly<Record<Kind, string>> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strike: 'strikethrough',
  quote: 'blockquote',
  spoiler: 'spoiler',
}

/** Rich text → text and entities. Unpaired surrogates, which Telegram refuses, become U+FFFD. */
export function toEntities(rich: RichText): EntityText {
  const state = { text: '', entities: [] as OutEntity[] }
  for (const node of rich) writeNode(node, state, false)
  return { text: state.text.toWellFormed(), entities: state.entities }
}

interface WriteState {
  text: string
  readonly entities: OutEntity[]
}

function writeNode(node: TextNode, state: WriteState, isQuoted: boolean): void {
  const offset = state.text.length
  const first = state.entities.length
  if (!('children' in node)) {
    state.text += node.value
    const length = node.value.length
    if (length === 0 || node.type === 'text' || node.type === 'emoji') return
    const language = node.type === 'pre' && node.language ? { language: node.language } : {}
    state.entities.push({ type: node.type, offset, length, ...language })
    return
  }
  for (const child of node.children) writeNode(child, state, isQuoted || node.type === 'quote')
  const length = state.text.length - offset
  if (length === 0) return
  const entity = entityOf(node, isQuoted)
  // Before those inside: of two with the same range the first is the outer one.
  if (entity) state.entities.splice(first, 0, { ...entity, offset, length })
  else if (node.type === 'link') writeAddress(node.href, state, offset)
}

function entityOf(
  node: Extract<TextNode, { children: RichText }>,
  isQuoted: boolean,
): Omit<OutEntity, 'offset' | 'length'> | undefined {
  if (node.type === 'link') {
    return /^(?:https?|tg):/i.test(node.href) ? { type: 'text_link', url: node.href } : undefined
  }
  if (node.type === 'mention') {
    if (!/^\d{1,16}$/.test(node.id)) return undefined
    const user = { id: Number(node.id), is_bot: false as const }
    return { type: 'text_mention', user: { ...user, first_name: visibleText(node.children) } }
  }
  // Quotes don't nest at Telegram.
  return node.type === 'quote' && isQuoted ? undefined : { type: ENTITY_OF[node.type] }
}

/** Telegram links only to web addresses; a mailto: or tel: is written behind the text unless the text says it. */
function writeAddress(href: string, state: WriteState, offset: number): void {
  const address = href.replace(/^(?:mailto|tel):/i, '')
  if (!state.text.slice(offset).includes(address)) state.text += ` (${address})`
}

/**
 * Splits at `limit` UTF-16 units: at a line's end, else a word's, else anywhere but inside a surrogate pair. Line and
 * word ends in the first half are passed over, so that parts don't get tiny. Parts without anything to see are left out.
 */
export function splitText({ text, entities }: EntityText, limit: number): EntityText[] {
  const parts: EntityText[] = []
  for (let start = 0; start < text.length; ) {
    const { end, next } = findCut(text, start, limit)
    const part = text.slice(start, end)
    if (part.trim() !== '') parts.push({ text: part, entities: cut(entities, start, end) })
    start = next
  }
  return parts
}

function findCut(text: string, start: number, limit: number): { end: number; next: number } {
  if (text.length - start <= limit) return { end: text.length, next: text.length }
  const half = start + Math.floor(limit / 2)
  const last = start + limit
  const window = text.slice(start, last + 1)
  const line = start + window.lastIndexOf('\n')
  if (line > half) return { end: line, next: line + 1 }
  const word = start + window.lastIndexOf(' ')
  if (word > half) return { end: word, next: word + 1 }
  const end = splitsPair(text, last) ? last - 1 : last
  return { end, next: end }
}

function cut(entities: readonly OutEntity[], start: number, end: number): OutEntity[] {
  return entities.flatMap((entity) => {
    const from = Math.max(entity.offset, start)
    const to = Math.min(entity.offset + entity.length, end)
    return from < to ? [{ ...entity, offset: from - start, length: to - from }] : []
  })
}
