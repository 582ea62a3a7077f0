import { given } from '../../core/given.ts'
import { plainText, type RichText, type TextNode } from '../../core/rich-text.ts'
import { toLink } from '../safe-link.ts'
import { isPair } from '../splitter.ts'

/** An entity as Telegram sends it (https://core.telegram.org/bots/api#messageentity). Counts UTF-16 units. */
export interface InEntity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string | undefined
  readonly language?: string | undefined
  readonly user?: { readonly id: number } | undefined
}

/** Telegram sends at most 100 entities; the bounds keep a forged update from costing more than its size. */
const MAX_ENTITIES = 1000
const MAX_OPEN = 50

type Kind = 'bold' | 'italic' | 'underline' | 'strike' | 'quote' | 'spoiler'
const KIND_OF: ReadonlyMap<string, Kind> = new Map([
  ['bold', 'bold'],
  ['italic', 'italic'],
  ['underline', 'underline'],
  ['strikethrough', 'strike'],
  ['blockquote', 'quote'],
  ['expandable_blockquote', 'quote'],
  ['spoiler', 'spoiler'],
])
/** These hold no further markup, so they stand innermost. */
const LEAVES = new Set(['code', 'pre', 'custom_emoji'])
/** A person's profile as a link: what a mention is in Telegram's HTML. */
const PROFILE = /^tg:\/\/user\?id=(\d{1,16})$/i

interface Span {
  readonly start: number
  readonly end: number
  readonly entity: InEntity
}

/**
 * Telegram's text and entities → rich text. Entities that cross are split where they do; ones out of bounds are cut to
 * the text, ones that begin or end inside a surrogate pair are dropped. What the text shows by itself (addresses,
 * hashtags, @names, dates) stays text.
 */
export function readEntities(text: string, entities: readonly InEntity[] = []): RichText {
  if (text === '') return []
  const spans = toSpans(text, entities)
  if (spans.length === 0) return plainText(text)
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
    builder.add(text.slice(start, bounds[index + 1]), active)
  }
  return builder.finish()
}

function toSpans(text: string, entities: readonly InEntity[]): Span[] {
  const spans: Span[] = []
  for (const entity of entities.slice(0, MAX_ENTITIES)) {
    const start = Math.max(0, entity.offset)
    const end = Math.min(text.length, entity.offset + entity.length)
    const isWhole = Number.isInteger(start) && Number.isInteger(end) && start < end
    if (!isWhole || isPair(text, start) || isPair(text, end)) continue
    if (isRendered(entity)) spans.push({ start, end, entity })
  }
  return spans.sort((a, b) => a.start - b.start || b.end - a.end)
}

function isRendered(entity: InEntity): boolean {
  if (entity.type === 'text_link') return Boolean(entity.url)
  if (entity.type === 'text_mention') return entity.user !== undefined
  return KIND_OF.has(entity.type) || LEAVES.has(entity.type)
}

/** Builds the tree from left to right, keeping open what the next piece shares with the last. */
class TreeBuilder {
  readonly #root: TextNode[] = []
  readonly #open: { span: Span; children: TextNode[] }[] = []
  #leaf: { span: Span; value: string } | undefined

  add(piece: string, active: readonly Span[]): void {
    const leaf = active.find((span) => LEAVES.has(span.entity.type))
    const outer = leaf ? active.filter((span) => !LEAVES.has(span.entity.type)) : active
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
    else this.#children().push({ type: 'pre', value, ...given({ language }) })
  }

  #closeTo(depth: number): void {
    while (this.#open.length > depth) {
      const frame = this.#open.pop()
      if (frame) this.#children().push(...wrap(frame.span.entity, frame.children))
    }
  }
}

function wrap(entity: InEntity, children: RichText): RichText {
  if (entity.type === 'text_link') return readTelegramLink(entity.url ?? '', children)
  if (entity.type === 'text_mention') {
    return [{ type: 'mention', id: String(entity.user?.id), children }]
  }
  return [{ type: KIND_OF.get(entity.type) ?? 'bold', children }]
}

/** A link, or the mention that a link to a person's profile is. */
export function readTelegramLink(href: string, children: RichText): RichText {
  const id = PROFILE.exec(href)?.[1]
  return id === undefined ? toLink(href, children) : [{ type: 'mention', id, children }]
}
