import { plainText, type RichText, type TextNode, visibleText } from '../core/rich-text.ts'
import { addressBehind } from './links.ts'
import { firstAfter, RichSlices } from './rich-slices.ts'

/** What a text costs at a channel: its length there as rendered for it, with the markup where the channel counts it. */
export type Measure = (text: RichText) => number

/**
 * Cuts a text into parts that cost at most `limit`: at the end of a line, else of a sentence, if there is one in the second
 * half of what fits, else between words; links, mentions, code and emoji stay whole where they fit into a part, and what
 * displays as one character always does. Markup is closed at a cut and opened again behind it; spaces and line breaks at a
 * cut, and parts without anything to see, are left out. A link whose address takes up most of a part becomes text with its
 * address behind it. Only a character that by itself costs more than `limit` makes a part too long.
 *
 * `measure` must grow with the text, but needn't do so evenly. It is asked about a handful of pieces for each part, none
 * much longer than a part, so the work is linear in the text if `measure` is.
 */
export function splitRichText(text: RichText, limit: number, measure: Measure): RichText[] {
  const isShort = visibleText(text).length <= LONG * limit
  if (isShort && measure(text) <= limit) return [text]
  const splitter = new Splitter(text, limit, measure)
  // Of a long text the beginning shows already that the whole is too much.
  return isShort || splitter.isTooLong() || measure(text) > limit ? splitter.split() : [text]
}

export function countUtf16(value: string): number {
  return value.length
}

/** An unpaired surrogate counts as one. */
export function countCodePoints(value: string): number {
  let pairs = 0
  for (let index = 1; index < value.length; index += 1) {
    if (isPair(value, index)) {
      pairs += 1
      index += 1
    }
  }
  return value.length - pairs
}

/** An unpaired surrogate is sent as U+FFFD, three bytes. */
export function countUtf8Bytes(value: string): number {
  return Buffer.byteLength(value, 'utf8')
}

/** Would a cut at `index` part a surrogate pair? */
export function isPair(value: string, index: number): boolean {
  return (
    (value.charCodeAt(index) & 0xfc00) === 0xdc00 &&
    (value.charCodeAt(index - 1) & 0xfc00) === 0xd800
  )
}

