import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RateWindow } from '../../../src/outbox/rate-window.ts'

/** Sends as fast as the window allows for `forMs`; `steps` are the pauses a sender makes on its own. */
function sendAll(window: RateWindow, forMs: number, steps: readonly number[] = []): number[] {
  const sent: number[] = []
  let now = 1_000_000
  const end = now + forMs
  for (let turn = 0; now < end; turn++) {
    const waitMs = window.waitMs(now)
    if (waitMs === 0) {
      window.take(now)
      sent.push(now)
    }
    now += waitMs + (steps[turn % Math.max(1, steps.length)] ?? 0)
  }
  return sent
}

function mostWithin(sent: readonly number[], perMs: number): number {
  return Math.max(...sent.map((at) => sent.filter((one) => one >= at && one < at + perMs).length))
}

describe('a rate window', () => {
  it('never lets more through than the rate, in any stretch of its length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 200, max: 5000 }),
        fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 8 }),
        (count, perMs, steps) => {
          const sent = sendAll(new RateWindow({ count, perMs }), perMs * 4, steps)
          assert.ok(mostWithin(sent, perMs) <= count)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives at least nine tenths of the rate to a sender who never pauses', () => {
    for (const rate of [
      { count: 30, perMs: 1000 },
      { count: 20, perMs: 60_000 },
      { count: 60, perMs: 30_000 },
    ]) {
      const sent = sendAll(new RateWindow(rate), rate.perMs * 20)
      assert.ok(sent.length >= 0.9 * 20 * rate.count, `${sent.length} of ${20 * rate.count}`)
    }
  })

  it('lets a burst through at once after a quiet time', () => {
    const window = new RateWindow({ count: 5, perMs: 1000 })
    for (let sent = 0; sent < 5; sent++) {
      assert.equal(window.waitMs(0), 0)
      window.take(0)
    }
    assert.ok(window.waitMs(0) >= 1000)
  })

  it('goes on where another process has left off', () => {
    const first = new RateWindow({ count: 3, perMs: 1000 })
    for (let sent = 0; sent < 3; sent++) first.take(500)
    const next = new RateWindow({ count: 3, perMs: 1000 }, first.state(600))
    assert.equal(next.waitMs(600), first.waitMs(600))
    assert.ok(next.waitMs(600) > 0)
  })

  it('does not stand still when the clock is set back', () => {
    const window = new RateWindow({ count: 1, perMs: 1000 })
    window.take(10_000_000)
    assert.equal(window.waitMs(5_000_000), 0)
  })
})
