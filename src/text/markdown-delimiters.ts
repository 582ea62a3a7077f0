import { CLOSES, OPENS } from './markdown-flanking.ts'

/** A run of `*`, `_`, `~` or `|` in a paragraph, also a member of a DelimiterStack's list. */
export class Delimiter {
  readonly type = 'delimiter'
  readonly sign: string
  /** Of the whole run. */
  readonly length: number
  readonly canOpen: boolean
  readonly canClose: boolean
  /** Signs not yet used. What is left in the end is text. */
  rest: number
  /** How many signs each node takes that ends here, in this order, as digits. */
  closes = ''
  /** How many signs each node takes that begins here, the innermost first, as digits. */
  opens = ''
  /** Rises along the list. */
  id = 0
  previous: Delimiter | undefined
  next: Delimiter | undefined

  /** `able` as from `flanks`. */
  constructor(sign: string, length: number, able: number) {
    this.sign = sign
    this.length = length
    this.canOpen = (able & OPENS) !== 0
    this.canClose = (able & CLOSES) !== 0
    this.rest = length
  }
}

/**
 * Pairs delimiters as CommonMark's appendix "parsing strategy" does, with `~~` and `||` beside `*` and `_`. Linear: what
 * stands between a pair is not looked at again, and a search without result isn't repeated over the same stretch.
 */
export class DelimiterStack {
  #first: Delimiter | undefined
  #last: Delimiter | undefined
  #count = 0

  push(delimiter: Delimiter): void {
    this.#count += 1
    delimiter.id = this.#count
    delimiter.previous = this.#last
    if (this.#last) this.#last.next = delimiter
    else this.#first = delimiter
    this.#last = delimiter
  }

  /** Names the place: what is pushed from now on stands above it. */
  get top(): number {
    return this.#last?.id ?? 0
  }

  /** Forgets what stands above `bottom`: it stays text. */
  drop(bottom: number): void {
    if (bottom === 0) this.#last = undefined
    while (this.#last && this.#last.id > bottom) this.#last = this.#last.previous
    if (this.#last) this.#last.next = undefined
    else this.#first = undefined
  }

  /** Pairs what stands above `bottom`, then forgets it. */
  pair(bottom: number): void {
    const floors = new Map<string, number>()
    let closer = this.#above(bottom)
    while (closer) {
      if (!closer.canClose || !hasEnough(closer)) {
        closer = closer.next
        continue
      }
      const key = floorKey(closer)
      const opener = findOpener(closer, floors.get(key) ?? bottom)
      if (opener) closer = this.#join(opener, closer)
      else {
        floors.set(key, closer.id - 1)
        const { next }: Delimiter = closer
        if (!closer.canOpen) this.#remove(closer)
        closer = next
      }
    }
    this.drop(bottom)
  }

  #above(bottom: number): Delimiter | undefined {
    if (bottom === 0) return this.#first
    let entry = this.#last
    while (entry?.previous && entry.previous.id > bottom) entry = entry.previous
    return entry && entry.id > bottom ? entry : undefined
  }

  /** Returns what is to be closed next. */
  #join(opener: Delimiter, closer: Delimiter): Delimiter | undefined {
    const used = opener.rest >= 2 && closer.rest >= 2 ? 2 : 1
    opener.rest -= used
    closer.rest -= used
    opener.opens += used
    closer.closes += used
    opener.next = closer
    closer.previous = opener
    if (!hasEnough(opener)) this.#remove(opener)
    if (hasEnough(closer)) return closer
    const { next } = closer
    this.#remove(closer)
    return next
  }

  #remove(entry: Delimiter): void {
    if (entry.previous) entry.previous.next = entry.next
    else this.#first = entry.next
    if (entry.next) entry.next.previous = entry.previous
    else this.#last = entry.previous
  }
}

function isEmphasis(sign: string): boolean {
  return sign === '*' || sign === '_'
}

/** `~~` and `||` are taken in twos only. */
function hasEnough({ sign, rest }: Delimiter): boolean {
  return rest >= (isEmphasis(sign) ? 1 : 2)
}

/** Delimiters for which the same openers are out of the question. */
function floorKey({ sign, length, canOpen }: Delimiter): string {
  return isEmphasis(sign) ? `${sign}${length % 3}${canOpen}` : sign
}

function findOpener(closer: Delimiter, floor: number): Delimiter | undefined {
  let entry = closer.previous
  while (entry && entry.id > floor) {
    if (isPair(entry, closer)) return entry
    entry = entry.previous
  }
  return undefined
}

/** The rule of three keeps `**a*b**` from pairing `**` with `*`. */
function isPair(opener: Delimiter, closer: Delimiter): boolean {
  if (opener.sign !== closer.sign || !opener.canOpen || !hasEnough(opener)) return false
  if (!isEmphasis(opener.sign) || !(opener.canClose || closer.canOpen)) return true
  return (opener.length + closer.length) % 3 !== 0 || opener.length % 3 === 0
}
