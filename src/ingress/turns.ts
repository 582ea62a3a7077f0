import { setImmediate as turn } from 'node:timers/promises'

/** Long enough that asking costs nothing, short enough that nobody notices having waited. */
const TURN_MS = 8

/** For work on many things in a row: says when others should have their turn, and waits until they have had it. */
export class Turns {
  /** When the work began, by `performance.now()`. */
  readonly begunAt = performance.now()
  #startedAt = this.begunAt

  get isOver(): boolean {
    return performance.now() - this.#startedAt > TURN_MS
  }

  async next(): Promise<void> {
    await turn()
    this.#startedAt = performance.now()
  }
}
