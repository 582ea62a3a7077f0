import type { Clock } from '../core/clock.ts'
import type { Store } from '../db/engine/store.ts'
import { type FeedLetter, lastFeedId, readFeed, readLate } from '../db/mailbox/letters.ts'

const PAGE = 500
/** For so long a number that is missing may still come: its transaction is under way, or another node gave it out. */
const LATE_MS = 10_000
/** The most that are waited for; servers that give numbers out in blocks leave more out, and the mailbox's sweep finds those. */
const MOST_MISSING = 500
/** Transactions that may have been under way when the feed began. */
const UNDER_WAY = 50

/**
 * All letters in the order of their ids, from the end of what was there when it began. Ids are given out before their
 * transactions commit, so that a lower one may come later: each that is missing is asked for again for a while.
 */
export class Feed {
  readonly #store: Store
  readonly #clock: Clock
  #at: number | undefined
  #beginning: Promise<void> | undefined
  /** Counts how often it was forgotten. */
  #run = 0
  /** The ids that were passed over, and until when they are asked for. */
  readonly #missing = new Map<number, number>()

  constructor({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** Nothing that is stored from now on is missed. Throws StoreUnavailableError. */
  async begin(): Promise<void> {
    if (this.#at !== undefined) return
    this.#beginning ??= this.#findEnd()
    await this.#beginning
  }

  forget(): void {
    this.#at = undefined
    this.#beginning = undefined
    this.#run += 1
    this.#missing.clear()
  }

  /** Throws StoreUnavailableError. */
  async read(): Promise<FeedLetter[]> {
    await this.begin()
    const now = this.#clock.now()
    for (const [id, until] of this.#missing) if (until < now) this.#missing.delete(id)
    const late = await readLate(this.#store, [...this.#missing.keys()])
    for (const { id } of late) this.#missing.delete(id)
    const all = late
    for (;;) {
      const page = await readFeed(this.#store, this.#at ?? 0, PAGE)
      for (const { id } of page) this.#passTo(id, now)
      all.push(...page)
      if (page.length < PAGE) return all
    }
  }

  /** What was under way when it began may have a lower number than what was there. */
  async #findEnd(): Promise<void> {
    const run = this.#run
    try {
      const id = await lastFeedId(this.#store)
      if (this.#run !== run) return
      this.#at = Math.max(0, id - UNDER_WAY)
      this.#passTo(id, this.#clock.now())
    } finally {
      if (this.#run === run) this.#beginning = undefined
    }
  }

  #passTo(id: number, now: number): void {
    const from = (this.#at ?? id) + 1
    for (let missing = Math.max(from, id - MOST_MISSING); missing < id; missing++) {
      if (this.#missing.size >= MOST_MISSING) break
      this.#missing.set(missing, now + LATE_MS)
    }
    this.#at = id
  }
}
