import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DueFinder, type LineSource, QUEUE_PACE } from '../../../src/lease/due-finder.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

const { everyMs, jitterMs } = QUEUE_PACE

function openRig(room = 1000) {
  const clock = createManualClock()
  const due: string[] = []
  const calls = { claims: [] as number[], reconciles: 0, beforeLook: 0 }
  const found: string[] = []
  const failures: unknown[] = []
  const levels: string[] = []
  const state = {
    isAlive: true,
    token: 'prc_1',
    claimError: undefined as Error | undefined,
    gate: Promise.resolve(),
  }
  const source: LineSource<string> = {
    async claim(_token, limit) {
      calls.claims.push(limit)
      await state.gate
      if (state.claimError) throw state.claimError
      const lines = due.splice(0, limit)
      return { lines, mayBeMore: lines.length === limit }
    },
    async findOwned() {
      calls.reconciles += 1
      if (state.claimError) throw state.claimError
      return ['mine']
    },
  }
  const lease = {
    get token() {
      return state.token
    },
    isAlive: () => state.isAlive,
    onSuspended: () => undefined,
    onLost: () => undefined,
  }
  const finder = new DueFinder(
    source,
    {
      room: () => room,
      claimed: (token, line) => found.push(`${token} claimed ${line}`),
      owned: (token, line) => found.push(`${token} owned ${line}`),
      async beforeLook() {
        calls.beforeLook += 1
      },
      failed: (error, level) => {
        failures.push(error)
        levels.push(level)
      },
    },
    { lease, clock },
    QUEUE_PACE,
  )
  return { clock, due, calls, found, failures, levels, state, finder }
}

describe('the finder of due lines', () => {
  it('looks at once when it starts, then every now and then', async () => {
    const { clock, due, calls, found, finder } = openRig()
    due.push('a')
    finder.start()
    await clock.advance(0)
    assert.deepEqual(found, ['prc_1 claimed a'])
    await clock.advance(everyMs - 1)
    assert.equal(calls.claims.length, 1)
    await clock.advance(jitterMs + 1)
    assert.equal(calls.claims.length, 2)
    assert.equal(calls.beforeLook, 2)
  })

  it('looks at once when it is woken', async () => {
    const { clock, calls, finder } = openRig()
    finder.start()
    await clock.advance(0)
    finder.wake()
    await clock.advance(0)
    assert.equal(calls.claims.length, 2)
  })

  it('goes on without a pause while it finds as many as it takes', async () => {
    const { clock, due, calls, found, finder } = openRig()
    due.push(...Array.from({ length: 450 }, (_, index) => `line-${index}`))
    finder.start()
    await clock.advance(0)
    assert.equal(found.length, 450)
    assert.deepEqual(calls.claims, [200, 200, 200])
  })

  it('takes no more than there is room for', async () => {
    const { clock, calls, finder } = openRig(0)
    finder.start()
    await clock.advance(0)
    assert.deepEqual(calls.claims, [])
    assert.equal(calls.beforeLook, 1)
  })

  it('does not look while the lease is suspended', async () => {
    const { clock, calls, state, finder } = openRig()
    state.isAlive = false
    finder.start()
    finder.reconcile()
    await clock.advance(1000)
    assert.deepEqual([calls.claims.length, calls.reconciles], [0, 0])
    state.isAlive = true
    await clock.advance(everyMs + jitterMs)
    assert.equal(calls.reconciles, 1)
  })

  it('asks for what is its own after a commit of unknown outcome, until the server has surely given up', async () => {
    const { clock, calls, found, finder } = openRig()
    finder.start()
    await clock.advance(0)
    finder.reconcile()
    await clock.advance(everyMs + jitterMs)
    assert.deepEqual(found, ['prc_1 owned mine'])
    await clock.advance(20_000)
    const before = calls.reconciles
    await clock.advance(10_000)
    assert.equal(calls.reconciles, before + 1, 'once more after 20 s')
    await clock.advance(60_000)
    assert.equal(calls.reconciles, before + 1)
    assert.ok(calls.reconciles <= 8)
  })

  it('does so by itself when a claim has failed, for it may have been carried out', async () => {
    const { clock, calls, found, failures, state, finder } = openRig()
    state.claimError = new Error('the answer is lost')
    finder.start()
    await clock.advance(0)
    assert.equal(failures.length, 1)
    await clock.advance(everyMs + jitterMs)
    assert.ok(calls.reconciles >= 1)
    assert.deepEqual(found, [])
    state.claimError = undefined
    await clock.advance(everyMs + jitterMs)
    assert.deepEqual(found, ['prc_1 owned mine'])
  })

  it('warns of a failure once, and again when it is another one or comes back', async () => {
    const { clock, levels, state, finder } = openRig()
    const look = () => clock.advance(everyMs + jitterMs)
    const warnings = () => levels.splice(0).filter((level) => level === 'warn').length
    state.claimError = new Error('away')
    finder.start()
    await clock.advance(0)
    for (let count = 0; count < 20; count++) await look()
    assert.equal(warnings(), 1)
    state.claimError = new TypeError('a bug')
    await look()
    await look()
    assert.equal(warnings(), 1)
    state.claimError = undefined
    await look()
    state.claimError = new TypeError('a bug')
    await look()
    assert.equal(warnings(), 1)
  })

  it('hands over what a look finds while it is stopped, and looks no more', async () => {
    const { clock, due, calls, found, state, finder } = openRig()
    due.push('a')
    const gate = Promise.withResolvers<void>()
    state.gate = gate.promise
    finder.start()
    await clock.advance(0)
    const stopped = finder.stop()
    gate.resolve()
    await stopped
    assert.deepEqual(found, ['prc_1 claimed a'])
    finder.wake()
    finder.reconcile()
    await clock.advance(60_000)
    assert.deepEqual([calls.claims.length, calls.reconciles], [1, 0])
  })
})
