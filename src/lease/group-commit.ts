import { StoreLockedError, StoreUnavailableError } from '../core/errors.ts'
import { type DetourOptions, Detours, type Waiting } from './detours.ts'

export interface GroupCommitOptions<T> extends DetourOptions<T> {
  /** The most items of one flush. */
  readonly maxItems: number
  /** The most of what `sizeOf` counts in one flush; one item larger than that goes alone. */
  readonly maxSize?: number
  readonly sizeOf?: (item: T) => number
  /** Items beyond this many are refused at once: a store that can't keep up must not fill the memory. */
  readonly maxWaiting: number
  /** Awaited before each flush, so that others get into it: `Store.letOthersIn`. */
  readonly gather: () => Promise<void>
}

/**
 * Commits the items of many callers together: while one flush is under way the next gathers. There is no timer, so
 * nothing waits while nothing is under way. Each caller gets the result of its own item after the commit. Items whose rows
 * somebody else holds locked wait apart from all others.
 */
export class GroupCommitter<T, R> {
  readonly #flush: (items: readonly T[]) => Promise<readonly R[]>
  readonly #options: GroupCommitOptions<T>
  readonly #detours: Detours<T, R>
  #waiting: Waiting<T, R>[] = []
  #running: Promise<void> | undefined

  /** `flush` is one transaction that `failsWhenLocked`. */
  constructor(
    flush: (items: readonly T[]) => Promise<readonly R[]>,
    options: GroupCommitOptions<T>,
  ) {
    this.#flush = flush
    this.#options = options
    this.#detours = new Detours(options, {
      flush: (batch) => this.#flushBatch(batch),
      giveBack: (waiting) => this.#putFirst(waiting),
    })
  }

  /**
   * Rejects with what the flush threw; StoreUnavailableError when too many wait, StoreLockedError when the item's rows stay
   * locked for seconds.
   */
  submit(item: T): Promise<R> {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(new StoreUnavailableError('the store does not keep up'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#running ??= this.#run()
    })
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
    this.#waiting = [...waiting, ...this.#waiting]
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#options.gather()
      this.#sendRound()
      const batch = this.#take()
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
    this.#waiting = this.#waiting.filter((waiting) => !this.#detours.offer(waiting))
  }

  #take(): Waiting<T, R>[] {
    const { maxItems, maxSize = Number.POSITIVE_INFINITY, sizeOf = () => 0 } = this.#options
    let size = 0
    let count = 0
    for (const { item } of this.#waiting) {
      size += sizeOf(item)
      if (count === maxItems || (count > 0 && size > maxSize)) break
      count++
    }
    const batch = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    return batch
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
