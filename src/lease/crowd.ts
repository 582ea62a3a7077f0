import { StoreCrowdedError } from '../core/errors.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { Waiting } from './detours.ts'
import { FairQueue, type Owner } from './fair-queue.ts'

export interface Share<T> {
  /** An item that is for several lines waits for the turn of each. */
  readonly ownersOf: (item: T) => readonly Owner[]
  /**
   * Places of what waits while more does than one flush holds; whoever finds none is refused. Absent where something else
   * bounds what can be waiting.
   */
  readonly places?: SharedPool
}

/** How much goes into one flush. */
export interface FlushLimits<T> {
  readonly maxItems: number
  readonly maxSize: number
  readonly sizeOf: (item: T) => number
}

/** What waits for a group commit beyond one flush: everybody has a share of the places and a turn in each flush. */
export class Crowd<T, R> {
  readonly #share: Share<T>
  /** One for all: in a flood making them would cost more than refusing. */
  readonly #refusal = new StoreCrowdedError('too much of this tenant waits for the store')
  readonly #queue = new FairQueue<Waiting<T, R>>()

  constructor(share: Share<T>) {
    this.#share = share
  }

  get isEmpty(): boolean {
    return this.#queue.size === 0
  }

  /** One more, or too many: then it is rejected. */
  join(waiting: Waiting<T, R>): void {
    const { ownersOf, places } = this.#share
    const owners = ownersOf(waiting.item)
    // What is also for somebody with room is taken: a noisy line must not cost its quiet neighbours their updates.
    const hasRoom = !places || owners.some(({ tenant, part }) => places.hasRoom(tenant, part))
    if (hasRoom) {
      this.#enter(waiting, owners, 'last')
    } else {
      places.refuse(owners[0]?.tenant ?? '')
      waiting.reject(this.#refusal)
    }
  }

  /** What has waited before there was a crowd. */
  gather(waiting: readonly Waiting<T, R>[]): void {
    for (const one of waiting) this.#enter(one, this.#share.ownersOf(one.item), 'last')
  }

  /** These come before all others of their lines. */
  putFirst(waiting: readonly Waiting<T, R>[]): void {
    for (const one of waiting.toReversed()) {
      this.#enter(one, this.#share.ownersOf(one.item), 'first')
    }
  }

  /** The next flush; at least one item if there is any. Those of which `leaves` says so are gone, and aren't part of it. */
  take(
    { maxItems, maxSize, sizeOf }: FlushLimits<T>,
    leaves: (waiting: Waiting<T, R>) => boolean,
  ): Waiting<T, R>[] {
    const batch: Waiting<T, R>[] = []
    let size = 0
    while (batch.length < maxItems) {
      const { first } = this.#queue
      if (!first) break
      const sizeOfFirst = sizeOf(first.item)
      if (batch.length > 0 && size + sizeOfFirst > maxSize) break
      this.#leave()
      if (leaves(first)) continue
      size += sizeOfFirst
      batch.push(first)
    }
    return batch
  }

  #enter(waiting: Waiting<T, R>, owners: readonly Owner[], where: 'first' | 'last'): void {
    for (const { tenant, part } of owners) this.#share.places?.take(tenant, part)
    if (where === 'last') this.#queue.push(waiting, owners)
    else this.#queue.unshift(waiting, owners)
  }

  #leave(): void {
    const left = this.#queue.shift()
    for (const { tenant, part } of left?.owners ?? []) {
      this.#share.places?.giveBack(tenant, part)
    }
  }
}
