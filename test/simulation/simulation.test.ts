import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isMutation, MUTATIONS } from './mutations.ts'
import { SimThread } from './sim-thread.ts'
import { report } from './simulate.ts'

const SEEDS = 2000
const CROWDED_SEEDS = 500
/** Each has found a fault once. */
const KNOWN_SEEDS = [22_542, 7256, 21_662, 123_929]
const REPEATED = 60
/** A fault that so many seeds don't find would slip through the normal run now and then. */
const MUTATION_SEEDS = 2000

describe('the inbox in simulated worlds', () => {
  let simulator: SimThread<'inbox'>
  before(() => {
    simulator = new SimThread('inbox')
  })
  after(() => simulator[Symbol.asyncDispose]())

  it(`keeps its promises whatever happens, in ${SEEDS} of them`, async (t) => {
    let delivered = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await simulator.run(seed)
      if (result.violation !== undefined) assert.fail(report(result))
      delivered += result.delivered
    }
    t.diagnostic(`${delivered} events delivered`)
    assert.ok(delivered > SEEDS, 'hardly anything was delivered: the worlds are broken')
  })

  it('keeps them where it once did not', async () => {
    for (const seed of KNOWN_SEEDS) {
      const result = await simulator.run(seed)
      if (result.violation !== undefined) assert.fail(report(result))
    }
  })

  it(`keeps them where there is room for few lines, in ${CROWDED_SEEDS} more`, async () => {
    for (let seed = 1; seed <= CROWDED_SEEDS; seed++) {
      const result = await simulator.run(seed, { isCrowded: true })
      if (result.violation !== undefined) assert.fail(report(result))
    }
  })

  it('gives the same history for the same seed', async () => {
    const hashes = new Set<string>()
    for (let seed = 1; seed <= REPEATED; seed++) {
      const first = await simulator.run(seed)
      const second = await simulator.run(seed)
      assert.equal(second.hash, first.hash, `seed ${seed}`)
      hashes.add(first.hash)
    }
    assert.equal(hashes.size, REPEATED)
  })

  for (const mutation of Object.keys(MUTATIONS).filter(isMutation)) {
    it(`finds the fault "${mutation}"`, async (t) => {
      for (let seed = 1; seed <= MUTATION_SEEDS; seed++) {
        const { violation } = await simulator.run(seed, { mutation })
        if (violation === undefined) continue
        t.diagnostic(`seed ${seed}: ${violation}`)
        return
      }
      assert.fail(`${MUTATION_SEEDS} seeds did not find it`)
    })
  }
})
