import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/core/clock.ts'

export interface ManualClock extends Clock {
  /** Moves on by `ms`: fires in order of time what falls due, and lets promises settle after each. */
  advance(ms: number): Promise<void>
  /** Moves on by `ms` without firing anything, as when a machine has slept; what fell due fires at the next `advance`. */
  jump(ms: number): void
}

interface Waiting {
  readonly at: number
  readonly run: () => void
}

/** Turns of the event loop after each timer: enough for a chain of promises with a statement of SQLite or two in it. */
const TURNS = 4

/** A clock that stands at `start` (epoch milliseconds) until a test moves it. */
export function createManualClock(start = Date.parse('2026-03-01T12:00:00.000Z')): ManualClock {
  let now = start
  const waiting = new Set<Waiting>()

  function takeNext(until: number): Waiting | undefined {
    let next: Waiting | undefined
    for (const timer of waiting) {
      if (timer.at <= until && (!next || timer.at < next.at)) next = timer
    }
    if (next) waiting.delete(next)
    return next
  }

  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + Math.max(0, delayMs), run }
      waiting.add(timer)
      return { cancel: () => void waiting.delete(timer) }
    },
    async advance(ms) {
      const until = now + ms
      for (let timer = takeNext(until); timer; timer = takeNext(until)) {
        now = Math.max(now, timer.at)
        timer.run()
        await settle()
      }
      now = until
      await settle()
    },
    jump(ms) {
      now += ms
    },
  }
}

async function settle(): Promise<void> {
  for (let count = 0; count < TURNS; count++) await turn()
}
