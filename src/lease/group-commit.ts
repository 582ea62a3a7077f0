import { StoreUnavailableError } from '../core/errors.ts'

export interface GroupCommitOptions<T> {
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

interface Waiting<T, R> {
  readonly item: T
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

/**
 * Commits the items of many callers together: while one flush is under way the next gathers. There is no timer, so
 * nothing waits while nothing is under way. Each caller gets the result of its own item after the commit.
 */
export class GroupCommitter<T, R> {
  readonly #flush: (items: readonly T[]) => Promise<readonly R[]>
  readonly #options: GroupCommitOptions<T>
  #waiting: Waiting<T, R>[] = []
  #running: Promise<void> | undefined

  constructor(
    flush: (items: readonly T[]) => Promise<readonly R[]>,
    options: GroupCommitOptions<T>,
  ) {
    this.#flush = flush
    this.#options = options
  }

  /** Rejects with what the flush threw; StoreUnavailableError when too many wait. */
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
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#options.gather()
      await this.#flushBatch(this.#take())
    }
    this.#running = undefined
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

  async #flushBatch(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#flush(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as R)
      })
    } catch (error) {
      if (batch.length === 1 || error instanceof StoreUnavailableError) {
        for (const { reject } of batch) reject(error)
      } else {
        // One item that the store can't take must not take the others down with it.
        for (const waiting of batch) await this.#flushBatch([waiting])
      }
    }
  }
}
