/** Time as the hub sees it. Everything that waits or stamps takes one of these, so that tests can set the time. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls `run` once after `delayMs`. The timer alone doesn't keep the process alive. */
  after(delayMs: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

function after(delayMs: number, run: () => void): Timer {
  const timer = setTimeout(run, delayMs)
  timer.unref()
  return { cancel: () => clearTimeout(timer) }
}

/** What the world's clocks show: for everything that others read, signatures' timestamps first of all. */
export const systemClock: Clock = { now: () => Date.now(), after }

/** So far ahead of its own pace the steady clock follows the system's at once: what time servers correct. */
const DRIFT_MS = 2000
/** A larger leap of the system's clock is believed when it has lasted for this long. */
const BELIEVED_AFTER_MS = 5 * 60_000

/**
 * A clock for deadlines: it follows the system's clock, but never goes back while the process lives. When the system's
 * is set back by an hour, nothing that is due waits for an hour, and no lock is passed over either. When it leaps ahead,
 * by a fault or after a sleep of the machine, it is followed after five minutes: a clock that is a week ahead for two
 * minutes makes nothing a week old.
 */
export function createSteadyClock(
  wallNow: () => number = Date.now,
  monotonicNow: () => number = () => performance.now(),
): Clock {
  let offset = wallNow() - monotonicNow()
  let aheadSince: number | undefined
  return {
    now() {
      const elapsed = monotonicNow()
      const aheadMs = wallNow() - (elapsed + offset)
      aheadSince = aheadMs > DRIFT_MS ? (aheadSince ?? elapsed) : undefined
      const isBelieved = aheadSince === undefined || elapsed - aheadSince >= BELIEVED_AFTER_MS
      if (aheadMs > 0 && isBelieved) offset += aheadMs
      return Math.floor(elapsed + offset)
    },
    after,
  }
}

/** Waits `delayMs`; resolves early, without error, when `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = clock.after(delayMs, finish)
    function finish(): void {
      timer.cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    signal?.addEventListener('abort', finish, { once: true })
  })
}
