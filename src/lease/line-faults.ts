import { BoundedMap } from '../core/bounded-map.ts'
import { type Clock, sleep } from '../core/clock.ts'
import { LeaseLostError, StoreUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

/** How long a line waits after a run that failed by a fault of the hub; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 300_000
const MAX_FAILING = 10_000
const STORE_RETRY_MS = 250

export interface FaultWords {
  readonly event: string
  /** The store is away, or the line is somebody else's now. */
  readonly brokenOff: string
  readonly failed: string
}

/** How long lines have to wait whose runs fail: a fault of ours must not be repeated as fast as it can. */
export class LineFaults {
  readonly #log: Log
  readonly #words: FaultWords
  /** Runs of a line in a row that failed unexpectedly. */
  readonly #failures = new BoundedMap<number, number>(MAX_FAILING)

  constructor(log: Log, words: FaultWords) {
    this.#log = log
    this.#words = words
  }

  passed(lineId: number): void {
    this.#failures.delete(lineId)
  }

  /** Gives the pause in ms. */
  pauseAfter(lineId: number, error: unknown): number {
    const { event, brokenOff, failed } = this.#words
    const fields = { event, lineId, err: error }
    if (error instanceof StoreUnavailableError || error instanceof LeaseLostError) {
      this.#log.warn(fields, brokenOff)
      return 0
    }
    const failures = this.#failures.get(lineId) ?? 0
    this.#failures.set(lineId, failures + 1)
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
    this.#log.error({ ...fields, pauseMs }, failed)
    return pauseMs
  }
}

/** Repeats until the store has answered, or until `signal` aborts: then it throws StoreUnavailableError. */
export async function untilTaken<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  submit: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await submit()
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || signal.aborted) throw error
      await sleep(clock, STORE_RETRY_MS, signal)
    }
  }
}

/**
 * Repeats `release` until the store has taken it, or until `signal` aborts: as long as this process lives nobody else can work on
 * a line that isn't released.
 */
export async function untilReleased(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  release: () => Promise<void>,
  failed: (error: unknown) => void,
): Promise<void> {
  for (;;) {
    try {
      return await release()
    } catch (error) {
      failed(error)
      if (signal.aborted) return
      await sleep(clock, STORE_RETRY_MS, signal)
    }
  }
}
