import { StoreLockedError, StoreUnavailableError } from '../core/errors.ts'
import { Crowd, type Share } from './crowd.ts'
import { type DetourOptions, Detours, type Waiting } from './detours.ts'

export interface GroupCommitOptions<T> extends DetourOptions<T> {
  /** The most items of one flush. */
  readonly maxItems: number
  /** The most of what `sizeOf` counts in one flush; one item larger than that goes alone. */
  readonly maxSize?: number
  readonly sizeOf?: (item: T) => number
  /** Whose turn it is when more waits than one flush holds. */
  readonly share: Share<T>
  /** Such items go into the next flush whatever else waits, as many again as `maxItems`. Something else bounds their number. */
  readonly isUrgent?: (item: T) => boolean
  /** Awaited before each flush, so that others get into it: `Store.letOthersIn`. */
  readonly gather: () => Promise<void>
}

/**
 * Commits the items of many callers together: while one flush is under way the next gathers. There is no timer, so
 * nothing waits while nothing is under way. Each caller gets the result of its own item after the commit. Items whose rows
 * somebody else holds locked wait apart from all others. As long as what waits fits into one flush nobody's share is looked
 * at: that is how it is nearly always, and it must cost nothing.
 */
export class GroupCommitter<T, R> {
  readonly #flush: (items: readonly T[]) => Promise<readonly R[]>
  readonly #options: GroupCommitOptions<T>
  readonly #maxItems: number
  readonly #detours: Detours<T, R>
  #urgent: Waiting<T, R>[] = []
  /** Empty while there is a crowd. */
  #waiting: Waiting<T, R>[] = []
  readonly #crowd: Crowd<T, R>
  #isCrowded = false
  #running: Promise<void> | undefined

  /** `flush` is one transaction that `failsWhenLocked`. */
  constructor(
    flush: (items: readonly T[]) => Promise<readonly R[]>,
    options: GroupCommitOptions<T>,
  ) {
    this.#flush = flush
    this.#options = options
    this.#maxItems = options.maxItems
    this.#crowd = new Crowd(options.share)
    this.#detours = new Detours(options, {
      flush: (batch) => this.#flushBatch(batch),
      giveBack: (waiting) => this.#putFirst(waiting),
    })
  }

  /**
   * Rejects with what the flush threw; StoreCrowdedError when the item's tenant has its share of what waits, StoreLockedError
   * when the item's rows stay locked for seconds.
   */
  submit(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#join({ item, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  #join(waiting: Waiting<T, R>): void {
    if (this.#isUrgent(waiting)) {
      this.#urgent.push(waiting)
      return
    }
    if (this.#waiting.length >= this.#maxItems) this.#becomeCrowded()
    if (this.#isCrowded) this.#crowd.join(waiting)
    else this.#waiting.push(waiting)
  }

  #isUrgent({ item }: Waiting<T, R>): boolean {
    return this.#options.isUrgent?.(item) ?? false
  }

  /** Resolves when everything submitted so far has been answered. */
  async settled(): Promise<void> {
    while (this.#running || !this.#detours.isEmpty) {
      await this.#running
      await this.#detours.settled()
    }
  }

  #putFirst(waiting: readonly Waiting<T, R>[]): void {
    if (waiting.length === 0) return
    const others = waiting.filter((one) => !this.#isUrgent(one))
    this.#urgent = [...waiting.filter((one) => this.#isUrgent(one)), ...this.#urgent]
    if (this.#isCrowded) this.#crowd.putFirst(others)
    else this.#waiting = [...others, ...this.#waiting]
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (this.#urgent.length > 0 || this.#waiting.length > 0 || this.#isCrowded) {
      await this.#options.gather()
      this.#sendRound()
      const batch = [...this.#urgent.splice(0, this.#maxItems), ...this.#take()]
      try {
        if (batch.length > 0) await this.#flushBatch(batch)
      } catch {
        this.#detours.divert(batch)
      }
    }
    this.#running = undefined
  }

  /** Most of the time nothing is locked, and nothing is looked at. */
  #sendRound(): void {
    if (this.#detours.isIdle) return
    this.#urgent = this.#urgent.filter((waiting) => !this.#detours.offer(waiting))
    this.#waiting = this.#waiting.filter((waiting) => !this.#detours.offer(waiting))
  }

  #becomeCrowded(): void {
    this.#crowd.gather(this.#waiting)
    this.#waiting = []
    this.#isCrowded = true
  }

  #take(): Waiting<T, R>[] {
    if (!this.#isCrowded) {
      const all = this.#waiting
      if (this.#fitsOneFlush()) {
        this.#waiting = []
        return all
      }
      this.#becomeCrowded()
    }
    const { maxItems, maxSize = Number.POSITIVE_INFINITY, sizeOf = () => 0 } = this.#options
    const batch = this.#crowd.take(
      { maxItems, maxSize, sizeOf },
      (waiting) => !this.#detours.isIdle && this.#detours.offer(waiting),
    )
    this.#isCrowded = !this.#crowd.isEmpty
    return batch
  }

  #fitsOneFlush(): boolean {
    const { maxItems, maxSize = Number.POSITIVE_INFINITY, sizeOf } = this.#options
    if (this.#waiting.length > maxItems) return false
    if (!sizeOf || this.#waiting.length < 2) return true
    let size = 0
    for (const { item } of this.#waiting) {
      size += sizeOf(item)
      if (size > maxSize) return false
    }
    return true
  }

  /** Answers all of them, or throws StoreLockedError and answers none. */
  async #flushBatch(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#flush(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as R)
      })
    } catch (error) {
      if (error instanceof StoreLockedError) throw error
      if (batch.length === 1 || error instanceof StoreUnavailableError) {
        for (const { reject } of batch) reject(error)
      } else {
        await this.#flushEach(batch)
      }
    }
  }

  /** One item that the store can't take must not take the others down with it. */
  async #flushEach(batch: readonly Waiting<T, R>[]): Promise<void> {
    for (const waiting of batch) {
      try {
        await this.#flushBatch([waiting])
      } catch {
        this.#detours.divert([waiting])
      }
    }
  }
}
