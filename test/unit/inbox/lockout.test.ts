import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LockoutState, UNLOCKED } from '../../../src/core/inbox.ts'
import { type LockoutPlan, nextLockout } from '../../../src/inbox/lockout.ts'

const LADDER_SECONDS = [15, 60, 120, 180, 300, 675, 1350, 2700, 5400, 10_800, 21_600, 43_200]
const plan: LockoutPlan = { ladderMs: LADDER_SECONDS.map((s) => s * 1000), maxEvents: 100 }
const T0 = 1_700_000_000_000
const failed = { kind: 'failed', error: 'HTTP 500' } as const

/** Fails `times` in a row, each attempt at the moment its lock runs out. */
function failInStep(times: number): {
  state: LockoutState
  now: number
  dueAt: number | undefined
} {
  let state = UNLOCKED
  let now = T0
  let dueAt: number | undefined
  for (let count = 0; count < times; count++) {
    const step = nextLockout(state, failed, now, now, plan)
    state = step.state
    dueAt = step.dueAt
    if (count < times - 1) now = step.dueAt ?? now
  }
  return { state, now, dueAt }
}

describe('the lockout', () => {
  it('climbs the ladder step by step, 24 h in all', () => {
    let locked = 0
    for (const [index, seconds] of LADDER_SECONDS.entries()) {
      const { state, now, dueAt } = failInStep(index + 1)
      assert.equal(state.attempt, index + 1)
      assert.equal(dueAt, now + seconds * 1000)
      assert.equal(state.lockedUntil, dueAt)
      assert.equal(state.firstFailedAt, T0)
      assert.equal(state.lastError, 'HTTP 500')
      locked += seconds
    }
    assert.equal(locked, 86_400)
  })

  it('expires the queue when the attempt after the last step fails, and starts anew', () => {
    const { state, dueAt = 0 } = failInStep(LADDER_SECONDS.length)
    const step = nextLockout(state, failed, dueAt, dueAt, plan)
    assert.equal(step.isExpired, true)
    assert.equal(step.state.attempt, 0)
    assert.equal(step.state.lockedUntil, undefined)
    assert.equal(step.state.firstFailedAt, undefined)
    const next = nextLockout(step.state, failed, dueAt, dueAt, plan)
    assert.equal(next.dueAt, dueAt + 15_000)
  })

  it('never expires before every step has been waited for', () => {
    for (let times = 1; times <= LADDER_SECONDS.length; times++) {
      const { state, dueAt = 0 } = failInStep(times)
      const early = nextLockout(state, failed, dueAt - 1, dueAt - 1, plan)
      assert.equal(early.isExpired, undefined, `after ${times} failures`)
    }
  })

  it('leaves lock and count as they were when an attempt ahead of the ladder fails', () => {
    for (let times = 1; times <= LADDER_SECONDS.length; times++) {
      const { state, dueAt = 0 } = failInStep(times)
      const step = nextLockout(
        state,
        { kind: 'failed', error: 'again' },
        dueAt - 5000,
        dueAt - 4000,
        plan,
      )
      assert.equal(step.state.attempt, state.attempt)
      assert.equal(step.state.lockedUntil, state.lockedUntil)
      assert.equal(step.state.firstFailedAt, state.firstFailedAt)
      assert.equal(step.dueAt, state.lockedUntil)
      assert.equal(step.state.lastError, 'again')
    }
  })

  it('judges an attempt by when it began, not by when it failed', () => {
    const { state, dueAt = 0 } = failInStep(2)
    const ahead = nextLockout(state, failed, dueAt - 1, dueAt + 14_000, plan)
    assert.equal(ahead.state.attempt, 2)
    const onTime = nextLockout(state, failed, dueAt, dueAt + 14_000, plan)
    assert.equal(onTime.state.attempt, 3)
    assert.equal(onTime.dueAt, dueAt + 14_000 + 120_000)
  })

  it('clears lock and count with a success at any point', () => {
    for (let times = 0; times <= LADDER_SECONDS.length; times++) {
      const { state, now } = failInStep(times)
      const step = nextLockout(state, { kind: 'accepted' }, now, now, plan)
      assert.equal(step.state.attempt, 0)
      assert.equal(step.state.lockedUntil, undefined)
      assert.equal(step.state.firstFailedAt, undefined)
      assert.equal(step.state.lastError, undefined)
      assert.equal(step.dueAt, undefined)
    }
  })

  it('probes with one event after a failure and doubles up to the limit', () => {
    let { state } = failInStep(1)
    const sizes = [state.probeSize]
    while (state.probeSize !== 0) {
      state = nextLockout(state, { kind: 'accepted' }, T0, T0, plan).state
      sizes.push(state.probeSize)
    }
    assert.deepEqual(sizes, [1, 2, 4, 8, 16, 32, 64, 0])
  })

  it('waits at least as long as the portal asks', () => {
    const short = nextLockout(UNLOCKED, { ...failed, retryAfterMs: 3000 }, T0, T0, plan)
    assert.equal(short.dueAt, T0 + 15_000)
    const long = nextLockout(UNLOCKED, { ...failed, retryAfterMs: 40_000 }, T0, T0, plan)
    assert.equal(long.dueAt, T0 + 40_000)
    assert.equal(long.state.attempt, 1)
    assert.equal(long.state.lockedUntil, T0 + 40_000)
  })

  it('caps what the portal asks for at the length of the ladder', () => {
    const greedy = nextLockout(UNLOCKED, { ...failed, retryAfterMs: 1e15 }, T0, T0, plan)
    assert.equal(greedy.dueAt, T0 + 86_400_000)
    for (const retryAfterMs of [Number.NaN, -1, 0]) {
      assert.equal(
        nextLockout(UNLOCKED, { ...failed, retryAfterMs }, T0, T0, plan).dueAt,
        T0 + 15_000,
      )
    }
  })

  it('counts strikes of a lone event and forgets them with a success', () => {
    const strike = { ...failed, isStrike: true }
    let { state } = nextLockout(UNLOCKED, strike, T0, T0, plan)
    state = nextLockout(state, strike, T0 + 20_000, T0 + 20_000, plan).state
    assert.equal(state.strikes, 2)
    assert.equal(nextLockout(state, failed, T0 + 90_000, T0 + 90_000, plan).state.strikes, 2)
    assert.equal(nextLockout(state, { kind: 'accepted' }, T0, T0, plan).state.strikes, 0)
  })

  it('works with a ladder of a single step', () => {
    const one: LockoutPlan = { ladderMs: [1000], maxEvents: 10 }
    const first = nextLockout(UNLOCKED, failed, T0, T0, one)
    assert.equal(first.dueAt, T0 + 1000)
    assert.equal(nextLockout(first.state, failed, T0 + 1000, T0 + 1000, one).isExpired, true)
  })
})
