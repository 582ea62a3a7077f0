import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Horizon } from '../../../src/jobs/horizon.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const LOOK = 5 * MINUTE
const START = Date.UTC(2026, 0, 1)

/** Looks every five minutes; `shift` is what is wrong with the store's clock at the look. */
function makeRig() {
  let elapsed = 0
  let horizon = new Horizon(() => elapsed)
  let last: number | undefined
  return {
    truth: () => START + elapsed,
    look(shift = 0, passedMs = LOOK) {
      elapsed += passedMs
      const looked = horizon.look(last, START + elapsed + shift)
      last = looked.at
      return { ...looked, aheadMs: looked.at - (START + elapsed) }
    },
    restart() {
      horizon = new Horizon(() => elapsed)
    },
  }
}

describe('what may be taken for past', () => {
  it('is the present, look by look', () => {
    const rig = makeRig()
    for (let look = 0; look < 100; look++) {
      assert.deepEqual(rig.look(), { at: rig.truth(), jumpMs: 0, aheadMs: 0 })
    }
  })

  it('is never more than a minute ahead when the clock is eight days ahead at a look, and says so', () => {
    const rig = makeRig()
    rig.look()
    const { aheadMs, jumpMs } = rig.look(8 * DAY)
    assert.ok(aheadMs <= MINUTE, `${aheadMs} ms`)
    assert.ok(jumpMs > 7 * DAY)
    assert.deepEqual(rig.look().jumpMs, 0)
  })

  it('is not moved by a clock that is ahead at each look for less than an hour', () => {
    const rig = makeRig()
    rig.look()
    for (let look = 0; look < 11; look++) {
      const { aheadMs } = rig.look(8 * DAY)
      assert.ok(aheadMs <= 11 * MINUTE, `${aheadMs} ms`)
    }
  })

  it('is not moved by a process that starts while the clock is ahead', () => {
    const rig = makeRig()
    rig.look()
    for (let restart = 0; restart < 5; restart++) {
      rig.restart()
      assert.ok(rig.look(8 * DAY, 10_000).aheadMs <= 5 * MINUTE)
    }
  })

  it('makes up for a week of being off within a day', () => {
    const rig = makeRig()
    rig.look()
    rig.restart()
    rig.look(0, 7 * DAY)
    let looks = 0
    while (rig.look().aheadMs < 0) looks++
    const hours = (looks * LOOK) / HOUR
    assert.ok(hours > 1 && hours < 24, `${hours} h`)
  })

  it('stands still while the clock is behind, and says so', () => {
    const rig = makeRig()
    rig.look()
    const before = rig.look().at
    const { at, jumpMs } = rig.look(-DAY)
    assert.equal(at, before)
    assert.ok(jumpMs < 0)
    const after = rig.look()
    assert.ok(after.aheadMs <= 0 && after.aheadMs >= -LOOK)
  })

  it('begins with the present', () => {
    assert.deepEqual(new Horizon(() => 0).look(undefined, START), { at: START, jumpMs: 0 })
  })
})
