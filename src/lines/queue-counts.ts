import { type RowCount, RowCounter } from '../db/engine/row-counter.ts'
import type { Store } from '../db/engine/store.ts'
import { LANE_NUMBER } from '../db/outbox/messages.ts'
import { messagesByPile } from '../db/outbox/piles.ts'

/** Counts of lines' queues; a line with an empty one is absent. */
type Counts = Map<number, Pick<RowCount, 'count' | 'isMinimum'>>

/** How much waits in the queues of lines. */
export class QueueCounts {
  readonly #events: RowCounter
  readonly #deadLetters: RowCounter
  /** Each lane apart, for only then does an index give them in order. */
  readonly #messages: readonly RowCounter[]

  constructor(store: Store) {
    this.#events = new RowCounter(store, { table: 'inbox_event' })
    this.#deadLetters = new RowCounter(store, { table: 'dead_letter' })
    this.#messages = Object.values(LANE_NUMBER).map(
      (pile) => new RowCounter(store, { table: messagesByPile(store), where: { pile } }),
    )
  }

  /** Events for portals, with the number of the first. `voidUpTo`: those up to this number don't count. */
  async events(
    lineIds: readonly number[],
    voidUpTo: ReadonlyMap<number, number>,
  ): Promise<Map<number, RowCount>> {
    return await this.#events.count(lineIds, voidUpTo)
  }

  async deadLetters(lineIds: readonly number[]): Promise<Counts> {
    return await this.#deadLetters.count(lineIds)
  }

  /** Messages to channels that are not sent yet. */
  async messages(lineIds: readonly number[]): Promise<Counts> {
    const sums: Counts = new Map()
    for (const counter of this.#messages) {
      for (const [lineId, { count, isMinimum }] of await counter.count(lineIds)) {
        const sum = sums.get(lineId)
        sums.set(lineId, {
          count: count + (sum?.count ?? 0),
          isMinimum: isMinimum || sum?.isMinimum === true,
        })
      }
    }
    return sums
  }
}
