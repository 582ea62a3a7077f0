import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import type { Clock, Timer } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import { addItems, type KeptItem } from '../db/trace/trace-items.ts'
import { type BoundExchange, toItem } from './item.ts'
import type { Redactor } from './redactor.ts'

/** Whose exchange it is. */
export interface Recorded {
  readonly lineId: number
  readonly portalId: string
  /** Called with the bytes of what was written. */
  wrote(bytes: number): void
}

interface Waiting {
  readonly of: Recorded
  readonly redactor: Redactor
  readonly exchange: BoundExchange
  readonly bytes: number
}

export interface RecorderDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** Exchanges of one commit, and about how many bytes. */
const BATCH = 50
const BATCH_BYTES = 1024 * 1024
/** What waits in memory; beyond it exchanges are dropped. */
const MAX_WAITING = 1000
const MAX_WAITING_BYTES = 16 * 1024 * 1024
/** So many come together to one commit. Whoever reads a trace in this process sees it whole all the same. */
const FLUSH_MS = 200
const LONG_MS = 20
const TELL_EVERY_MS = 60_000

/**
 * Writes exchanges down behind the work that they are about: who hands one over waits for nothing, and nothing of this can
 * fail it. What the store can't keep up with is dropped, counted and told in the log.
 */
export class Recorder {
  readonly #deps: RecorderDeps
  #waiting: Waiting[] = []
  #bytes = 0
  #timer: Timer | undefined
  #writing: Promise<void> = Promise.resolve()
  #dropped = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(deps: RecorderDeps) {
    this.#deps = deps
  }

  /** `redactor`: knows every secret that may stand in it. */
  add(of: Recorded, exchange: BoundExchange, redactor: Redactor): void {
    const bytes = sizeOf(exchange)
    if (this.#waiting.length >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES) {
      this.drop(1)
      return
    }
    this.#waiting.push({ of, exchange, redactor, bytes })
    this.#bytes += bytes
    this.#timer ??= this.#deps.clock.after(FLUSH_MS, () => void this.flush())
  }

  /** Writes everything that has been handed over so far. Never rejects. */
  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    // What was noted a moment ago is added with the next turn.
    this.#writing = this.#writing.then(() => turn()).then(() => this.#writeAll())
    return this.#writing
  }

  /** Exchanges that are lost. */
  drop(count: number, error?: unknown): void {
    this.#dropped += count
    const { clock, log } = this.#deps
    const now = clock.now()
    if (now - this.#toldAt < TELL_EVERY_MS) return
    log.warn(
      { event: 'trace.dropped', exchanges: this.#dropped, ...(error ? { err: error } : {}) },
      'exchanges of traced lines could not be kept',
    )
    this.#toldAt = now
    this.#dropped = 0
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeSome(this.#takeBatch())
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    while (count < Math.min(BATCH, this.#waiting.length) && bytes < BATCH_BYTES) {
      bytes += this.#waiting[count]?.bytes ?? 0
      count += 1
    }
    this.#bytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #writeSome(batch: readonly Waiting[]): Promise<void> {
    const items: KeptItem[] = []
    try {
      for (const { of, exchange, redactor } of batch) {
        const startedAt = performance.now()
        const { lineId, portalId } = of
        const item = JSON.stringify(toItem(exchange, redactor))
        items.push({ lineId, portalId, at: exchange.startedAt, item })
        of.wrote(Buffer.byteLength(item))
        // A large body takes milliseconds to look through, and with odd secrets more: then others have four times as long.
        const tookMs = performance.now() - startedAt
        await (tookMs < LONG_MS ? turn() : pause(4 * tookMs))
      }
      await addItems(this.#deps.store, items)
    } catch (error) {
      this.drop(batch.length, error)
    }
  }
}

function sizeOf({ url, request, response, updates }: BoundExchange): number {
  const bodies = (request.body?.length ?? 0) + (response.body?.length ?? 0)
  const events = updates?.events ?? []
  return 1024 + url.length + bodies + events.reduce((sum, { length }) => sum + length, 0)
}
