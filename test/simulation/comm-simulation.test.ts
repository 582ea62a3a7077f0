import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CommSeedResult } from './comm-simulate.ts'
import { COMM_MUTATIONS, isCommMutation } from './mutations.ts'
import { SimThread } from './sim-thread.ts'

const SEEDS = 120
/** With QuickJS and Liquid. */
const REAL_SEEDS = 20
const REPEATED = 3
const MUTATION_SEEDS = 1500
/** Rare faults: the search begins shortly before a seed that has shown them, to be over soon. */
const FIRST_SEED: Readonly<Partial<Record<string, number>>> = {
  'comm-stale-pause': 177,
  'comm-blind-release': 585,
  'comm-no-calls': 113,
}

describe('the communications, simulated', () => {
  let simulator: SimThread<'comm'>
  before(() => {
    simulator = new SimThread('comm')
  })
  after(() => simulator[Symbol.asyncDispose]())

  it(`keep their promises in ${SEEDS} worlds`, async (t) => {
    let jobs = 0
    const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)
    for (const seed of seeds) {
      const result = await simulator.run(seed)
      if (result.violation !== undefined) assert.fail(tell(result))
      jobs += result.jobs
    }
    t.diagnostic(`${jobs} jobs`)
    assert.ok(jobs > SEEDS * 5, 'hardly anything was done: the worlds are broken')
  })

  it(`keep them with the real sandbox, in ${REAL_SEEDS} more`, async () => {
    for (let seed = SEEDS + 1; seed <= SEEDS + REAL_SEEDS; seed++) {
      const result = await simulator.run(seed, { isSandboxReal: true })
      if (result.violation !== undefined) assert.fail(tell(result))
    }
  })

  it('have the same history each time they are simulated', async () => {
    for (let seed = 1; seed <= REPEATED; seed++) {
      const [first, second] = [await simulator.run(seed), await simulator.run(seed)]
      assert.equal(second.hash, first.hash)
    }
  })

  for (const mutation of Object.keys(COMM_MUTATIONS).filter(isCommMutation)) {
    it(`are found broken with ${mutation}`, async (t) => {
      const from = FIRST_SEED[mutation] ?? 1
      for (let seed = from; seed < from + MUTATION_SEEDS; seed++) {
        const { violation } = await simulator.run(seed, { mutation })
        if (violation === undefined) continue
        t.diagnostic(`seed ${seed}: ${violation.split('\n')[0]}`)
        return
      }
      assert.fail(`${mutation} was not found in ${MUTATION_SEEDS} worlds`)
    })
  }
})

function tell({ seed, violation, lastLines }: CommSeedResult): string {
  const replay = `replay with: node test/simulation/run.ts --comm --seed ${seed} --verbose`
  return [`seed ${seed}: ${violation}`, ...lastLines, replay].join('\n')
}
