import type { Clock } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'

export interface StoreView<T> {
  /** Does the store answer? */
  readonly isUp: boolean
  /** Absent while it doesn't. */
  readonly figures?: T
}

/** A look is good for this long; one that took long is good for longer, so that looking takes a fiftieth of the time at most. */
const KEPT_MS = 3000
const KEPT_TIMES = 50
/** How long whoever asks waits for a new look: an older one is better than a slow answer. */
const WAIT_MS = 15
/** The same when there is no older one. */
const FIRST_WAIT_MS = 500
/** A look that takes longer than this: the store doesn't answer. */
const AWAY_AFTER_MS = 2000

/**
 * What is read in the store for `/metrics`. Looks never run side by side, and nobody waits long for one: with 100 000 lines that
 * have work one takes half a second.
 */
export class StoreFigures<T> {
  readonly #read: () => Promise<T>
  readonly #clock: Clock
  #last: { readonly figures?: T; readonly isUp: boolean } | undefined
  #goodUntil = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined
  #lookingSince = 0

  /** `read` may throw anything. */
  constructor(read: () => Promise<T>, clock: Clock) {
    this.#read = read
    this.#clock = clock
  }

  get #isLooking(): boolean {
    return this.#looking !== undefined
  }

  /** Never rejects. */
  async view(): Promise<StoreView<T>> {
    const now = this.#clock.now()
    if (now >= this.#goodUntil && !this.#isLooking) {
      this.#lookingSince = performance.now()
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined
      })
    }
    if (this.#isLooking) await within(this.#looking, this.#last ? WAIT_MS : FIRST_WAIT_MS)
    const isStuck = this.#isLooking && performance.now() - this.#lookingSince > AWAY_AFTER_MS
    if (!this.#last || isStuck) return { isUp: false }
    return this.#last
  }

  async #look(): Promise<void> {
    try {
      const figures = await this.#read()
      this.#last = { figures, isUp: true }
    } catch (error) {
      this.#last = { isUp: !(error instanceof StoreUnavailableError) }
    }
    const tookMs = performance.now() - this.#lookingSince
    this.#goodUntil = this.#clock.now() + Math.max(KEPT_MS, tookMs * KEPT_TIMES)
  }
}

async function within(work: Promise<void> | undefined, waitMs: number): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, waitMs)
  await Promise.race([work, over.promise])
  clearTimeout(timer)
}
