import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'

interface Bucket {
  tokens: number
  filledAt: number
}

const MAX_BUCKETS = 50_000

/** Token buckets by key, in this process: `rate` per second, with bursts of one second's worth. A rate of 0 admits all. */
export class RateLimit {
  readonly #rate: number
  readonly #clock: Clock
  readonly #buckets = new BoundedMap<string | number, Bucket>(MAX_BUCKETS)

  constructor(rate: number, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  /**
   * Takes one token. Seconds to wait (whole, at least 1) if there is none, else 0. `rate`: of this key, where it has one of its
   * own; `burst`: the most at once.
   */
  take(key: string | number, rate = this.#rate, burst = rate): number {
    if (rate === 0) return 0
    const now = this.#clock.now()
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledAt: now }
    const earned = ((now - bucket.filledAt) / 1000) * rate
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, earned))
    bucket.filledAt = now
    this.#buckets.set(key, bucket)
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / rate))
    bucket.tokens--
    return 0
  }
}
