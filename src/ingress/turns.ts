import { setImmediate as turn } from 'node:timers/promises'

/** Long enough that asking costs nothing, short enough that nobody notices having waited. */
const TURN_MS = 8

/** For work on many things in a row: says when others should have their turn, and waits until they have had it. */
export class Turns {
  readonly #begunAt: number
  readonly #now: () => number
  #startedAt: number

  /** `now`: milliseconds; a simulation gives its own, so that a busy machine changes nothing in it. */
  constructor(now = (): number => performance.now()) {
    this.#now = now
    this.#begunAt = now()
    this.#startedAt = this.#begunAt
  }

  /** Since the work began. */
  get ms(): number {
    return this.#now() - this.#begunAt
  }

  get isOver(): boolean {
    return this.#now() - this.#startedAt > TURN_MS
  }

  async next(): Promise<void> {
    await turn()
    this.#startedAt = this.#now()
  }
}
