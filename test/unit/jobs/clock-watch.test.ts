import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { watchClock } from '../../../src/jobs/clock-watch.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

describe('the watch over the clock', () => {
  it('reports each jump once, in both directions, and no drift', async () => {
    const clock = createManualClock(0)
    let shift = 0
    const jumps: unknown[] = []
    const none = (): void => undefined
    const error = (fields: object): void => void jumps.push((fields as { jumpMs: number }).jumpMs)
    const watch = watchClock({
      clock,
      log: { debug: none, info: none, warn: none, error },
      wallNow: () => clock.now() + shift,
      monotonicNow: () => clock.now(),
    })
    await clock.advance(60_000)
    shift += 4000
    await clock.advance(60_000)
    shift += 8 * 24 * 3_600_000
    await clock.advance(60_000)
    shift -= 8 * 24 * 3_600_000
    await clock.advance(60_000)
    watch.stop()
    shift += 1e9
    await clock.advance(60_000)
    assert.deepEqual(jumps, [691_200_000, -691_200_000])
  })
})
