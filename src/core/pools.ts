import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import { type PoolOptions, type PoolRefusal, type PoolUsage, SharedPool } from './shared-pool.ts'

/** How often at most the log says of one pool that there was no room, on each level. */
const SAY_EVERY_MS = 60_000
/** A pool is short when less of it is free than this. One portal that has its share leaves four fifths of it. */
const SHORT = 1 / 4

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
    const saidAt = { info: Number.NEGATIVE_INFINITY, warn: Number.NEGATIVE_INFINITY }
    const pool = new SharedPool(options, (refusal) => {
      const level = pool.free < options.capacity * SHORT ? 'warn' : 'info'
      const now = this.#clock.now()
      if (now - saidAt[level] < SAY_EVERY_MS) return
      saidAt[level] = now
      this.#say(level, refusal())
    })
    this.#pools.add(pool)
    return pool
  }

  usages(): PoolUsage[] {
    return [...this.#pools].map(({ usage }) => usage)
  }

  /** A busy portal comes to its share in ordinary work; somebody should look when there is little left for all others. */
  #say(level: 'info' | 'warn', { name, ...fields }: PoolRefusal): void {
    this.#log[level](
      { event: 'pool.full', pool: name, ...fields },
      'a tenant has its share of something that all share: it waits, or is asked to come again',
    )
  }
}
