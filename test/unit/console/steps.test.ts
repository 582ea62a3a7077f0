import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  cleanSteps,
  freshStep,
  kindOf,
  moved,
  STEP_KINDS,
  simpleButtons,
  simpleFiles,
  withField,
} from '../../../console/pages/communications/steps.ts'
import { readSteps } from '../../../src/communications/script/steps.ts'

describe('steps in the form of a script', () => {
  it('every kind of step that the hub has can be added, and says its own kind', () => {
    const refusal = readSteps([{ unheard: 1 }])
    const { problem = '' } = 'faults' in refusal ? (refusal.faults[0] ?? {}) : {}
    const [, listed = ''] = /one of (.+)$/.exec(problem) ?? []
    assert.deepEqual([...STEP_KINDS].sort(), listed.split(', ').sort())
    for (const kind of STEP_KINDS) assert.equal(kindOf(freshStep(kind)), kind)
  })

  it('lose nothing that the form can not show', () => {
    const steps = [
      {
        send: {
          text: 'a',
          location: { latitude: 1, longitude: 2 },
          buttons: [[{ text: 'b', url: 'https://x.example' }]],
        },
      },
      { call: { url: 'https://x.example', timeoutMs: 500 }, onError: [{ end: true }] },
      { waitReply: { timeoutSec: 60, onTimeout: [{ send: { text: 'still there?' } }] } },
      { if: 'return true', ['then']: [{ set: { n: 1 } }], else: [] },
    ]
    assert.deepEqual(cleanSteps(steps), steps)
    assert.ok('steps' in readSteps(cleanSteps(steps)))
  })

  it('drop the empty lines that typing leaves, in steps within steps too', () => {
    const typed = {
      send: { text: 'a', buttons: [[{ text: 'yes ' }], [{ text: '' }]], files: [{ url: '' }] },
    }
    const clean = { send: { text: 'a', buttons: [[{ text: 'yes' }]] } }
    assert.deepEqual(
      cleanSteps([
        typed,
        { waitReply: { timeoutSec: 1, onTimeout: [typed] } },
        { if: 'x', ['then']: [typed] },
      ]),
      [clean, { waitReply: { timeoutSec: 1, onTimeout: [clean] } }, { if: 'x', ['then']: [clean] }],
    )
  })

  it('shows buttons and files as lines only where nothing is lost by it', () => {
    assert.deepEqual(simpleButtons([[{ text: 'a' }], [{ text: 'b' }]]), ['a', 'b'])
    assert.equal(simpleButtons([[{ text: 'a' }, { text: 'b' }]]), undefined)
    assert.equal(simpleButtons([[{ text: 'a', payload: 'p' }]]), undefined)
    assert.equal(simpleButtons('{{ params.buttons }}'), undefined)
    assert.deepEqual(simpleFiles([{ url: 'https://x.example/a.png' }]), ['https://x.example/a.png'])
    assert.equal(simpleFiles([{ url: 'https://x.example/a.png', name: 'a' }]), undefined)
  })

  it('changes places, and leaves out what is empty', () => {
    assert.deepEqual(moved(['a', 'b', 'c'], 1, 1), ['a', 'c', 'b'])
    assert.deepEqual(moved(['a', 'b'], 0, -1), ['a', 'b'])
    assert.deepEqual(withField({ a: 1, b: 2 }, 'a', ''), { b: 2 })
  })
})
