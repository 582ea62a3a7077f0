import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isOutboxMutation, OUTBOX_MUTATIONS } from './mutations.ts'
import type { OutboxSeedResult } from './outbox-simulate.ts'
import { SimThread } from './sim-thread.ts'

const SEEDS = 300
/** Worlds that have shown a fault once: a line claimed again before its release was answered, and never sent for. */
const KNOWN_SEEDS = [1798]
const CROWDED_SEEDS = 100
const REPEATED = 5
const MUTATION_SEEDS = 1500
/** Rare faults: the search begins shortly before a seed that has shown them, to be over soon. */
const FIRST_SEED: Readonly<Partial<Record<string, number>>> = {
  'outbox-settle-without-token': 440,
  'outbox-claim-unfenced': 2600,
}

describe('the outbox, simulated', () => {
  let simulator: SimThread<'outbox'>
  before(() => {
    simulator = new SimThread('outbox')
  })
  after(() => simulator[Symbol.asyncDispose]())

  it(`keeps its promises in ${SEEDS} worlds`, async (t) => {
    let calls = 0
    const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)
    for (const seed of [...KNOWN_SEEDS, ...seeds]) {
      const result = await simulator.run(seed)
      if (result.violation !== undefined) assert.fail(tell(result))
      calls += result.calls
    }
    t.diagnostic(`${calls} calls to the channel`)
    assert.ok(calls > SEEDS, 'hardly anything was sent: the worlds are broken')
  })

  it(`keeps them where there is room for few lines, in ${CROWDED_SEEDS} more`, async () => {
    for (let seed = 1; seed <= CROWDED_SEEDS; seed++) {
      const result = await simulator.run(seed, { isCrowded: true })
      if (result.violation !== undefined) assert.fail(tell(result))
    }
  })

  it('gives the same history for the same seed', async () => {
    for (let seed = 1; seed <= REPEATED; seed++) {
      const [first, second] = [await simulator.run(seed), await simulator.run(seed)]
      assert.equal(second.hash, first.hash, `seed ${seed}`)
    }
  })

  for (const mutation of Object.keys(OUTBOX_MUTATIONS).filter(isOutboxMutation)) {
    it(`finds the fault "${mutation}"`, async (t) => {
      const first = FIRST_SEED[mutation] ?? 1
      for (let seed = first; seed < first + MUTATION_SEEDS; seed++) {
        const { violation } = await simulator.run(seed, { mutation })
        if (violation === undefined) continue
        t.diagnostic(`seed ${seed}: ${violation}`)
        return
      }
      assert.fail(`${MUTATION_SEEDS} seeds did not find it`)
    })
  }
})

function tell({ seed, violation, lastLines }: OutboxSeedResult): string {
  const replay = `replay with: npm run simulate -- --outbox --seed ${seed} --verbose`
  return [`seed ${seed}: ${violation}`, ...lastLines, replay].join('\n')
}
