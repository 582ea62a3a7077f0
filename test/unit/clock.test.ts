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

  it('follows the system clock forward, as after a sleep of the machine', () => {
    let wall = 1_000_000
    const clock = createSteadyClock(
      () => wall,
      () => 50,
    )
    wall += 7_200_000
    assert.equal(clock.now(), 8_200_000)
    wall -= 10_000
    assert.equal(clock.now(), 8_200_000)
  })
})
