import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CommitMeter, LoadMeter, paceAt } from '../../../src/inbox/load-meter.ts'

const QUIET = { utilization: 0, updatesPerCommit: 0 }

describe('the pace of packets', () => {
  it('is none while there is time, and grows with what is taken of it', () => {
    const paces = [0, 0.3, 0.7, 0.75, 0.8, 0.9, 1].map((utilization) =>
      Math.round(paceAt({ ...QUIET, utilization })),
    )
    assert.deepEqual(paces, [0, 0, 0, 88, 125, 200, 200])
  })

  it('grows with what waits for the store, too, while the event loop has time', () => {
    const paces = [0, 3, 8, 12, 16, 24, 300].map((updatesPerCommit) =>
      Math.round(paceAt({ utilization: 0.5, updatesPerCommit })),
    )
    assert.deepEqual(paces, [0, 0, 0, 88, 125, 200, 200])
  })

  it('is that of the shorter of the two', () => {
    const pace = (utilization: number, updatesPerCommit: number): number =>
      Math.round(paceAt({ utilization, updatesPerCommit }))
    assert.deepEqual([pace(0.8, 1), pace(0.72, 16), pace(1, 300)], [125, 125, 200])
  })

  it('follows a utilization between 0 and 1', () => {
    const utilization = new LoadMeter().utilization()
    assert.ok(utilization >= 0 && utilization <= 1)
  })
})

describe('what waits for the store', () => {
  function after(...commits: readonly number[]): number {
    const meter = new CommitMeter()
    for (const updates of commits) meter.note(updates)
    return paceAt({ ...QUIET, updatesPerCommit: meter.updatesPerCommit() })
  }
  const times = (count: number, updates: number): number[] => Array(count).fill(updates)

  it('sets no pace at 500/s, nor when a few commits had to wait for the disk', () => {
    assert.equal(after(...times(100, 3)), 0)
    assert.equal(after(...times(100, 3), 40, 30, 20), 0)
  })

  it('sets one within dozens of commits when many wait, and none as soon after', () => {
    assert.ok(after(...times(32, 24)) > 100)
    assert.ok(after(...times(160, 24)) > 195)
    assert.equal(after(...times(160, 24), ...times(48, 2)), 0)
  })
})
