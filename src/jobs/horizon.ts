/** How far clocks may disagree before it counts as a jump. */
const TOLERANCE_MS = 60_000
/** A clock that has run ahead for so long is believed: the hub was off, or an operator has had the alarm for an hour. */
const BELIEVED_AFTER_MS = 3_600_000
/** What is made up for at each look then. */
const STEP_MS = 3_600_000

export interface HorizonLook {
  /** Up to here things may count as past. Epoch ms. */
  readonly at: number
  /** How far the clock is ahead of what can have passed, ms; negative if it has gone back; 0 if all is well. */
  readonly jumpMs: number
}

/**
 * What may be taken for past by whoever deletes by the clock. It moves on by what can have passed since the last look, as a
 * clock that nobody can set tells it. A clock that leaps ahead moves it no faster until the leap has lasted for an hour, and
 * then by an hour with each look: a week of being off is made up for within a day, and a clock that is wrong for minutes
 * deletes nothing.
 */
export class Horizon {
  readonly #monotonicNow: () => number
  #lookedAt: number | undefined
  #aheadSince: number | undefined

  constructor(monotonicNow: () => number = () => performance.now()) {
    this.#monotonicNow = monotonicNow
  }

  /** `last`: what the look before gave, in this process or another; undefined: there was none. `now`: the store's clock. */
  look(last: number | undefined, now: number): HorizonLook {
    const lookedAt = this.#monotonicNow()
    const passedMs = lookedAt - (this.#lookedAt ?? lookedAt)
    this.#lookedAt = lookedAt
    if (last === undefined) return { at: now, jumpMs: 0 }
    const reach = last + passedMs + TOLERANCE_MS
    if (now <= reach) {
      this.#aheadSince = undefined
      return { at: Math.max(last, now), jumpMs: now < last - TOLERANCE_MS ? now - last : 0 }
    }
    this.#aheadSince ??= lookedAt
    const isBelieved = lookedAt - this.#aheadSince >= BELIEVED_AFTER_MS
    return { at: Math.min(now, reach + (isBelieved ? STEP_MS : 0)), jumpMs: now - reach }
  }
}
