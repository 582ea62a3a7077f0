/**
 * The longest text that an update may hold, in UTF-16 units, for channels that document none beyond it: Viber, whose texts
 * are the longest of the others, ends at 7 000.
 */
export const MAX_TEXT_LENGTH = 65_536
/** All texts of an update together, in texts of full length: some channels tell the same words up to three times. */
const TEXTS_PER_UPDATE = 4
/** No text is cut below this for the sake of the sum; lists are cut then. */
const LEAST_TEXT = 4096
/** Entries of one list; the longest that a channel documents is Viber's and Telegram's 100. */
const MAX_LIST = 1000
const LEAST_LIST = 10
/** Values of one update. A message that passes on 100 others, with a picture each, has some 6 000. */
const MAX_VALUES = 10_000
/** VK's messages within messages are the deepest, at some 90. */
const MAX_DEPTH = 100

/** Stands where text was cut off, so that a reader sees that there was more. */
export const CUT_MARK = ' […]'

/** What an update is cut to. */
interface Limits {
  readonly text: number
  readonly list: number
}

export interface BoundUpdate {
  readonly update: unknown
  /** What was cut, for the log. */
  readonly cut?: {
    readonly longestText: number
    readonly longestList: number
    readonly values: number
  }
}

/**
 * An update within what reading it may cost: channels never send more, but whoever knows a line's secret can. Texts are cut
 * with a visible mark, then the longest lists, and what is nested too deep is null. Nearly every update comes back as it is.
 * `maxText`: the longest text its channel sends; `maxValues`: for an update that is one of many.
 */
export function boundUpdate(
  update: unknown,
  maxText = MAX_TEXT_LENGTH,
  maxValues = MAX_VALUES,
): BoundUpdate {
  let limits: Limits = { text: maxText, list: MAX_LIST }
  const found = new Census(limits)
  found.count(update, 0)
  if (!found.isOver && found.fits(maxText, maxValues)) return { update }
  for (let census = found; !census.fits(maxText, maxValues); ) {
    const isTextOver = census.text > TEXTS_PER_UPDATE * maxText && limits.text > LEAST_TEXT
    if (!isTextOver && limits.list <= LEAST_LIST) break
    limits = isTextOver
      ? { ...limits, text: Math.max(LEAST_TEXT, limits.text >> 1) }
      : { ...limits, list: Math.max(LEAST_LIST, limits.list >> 1) }
    census = new Census(limits, maxValues)
    census.count(update, 0)
  }
  const { longestText, longestList, values } = found
  const left = { values: maxValues }
  return { update: cutValue(update, limits, left, 0), cut: { longestText, longestList, values } }
}

/**
 * What an update would hold within some limits. Beyond `maxValues` it stops: they don't fit, and what is behind them would
 * be left out. To go through the names of objects takes long enough to do it once.
 */
class Census {
  readonly #limits: Limits
  readonly #maxValues: number
  values = 0
  text = 0
  longestText = 0
  longestList = 0
  isOver = false

  constructor(limits: Limits, maxValues = Number.POSITIVE_INFINITY) {
    this.#limits = limits
    this.#maxValues = maxValues
  }

  fits(maxText: number, maxValues: number): boolean {
    return this.values <= maxValues && this.text <= TEXTS_PER_UPDATE * maxText
  }

  count(value: unknown, depth: number): void {
    this.values += 1
    if (typeof value === 'string') this.#countText(value.length)
    else if (typeof value === 'object' && value !== null) {
      if (depth >= MAX_DEPTH) this.isOver = true
      else if (Array.isArray(value)) this.#countList(value, depth)
      else this.#countFields(value as Record<string, unknown>, depth)
    }
  }

  get #goesOn(): boolean {
    return this.values <= this.#maxValues
  }

  #countText(length: number): void {
    const { text } = this.#limits
    if (length > text) this.isOver = true
    if (length > this.longestText) this.longestText = length
    this.text += Math.min(length, text)
  }

  #countList(entries: readonly unknown[], depth: number): void {
    const { list } = this.#limits
    if (entries.length > list) this.isOver = true
    if (entries.length > this.longestList) this.longestList = entries.length
    const length = Math.min(entries.length, list)
    for (let index = 0; index < length && this.#goesOn; index += 1) {
      this.count(entries[index], depth + 1)
    }
  }

  #countFields(fields: Readonly<Record<string, unknown>>, depth: number): void {
    for (const key in fields) {
      if (!this.#goesOn) return
      this.text += key.length
      this.count(fields[key], depth + 1)
    }
  }
}

/** `left`: how many more values there is room for, where even short lists hold too many; fields beyond it are left out. */
function cutValue(
  value: unknown,
  limits: Limits,
  left: { values: number },
  depth: number,
): unknown {
  left.values -= 1
  if (typeof value === 'string') return cutText(value, limits.text)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return null
  if (Array.isArray(value)) {
    const kept: unknown[] = []
    for (const entry of value.slice(0, limits.list)) {
      if (left.values <= 0) break
      kept.push(cutValue(entry, limits, left, depth + 1))
    }
    return kept
  }
  const fields: [string, unknown][] = []
  for (const key in value) {
    if (left.values <= 0) break
    fields.push([key, cutValue((value as Record<string, unknown>)[key], limits, left, depth + 1)])
  }
  return Object.fromEntries(fields)
}

/** At most `max` UTF-16 units, cut between characters; the mark is within them. */
export function cutText(value: string, max: number, mark = CUT_MARK): string {
  if (value.length <= max) return value
  const end = max - mark.length
  const isInPair =
    (value.charCodeAt(end - 1) & 0xfc00) === 0xd800 && (value.charCodeAt(end) & 0xfc00) === 0xdc00
  return value.slice(0, isInPair ? end - 1 : end) + mark
}
