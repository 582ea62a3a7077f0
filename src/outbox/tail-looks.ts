import type { Store } from '../db/engine/store.ts'
import { readOutboxTails } from '../db/outbox/messages.ts'

interface Look {
  readonly promise: Promise<ReadonlyMap<number, number>>
  readonly lineIds: Set<number>
}

/**
 * How far the queues of held lines reach. Every line looks twice a second, and after each wake: while one look is under way
 * all that come next wait for the same one. There is no timer, so a line that looks alone waits for nobody.
 */
export class TailLooks {
  readonly #store: Store
  #underWay: Promise<unknown> | undefined
  #next: Look | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** The number of the last message that was queued for the line by now; 0 if there was none. Throws StoreUnavailableError. */
  async tailOf(lineId: number): Promise<number> {
    this.#next ??= this.#begin()
    const { promise, lineIds } = this.#next
    lineIds.add(lineId)
    return (await promise).get(lineId) ?? 0
  }

  #begin(): Look {
    const lineIds = new Set<number>()
    const before = this.#underWay
    const look = async (): Promise<ReadonlyMap<number, number>> => {
      // In any case after those that ask in this turn.
      await before
      this.#next = undefined
      const ids = [...lineIds].sort((a, b) => a - b)
      return await readOutboxTails(this.#store, ids)
    }
    const promise = look()
    this.#underWay = promise.catch(() => undefined)
    return { promise, lineIds }
  }
}
