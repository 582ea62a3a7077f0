import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSteadyClock } from '../../src/core/clock.ts'

describe('the steady clock', () => {
  it('goes on at its own pace when the system clock is set back', () => {
    let wall = 1_000_000
    let elapsed = 50
    const clock = createSteadyClock(
      () => wall,
      () => elapsed,
    )
    assert.equal(clock.now(), 1_000_000)
    wall -= 3_600_000
    assert.equal(clock.now(), 1_000_000)
    elapsed += 15_000
    wall += 15_000
    assert.equal(clock.now(), 1_015_000)
  })

  it('follows the system clock at once where they drift apart', () => {
    let wall = 1_000_000
    const clock = createSteadyClock(
      () => wall,
      () => 50,
    )
    wall += 2000
    assert.equal(clock.now(), 1_002_000)
    wall -= 10_000
    assert.equal(clock.now(), 1_002_000)
  })

  it('follows a leap ahead, as after a sleep of the machine, when it has lasted for five minutes', () => {
    let wall = 1_000_000
    let elapsed = 0
    const clock = createSteadyClock(
      () => wall,
      () => elapsed,
    )
    wall += 7_200_000
    assert.equal(clock.now(), 1_000_000)
    elapsed += 299_999
    wall += 299_999
    assert.equal(clock.now(), 1_299_999)
    elapsed += 1
    wall += 1
    assert.equal(clock.now(), 8_500_000)
  })

  it('takes no notice of a clock that is eight days ahead for two minutes', () => {
    let wall = 1_000_000
    let elapsed = 0
    const clock = createSteadyClock(
      () => wall,
      () => elapsed,
    )
    const ahead = 8 * 24 * 3_600_000
    for (let second = 0; second < 1200; second++) {
      if (second === 10) wall += ahead
      if (second === 130) wall -= ahead
      elapsed += 1000
      wall += 1000
      assert.equal(clock.now(), 1_001_000 + second * 1000)
    }
  })
})
