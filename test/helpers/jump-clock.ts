import type { Clock, Timer } from '../../src/core/clock.ts'

interface Pending {
  readonly at: number
  readonly run: () => void
}

/** A clock that runs like the system's and can be turned forward: what waits for the time between is called at once. */
export interface JumpClock extends Clock {
  jump(ms: number): void
  /** From here on it moves by jumps alone: for what is allowed so often in a second. Timers go off all the same. */
  standStill(): void
}

export function createJumpClock(): JumpClock {
  let offset = 0
  let stillAt: number | undefined
  const pending = new Map<Pending, NodeJS.Timeout>()
  const now = (): number => (stillAt ?? Date.now()) + offset
  const arm = (entry: Pending): void => {
    const timer = setTimeout(
      () => {
        pending.delete(entry)
        entry.run()
      },
      Math.max(0, entry.at - now()),
    )
    timer.unref()
    pending.set(entry, timer)
  }
  return {
    now,
    after(delayMs: number, run: () => void): Timer {
      const entry = { at: now() + delayMs, run }
      arm(entry)
      return {
        cancel() {
          clearTimeout(pending.get(entry))
          pending.delete(entry)
        },
      }
    },
    standStill() {
      stillAt = Date.now()
    },
    jump(ms) {
      offset += ms
      for (const [entry, timer] of [...pending].sort(([a], [b]) => a.at - b.at)) {
        clearTimeout(timer)
        arm(entry)
      }
    },
  }
}
