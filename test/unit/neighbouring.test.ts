import assert from 'node:assert/strict'
import type { Worker } from 'node:cluster'
import { describe, it } from 'node:test'
import { passHints } from '../../src/cli/worker-hints.ts'
import type { Hint } from '../../src/core/neighbours.ts'
import { createSignals } from '../../src/lines/signals.ts'
import { shareSignals } from '../../src/neighbouring.ts'
import { createManualClock } from '../helpers/manual-clock.ts'

function open() {
  const clock = createManualClock()
  const signals = createSignals()
  const told: Hint[] = []
  let hear: (hint: Hint) => void = () => undefined
  const neighbours = {
    tell: (hint: Hint) => void told.push(hint),
    onTold(listener: (hint: Hint) => void) {
      hear = listener
    },
  }
  shareSignals(signals, neighbours, clock)
  return { clock, signals, told, hear: (hint: Hint) => hear(hint) }
}

describe('what processes of one machine tell each other', () => {
  it('goes in one hint for all that comes at about the same time', async () => {
    const { clock, signals, told } = open()
    signals.outboxDue.raise([1, 2])
    signals.letterPut.raise()
    signals.outboxDue.raise([2, 3])
    signals.outboxDue.raise(undefined)
    assert.deepEqual(told, [])
    await clock.advance(5)
    assert.deepEqual(told, [{ outbox: [1, 2, 3], hasLetters: true }])
    signals.letterPut.raise()
    await clock.advance(5)
    assert.deepEqual(told.slice(1), [{ outbox: [], hasLetters: true }])
  })

  it('names no more than a thousand lines, and is never told back', async () => {
    const { clock, signals, told, hear } = open()
    const heard: number[] = []
    let letters = 0
    signals.outboxDueElsewhere.on((lineIds) => void heard.push(...lineIds))
    signals.letterPutElsewhere.on(() => {
      letters += 1
    })
    hear({ outbox: [7], hasLetters: true })
    await clock.advance(100)
    assert.deepEqual([heard, letters, told], [[7], 1, []])
    signals.outboxDue.raise(Array.from({ length: 5000 }, (_, id) => id))
    await clock.advance(5)
    assert.equal(told[0]?.outbox.length, 1000)
  })

  it('is handed on by the supervisor to all but who has said it', () => {
    const got: string[] = []
    const worker = (name: string, isConnected = true): Worker =>
      ({ isConnected: () => isConnected, send: () => got.push(name) }) as unknown as Worker
    const [a, b, c] = [worker('a'), worker('b'), worker('c', false)]
    const hint = { kind: 'hint', hint: { outbox: [1], hasLetters: false } }
    passHints(new Set([a, b, c]), a, hint)
    passHints(new Set([a, b, c]), a, { kind: 'metrics-wanted' })
    assert.deepEqual(got, ['b'])
  })
})
