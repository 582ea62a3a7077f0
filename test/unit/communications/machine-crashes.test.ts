import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { advance, begin, newProgress } from '../../../src/communications/script/machine.ts'
import type { Step } from '../../../src/communications/script/steps.ts'
import { NOW, World, type WorldOptions } from './world.ts'

/** Scripts of every kind of step; `other` is a script that runs nothing. */
function stepsOf(depth: number, mayRun: boolean): fc.Arbitrary<Step[]> {
  const tag = fc.constantFrom('a', 'b', 'c')
  const nested = depth > 0 ? stepsOf(depth - 1, mayRun) : fc.constant<Step[]>([])
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.nat(99).map((n) => ({ send: { text: `m${n} {{ lead.tags }} {{ params.answer }}` } })),
    fc.nat(99).map((n) => ({ send: { text: `plain ${n}` } })),
    tag.map((one) => ({ tag: { add: [one] } })),
    tag.map((one) => ({ tag: { remove: [one] } })),
    fc.nat(9).map((n) => ({ set: { city: `c${n}` } })),
    fc.nat(60).map((wait) => ({ wait })),
    fc.constant({ code: 'calls' }),
    fc.constant({ notify: { who: '{{ lead.attributes.city }}' } }),
    fc.tuple(tag, nested, nested).map(([one, yes, no]) => ({
      if: `tagged ${one}`,
      then: yes,
      else: no,
    })),
    nested.map((onTimeout) => ({ waitReply: { timeoutSec: 5, save: 'city', onTimeout } })),
    nested.map((onError) => ({
      call: { url: 'https://a.example/', save: 'answer' },
      onError,
    })),
    mayRun ? fc.constant({ run: 'other' }) : fc.constant({ wait: 1 }),
  )
  return fc.array(step, { minLength: 1, maxLength: 5 })
}

const given = fc.record({
  main: stepsOf(2, true),
  other: stepsOf(1, false),
  seed: fc.nat(1000),
  crashes: fc.array(fc.boolean(), { maxLength: 60 }),
})

describe('a job whose process dies', () => {
  it('does what it would have done, nothing twice and nothing left out', () => {
    let crashed = 0
    fc.assert(
      fc.property(given, ({ main, other, seed, crashes }) => {
        let turn = 0
        const calls = new Map<string, number>()
        const options: WorldOptions = {
          scripts: { main, other },
          code: {
            calls: [
              { name: 'addTags', args: ['a'] },
              { name: 'send', args: [{ text: 'c' }] },
            ],
          },
          reply: (count) => ((count + seed) % 2 === 0 ? `r${count}` : undefined),
          call: (_, key) => {
            const hash = (Number(key.slice('job_1:'.length)) + seed) % 3
            return hash === 0 ? { status: 500, body: '' } : { status: 200, body: `${hash}` }
          },
        }
        const whole = new World(options).run()
        const broken = new World({
          ...options,
          call: (request, key) => {
            calls.set(key, (calls.get(key) ?? 0) + 1)
            return options.call?.(request, key) ?? { problem: 'none' }
          },
          crash: () => crashes[turn++] ?? false,
        }).run()
        crashed += broken.crashes
        assert.deepEqual(broken.effects, whole.effects)
        assert.deepEqual(broken.end, whole.end)
        assert.deepEqual(broken.lead, whole.lead)
        assert.deepEqual(broken.progress, whole.progress)
        const keys = new Set(whole.requests.map(({ key }) => key))
        assert.deepEqual(new Set(calls.keys()), keys)
      }),
      { numRuns: 1000 },
    )
    assert.ok(crashed > 1000, `only ${crashed} crashes`)
  })

  it('gives its wait again when nothing that it waits for has come', () => {
    const wait = { kind: 'reply', until: NOW + 5 } as const
    const progress = { ...newProgress(1, 1, {}), wait }
    const state = begin(progress, { leadId: 1, lead: {}, now: NOW })
    for (const input of [{ kind: 'go' }, { kind: 'called', result: { problem: 'x' } }] as const) {
      const step = advance(state, input)
      assert.deepEqual(step.stop, { kind: 'wait', wait })
      assert.deepEqual(step.state.progress, progress)
    }
  })

  it('fails when its script is gone from the store', () => {
    const state = begin(newProgress(7, 3, {}), { leadId: 1, lead: {}, now: NOW })
    const asked = advance(state, { kind: 'go' })
    assert.deepEqual(asked.stop, { kind: 'load', script: 7, version: 3 })
    const { stop } = advance(asked.state, { kind: 'loaded' })
    assert.ok(stop.kind === 'fail')
    assert.equal(stop.code, 'HUB_UNKNOWN_SCRIPT')
  })

  it('an answer that was not asked for is a fault of the caller', () => {
    const state = begin(newProgress(7, 3, {}), { leadId: 1, lead: {}, now: NOW })
    const asked = advance(state, { kind: 'go' })
    assert.throws(() => advance(asked.state, { kind: 'time' }), TypeError)
  })
})
