import type { Clock, Timer } from '../core/clock.ts'
import type { Log } from '../core/log.ts'

const LOOK_EVERY_MS = 10_000
/** Time servers correct less than this without anybody's minding. */
const TOLERANCE_MS = 5000

export interface ClockWatchDeps {
  readonly clock: Clock
  readonly log: Log
  readonly wallNow?: () => number
  /** A clock that nobody can set. */
  readonly monotonicNow?: () => number
}

/**
 * Reports when this machine's clock jumps: signatures, leases and what is stamped meanwhile go by it. A machine that has
 * slept jumps too.
 */
export function watchClock({
  clock,
  log,
  wallNow = Date.now,
  monotonicNow = () => performance.now(),
}: ClockWatchDeps): { stop(): void } {
  let offset = wallNow() - monotonicNow()
  let timer: Timer = clock.after(LOOK_EVERY_MS, look)
  function look(): void {
    const now = wallNow() - monotonicNow()
    const jumpMs = Math.round(now - offset)
    if (Math.abs(jumpMs) > TOLERANCE_MS) {
      log.error({ event: 'clock.jumped', jumpMs }, "this machine's clock has jumped")
    }
    offset = now
    timer = clock.after(LOOK_EVERY_MS, look)
  }
  return { stop: () => timer.cancel() }
}
