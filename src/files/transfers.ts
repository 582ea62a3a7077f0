import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { SharedPool } from '../core/shared-pool.ts'

/** When others wait, a reader that took less than this over the last ten seconds or more is ended. The slowest phones take more. */
const MIN_BYTES_PER_SECOND = 8 * 1024
const WINDOW_MS = 10_000

/** One file on its way to its reader. */
export interface Transfer {
  /** Aborts when the reader is to be ended. */
  readonly signal: AbortSignal
  passed(bytes: number): void
}

interface Running extends Transfer {
  readonly portalId: string
  readonly lineId: number
  readonly end: () => void
  bytes: number
  /** Where the window begins over which its pace is measured. */
  markedAt: number
  markedBytes: number
}

/** Files on their way to readers, as many at once as there is room for; readers that hardly read make room for others. */
export class Transfers {
  readonly #pool: SharedPool
  readonly #clock: Clock
  readonly #log: Log
  readonly #running = new Set<Running>()

  constructor(pool: SharedPool, clock: Clock, log: Log) {
    this.#pool = pool
    this.#clock = clock
    this.#log = log
  }

  /** Undefined if there is no room. `signal` aborts when the answer has ended, however it did: until then it counts. */
  admit(
    { portalId, lineId }: { readonly portalId: string; readonly lineId: number },
    signal: AbortSignal,
  ): Transfer | undefined {
    const isAdmitted =
      this.#pool.tryTake(portalId, lineId) ||
      (this.#endSlow(portalId) && this.#pool.tryTake(portalId, lineId))
    if (!isAdmitted) return undefined
    const transfer = this.#open(portalId, lineId)
    const end = (): void => this.#end(transfer)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    return transfer
  }

  #open(portalId: string, lineId: number): Running {
    const stop = new AbortController()
    const transfer: Running = {
      portalId,
      lineId,
      signal: stop.signal,
      end: () => stop.abort(),
      bytes: 0,
      markedAt: this.#clock.now(),
      markedBytes: 0,
      passed(bytes) {
        transfer.bytes += bytes
      },
    }
    this.#running.add(transfer)
    return transfer
  }

  #end(transfer: Running): void {
    if (!this.#running.delete(transfer)) return
    this.#pool.giveBack(transfer.portalId, transfer.lineId)
  }

  /** True if there were any among those that stand in the portal's way: its own, and anybody's when half of the room is taken. */
  #endSlow(portalId: string): boolean {
    const { capacity, used } = this.#pool.usage
    const now = this.#clock.now()
    const rivals = [...this.#running].filter(
      (transfer) => transfer.portalId === portalId || used * 2 > capacity,
    )
    const slow = rivals.filter((transfer) => isSlow(transfer, now))
    for (const transfer of slow) {
      const { lineId, bytes } = transfer
      this.#log.info(
        { event: 'file.failed', lineId, bytes },
        'a reader that took hardly anything was ended to make room for others',
      )
      transfer.end()
      this.#end(transfer)
    }
    return slow.length > 0
  }
}

function isSlow(transfer: Running, now: number): boolean {
  const { bytes, markedAt, markedBytes } = transfer
  const elapsedMs = now - markedAt
  if (elapsedMs < WINDOW_MS) return false
  transfer.markedAt = now
  transfer.markedBytes = bytes
  return ((bytes - markedBytes) * 1000) / elapsedMs < MIN_BYTES_PER_SECOND
}