/** Ranks of places to cut at; 0: none. */
const WORD = 1
const SENTENCE = 2
const LINE = 3
/** Behind these a sentence ends even without a space. */
const IDEOGRAPHIC_STOP = /[。！？｡]/
const SENTENCE_END = /[.!?…。！？｡]["'”’»)\]]*$/
/** Enough to see whether what stands around a cut displays as one character; longer ones are cut. */
const GRAPHEME_CONTEXT = 64
const MAX_RETRIES = 8
/** A text of so many parts is long: it may cost less than a sign for each, but hardly so little. */
const LONG = 2
/** A guess goes this share beyond what should fit (as a shift): what doesn't fit any more bounds the search. */
const LEEWAY = 6
/** The most that a writer makes of a sign of an address, and of the markup around it, twice over. */
const DEAREST_SIGN = 20
const LINK_MARKUP = 64

class Splitter {
  readonly #slices: RichSlices
  readonly #visible: string
  readonly #limit: number
  readonly #measure: Measure
  readonly #graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  /** Length of the part before: the first guess for the next. */
  #guess: number
  /** Costs of pieces from `#pricedFrom` on, by their ends: the same piece is asked about up to four times. */
  readonly #prices = new Map<number, number>()
  #pricedFrom = 0

  constructor(text: RichText, limit: number, measure: Measure) {
    this.#slices = new RichSlices(affordableOf(text, limit, measure))
    this.#visible = this.#slices.visible
    this.#limit = limit
    this.#measure = measure
    this.#guess = Math.max(1, Math.floor(limit))
  }

  isTooLong(): boolean {
    return !this.#fits(0, Math.min(this.#visible.length, LONG * this.#limit))
  }

  split(): RichText[] {
    const parts: RichText[] = []
    for (let start = 0; start < this.#visible.length; ) {
      const cut = this.#findCut(start)
      const end = cut < this.#visible.length ? this.#trimmed(start, cut) : cut
      if (this.#visible.slice(start, end).trim() !== '') parts.push(this.#part(start, end))
      start = cut < this.#visible.length ? this.#next(cut) : cut
    }
    return parts
  }

  /** Without its markup where that alone costs too much. */
  #part(start: number, end: number): RichText {
    if (this.#fits(start, end)) return this.#slices.slice(start, end)
    return plainText(this.#visible.slice(start, end))
  }

  #findCut(start: number): number {
    let last = this.#findFit(start)
    for (let tries = 0; last > start; tries += 1) {
      if (last >= this.#visible.length) return last
      const cut = this.#chooseCut(start, last)
      if (this.#fits(start, this.#trimmed(start, cut))) return cut
      last = tries < MAX_RETRIES ? cut - 1 : start + ((last - start) >> 1)
    }
    return this.#graphemeEnd(start)
  }

  /** The greatest end of a piece from `start` that fits; `start` if none does. */
  #findFit(start: number): number {
    const { length } = this.#visible
    let good = { end: start, cost: 0 }
    let bad: typeof good | undefined
    let guess = Math.min(length, start + this.#guess)
    for (let round = 0; ; round += 1) {
      const cost = this.#costOf(start, guess)
      if (cost <= this.#limit) good = { end: guess, cost }
      else bad = { end: guess, cost }
      if (good.end >= length || (bad && bad.end - good.end <= 1)) break
      guess = bad
        ? between(good, bad, this.#limit, round)
        : Math.min(length, this.#beyond(start, good))
    }
    this.#guess = Math.max(1, good.end - start)
    return good.end
  }

  /** The next guess where everything tried fits: a little behind where the limit should lie if cost grew evenly. */
  #beyond(start: number, { end, cost }: Tried): number {
    const length = end - start
    const room = cost > 0 ? Math.ceil(((this.#limit - cost) * length) / cost) : length
    return end + Math.min(Math.max(room, 0) + (length >> LEEWAY) + 1, length)
  }

  #fits(start: number, end: number): boolean {
    return this.#costOf(start, end) <= this.#limit
  }

  #costOf(start: number, end: number): number {
    if (start !== this.#pricedFrom) {
      this.#prices.clear()
      this.#pricedFrom = start
    }
    const known = this.#prices.get(end)
    if (known !== undefined) return known
    const cost = this.#measure(this.#slices.slice(start, end))
    this.#prices.set(end, cost)
    return cost
  }

  /** A good place to cut at or before `last`. */
  #chooseCut(start: number, last: number): number {
    const half = start + ((last - start) >> 1)
    let best = { at: -1, rank: 0 }
    for (let at = last; at > start && (at > half || best.rank === 0); at -= 1) {
      const rank = this.#rank(at)
      if (rank <= best.rank) continue
      const whole = this.#wholeAround(start, at)
      if (whole) at = whole.start + 1
      else best = { at, rank }
      if (best.rank === LINE) break
    }
    if (best.rank > 0) return best.at
    const whole = this.#wholeAround(start, last)
    return whole && whole.start > start ? whole.start : this.#graphemeStart(start, last)
  }

  #rank(at: number): number {
    const code = this.#visible.charCodeAt(at)
    if (code === 10 || this.#slices.edges.has(at)) return LINE
    const isSpace = code === 32 || code === 9 || (code > 127 && /\s/.test(this.#visible[at] ?? ''))
    if (isSpace)
      return SENTENCE_END.test(this.#visible.slice(Math.max(0, at - 4), at)) ? SENTENCE : WORD
    const before = this.#visible.charCodeAt(at - 1)
    return before > 0x2fff && IDEOGRAPHIC_STOP.test(this.#visible[at - 1] ?? '') ? SENTENCE : 0
  }

  /** The link, code… around a place that should not be cut there, since it fits into a part by itself. */
  #wholeAround(start: number, at: number): { start: number } | undefined {
    const whole = this.#slices.wholes[firstAfter(this.#slices.wholes, at)]
    if (!whole || whole.start >= at || whole.start < start) return undefined
    const isSmall = whole.end - whole.start <= 2 * this.#guess
    const isWhole =
      isSmall && this.#measure(this.#slices.slice(whole.start, whole.end)) <= this.#limit
    return isWhole ? whole : undefined
  }

  /** The beginning of what is displayed as one character around `at`; `at` itself where that has begun before `start`. */
  #graphemeStart(start: number, at: number): number {
    const window = this.#visible.slice(start, at + GRAPHEME_CONTEXT)
    const index = this.#graphemes.segment(window).containing(at - start)?.index ?? 0
    if (index > 0) return start + index
    return isPair(this.#visible, at) && at - 1 > start ? at - 1 : at
  }

  #graphemeEnd(start: number): number {
    const window = this.#visible.slice(start, start + GRAPHEME_CONTEXT)
    return start + (this.#graphemes.segment(window).containing(0)?.segment.length ?? 1)
  }

  #trimmed(start: number, cut: number): number {
    let end = cut
    while (end > start && /\s/.test(this.#visible[end - 1] ?? '')) end -= 1
    return end
  }

  /** Behind the line break, else the spaces, at a cut. What a line is indented by stays. */
  #next(cut: number): number {
    let behind = cut
    let line = -1
    while (behind < this.#visible.length && /\s/.test(this.#visible[behind] ?? '')) {
      if (this.#visible[behind] === '\n') line = behind + 1
      behind += 1
    }
    return line < 0 ? behind : line
  }
}

interface Tried {
  readonly end: number
  readonly cost: number
}

/** Where the limit should lie if cost grew evenly; each second time the middle, should it not. */
function between(good: Tried, bad: Tried, limit: number, round: number): number {
  const share = round % 2 === 0 ? (limit - good.cost) / (bad.cost - good.cost) : 0.5
  const guess = good.end + Math.round((bad.end - good.end) * share)
  return Math.min(bad.end - 1, Math.max(good.end + 1, guess))
}

/**
 * A text whose parts can all be paid for: links and mentions whose markup takes more than half of a part are replaced by their
 * label, since each part would repeat it. Neighbouring texts become one: readers of markup leave many behind, and each would
 * cost as much as a long one. Where nothing changes, nothing is copied.
 */
function affordableOf(text: RichText, limit: number, measure: Measure): RichText {
  let changed: TextNode[] | undefined
  for (const [index, node] of text.entries()) {
    const made = affordable(node, limit, measure)
    const before = changed ? changed.at(-1) : text[index - 1]
    const isSame = made.length === 1 && made[0] === node
    if (!changed && isSame && !(node.type === 'text' && before?.type === 'text')) continue
    changed ??= text.slice(0, index)
    for (const one of made) addNode(changed, one)
  }
  return changed ?? text
}

function addNode(nodes: TextNode[], node: TextNode): void {
  const last = nodes.at(-1)
  if (node.type !== 'text' || last?.type !== 'text') nodes.push(node)
  else nodes[nodes.length - 1] = { type: 'text', value: last.value + node.value }
}

/** A link without a label gets its address for one. */
function affordable(node: TextNode, limit: number, measure: Measure): RichText {
  if (!('children' in node)) return [node]
  const children = affordableOf(node.children, limit, measure)
  const isUnchanged = children === node.children
  if (node.type !== 'link' && node.type !== 'mention') {
    return [isUnchanged ? node : { ...node, children }]
  }
  const isEmpty = children.length === 0 && node.type === 'link'
  const shown = isEmpty ? plainText(node.href) : children
  const name = node.type === 'link' ? node.href : node.id
  const isCheap =
    (name.length + LINK_MARKUP) * DEAREST_SIGN <= limit ||
    measure([{ ...node, children: plainText('x') }]) * 2 <= limit
  if (isCheap) return [shown === node.children ? node : { ...node, children: shown }]
  if (isEmpty || node.type === 'mention') return shown
  return [...children, ...plainText(addressBehind(visibleText(children), node.href))]
}
