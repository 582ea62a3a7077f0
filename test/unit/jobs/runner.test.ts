import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Job } from '../../../src/jobs/job.ts'
import { startJobs } from '../../../src/jobs/runner.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

const TOKEN = 'prc_b'

function openRig(jobs: readonly Partial<Job>[]) {
  const entries: Record<string, unknown>[] = []
  const say = (fields: object): void => void entries.push({ ...fields })
  const ticks: (() => void)[] = []
  const stopped: string[] = []
  const state = { holder: TOKEN as string | undefined, isAlive: true }
  const full = jobs.map((job, index) => ({
    name: `job-${index}`,
    schedule: '*/5 * * * *',
    isForOneProcess: false,
    work: async () => ({}),
    ...job,
  }))
  const running = startJobs(full, {
    clock: createManualClock(),
    log: { debug: say, info: say, warn: say, error: say },
    lease: {
      token: TOKEN,
      isAlive: () => state.isAlive,
      onSuspended: () => undefined,
      onLost: () => undefined,
    },
    findHolder: async () => state.holder,
    every(pattern, run) {
      ticks.push(run)
      return { stop: () => void stopped.push(pattern) }
    },
  })
  return {
    entries,
    stopped,
    state,
    running,
    async tick(): Promise<void> {
      for (const run of ticks) run()
      await turn()
      await turn()
    },
  }
}

describe('jobs', () => {
  it('run when their time comes, and the log says what they did', async () => {
    const rig = openRig([{ name: 'prune', work: async () => ({ rows: 3 }) }])
    await rig.tick()
    assert.deepEqual(rig.entries, [{ event: 'job.done', job: 'prune', durationMs: 0, rows: 3 }])
  })

  it('never run twice at once, and hold up no other', async () => {
    const gate = Promise.withResolvers<object>()
    const runs = { slow: 0, quick: 0 }
    const rig = openRig([
      {
        work() {
          runs.slow += 1
          return gate.promise
        },
      },
      {
        async work() {
          runs.quick += 1
          return {}
        },
      },
    ])
    await rig.tick()
    await rig.tick()
    assert.deepEqual(runs, { slow: 1, quick: 2 })
    gate.resolve({})
    await turn()
    await rig.tick()
    assert.deepEqual(runs, { slow: 2, quick: 3 })
  })

  it('that fail are logged, and run again at their next time', async () => {
    let runs = 0
    const rig = openRig([
      {
        async work() {
          runs += 1
          if (runs === 1) throw new Error('the store is away')
          return {}
        },
      },
    ])
    await rig.tick()
    await rig.tick()
    assert.deepEqual(
      rig.entries.map(({ event }) => event),
      ['job.failed', 'job.done'],
    )
  })

  it('of one process run only where that process is', async () => {
    let runs = 0
    const work = async () => ({ runs: ++runs })
    const rig = openRig([{ isForOneProcess: true, work }])
    rig.state.holder = 'prc_a'
    await rig.tick()
    assert.equal(runs, 0)
    rig.state.holder = TOKEN
    await rig.tick()
    assert.equal(runs, 1)
    rig.state.isAlive = false
    await rig.tick()
    assert.equal(runs, 1)
  })

  it('that are under way when the hub stops are asked to end and waited for', async () => {
    let isAsked = false
    const rig = openRig([
      {
        work: (signal) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              isAsked = true
              setImmediate(() => resolve({ ended: true }))
            })
          }),
      },
    ])
    await rig.tick()
    await rig.running.stop()
    assert.equal(isAsked, true)
    assert.equal(rig.entries[0]?.['ended'], true)
    assert.equal(rig.stopped.length, 1)
    await rig.tick()
    assert.equal(rig.entries.length, 1, 'nothing begins after the stop')
  })
})
