import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { NoiseName } from './noises.ts'
import { SimThread } from './sim-thread.ts'
import { SERVICES, type Service, worseThan } from './stopwatch.ts'

const SEED = 1
const SECONDS = 10
/** 25 000 updates a second are many to simulate. */
const FLOOD_SECONDS = 6
/** The noise, and which of the hub's services it takes away from its neighbours where whoever comes first takes all. */
const BITES: Readonly<Partial<Record<NoiseName, Service>>> = {
  'hanging-channel': 'sends',
  'hanging-portal': 'inbox',
  'hanging-polls': 'polls',
  'slow-readers': 'files',
  'webhook-flood': 'inbox',
}

describe('a hundred quiet tenants beside a noisy one, simulated', () => {
  let simulator: SimThread<'neighbours'>
  before(() => {
    simulator = new SimThread('neighbours')
  })
  after(() => simulator[Symbol.asyncDispose]())

  for (const [name, bitten] of Object.entries(BITES)) {
    const noise = name as NoiseName
    it(`wait no longer for anything beside ${noise}`, async (t) => {
      const seconds = noise === 'webhook-flood' ? FLOOD_SECONDS : SECONDS
      const alone = await simulator.run(SEED, { noise, isAlone: true, seconds })
      const beside = await simulator.run(SEED, { noise, seconds })
      for (const service of SERVICES) {
        t.diagnostic(`${service}: p99 ${alone[service].p99} ms alone, ${beside[service].p99} ms`)
        assert.ok(alone[service].count > 30 * seconds, `${service} was hardly wanted`)
        assert.ok(!worseThan(alone[service], beside[service]), service)
      }
      const unfair = await simulator.run(SEED, { noise, isUnfair: true, seconds })
      assert.ok(
        worseThan(alone[bitten], unfair[bitten]),
        'the noise harms nobody: it proves nothing',
      )
    })
  }

  it('is the same for the same seed', async () => {
    const options = { noise: 'hanging-polls', seconds: 3 } as const
    assert.deepEqual(await simulator.run(2, options), await simulator.run(2, options))
  })
})
