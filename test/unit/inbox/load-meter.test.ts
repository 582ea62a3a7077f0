import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LoadMeter, paceAt } from '../../../src/inbox/load-meter.ts'

describe('the pace of packets', () => {
  it('is none while there is time, and grows with what is taken of it', () => {
    const paces = [0, 0.3, 0.7, 0.75, 0.8, 0.9, 1].map((utilization) =>
      Math.round(paceAt(utilization)),
    )
    assert.deepEqual(paces, [0, 0, 0, 88, 125, 200, 200])
  })

  it('follows a utilization between 0 and 1', () => {
    const utilization = new LoadMeter().utilization()
    assert.ok(utilization >= 0 && utilization <= 1)
  })
})
