import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import { type PoolOptions, type PoolRefusal, type PoolUsage, SharedPool } from './shared-pool.ts'

/** How often at most the log says of one pool that it is full. */
const SAY_EVERY_MS = 60_000

/** Everything in this process that is shared and bounded, so that its fullness can be seen in one place. */
export class Pools {
  readonly #clock: Clock
  readonly #log: Log
  readonly #pools = new Set<SharedPool>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  open(options: PoolOptions): SharedPool {
    let saidAt = Number.NEGATIVE_INFINITY
    const pool = new SharedPool(options, (refusal) => {
      const now = this.#clock.now()
      if (now - saidAt < SAY_EVERY_MS) return
      saidAt = now
      this.#say(refusal())
    })
    this.#pools.add(pool)
    return pool
  }

  usages(): PoolUsage[] {
    return [...this.#pools].map(({ usage }) => usage)
  }

  #say({ name, ...fields }: PoolRefusal): void {
    this.#log.warn(
      { event: 'pool.full', pool: name, ...fields },
      'a tenant has its share of something that all share: it waits, or is asked to come again',
    )
  }
}
