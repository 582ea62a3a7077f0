import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addEarly,
  applyEarly,
  type EarlyStatus,
  partsTaken,
  readEarly,
  writeEarly,
} from '../../../src/core/early-statuses.ts'
import type { OutboundStatus } from '../../../src/core/event.ts'

const ERROR = { code: '131026', message: 'Undeliverable' }

function early(id: string, status: OutboundStatus, part = 1): EarlyStatus {
  const error = status === 'failed' ? { error: ERROR } : {}
  const event = { type: 'message.status', at: '2026-01-01T00:00:00.000Z', status, ...error }
  return {
    part,
    id,
    status,
    payload: JSON.stringify({ ...event, chat: { id: 'chat' }, messageIds: [id, 'other'] }),
  }
}

describe('statuses that come before the answer to a send', () => {
  it('are kept once per id, the highest of each', () => {
    const first = early('a', 'delivered')
    const higher = addEarly([first], early('a', 'read'))
    assert.deepEqual(higher, [early('a', 'read')])
    assert.deepEqual(addEarly(higher, early('a', 'sent')), higher)
    assert.deepEqual(addEarly([first], early('b', 'sent')), [first, early('b', 'sent')])
  })

  it('show which parts the channel has, up to the last that was told of', () => {
    const kept = [early('a', 'sent', 1), early('b', 'sent', 2), early('b2', 'sent', 2)]
    const gap = [...kept, early('d', 'sent', 4)]
    assert.deepEqual(partsTaken(gap, 1), [['a'], ['b', 'b2'], [], ['d']])
    assert.deepEqual(partsTaken(kept, 2), [['b', 'b2']])
    assert.deepEqual(partsTaken(kept, 3), [])
  })

  it('raise a message that is settled as sent, with an event for each step', () => {
    const outcome = applyEarly([early('a', 'sent'), early('a', 'delivered'), early('b', 'read')], {
      out: 'out_1',
      key: 'k',
    })
    assert.equal(outcome.state, 'read')
    assert.equal(outcome.error, undefined)
    assert.deepEqual(
      outcome.events.map(({ type, payload }) => {
        const { status, messageIds, out, key } = JSON.parse(payload)
        return [type, status, messageIds, out, key]
      }),
      [
        ['message.status', 'delivered', ['a'], 'out_1', 'k'],
        ['message.status', 'read', ['b'], 'out_1', 'k'],
      ],
    )
  })

  it('say why a message failed after all', () => {
    const outcome = applyEarly([early('a', 'failed')], { out: 'out_1' })
    assert.deepEqual([outcome.state, outcome.error], ['failed', ERROR])
  })

  it('survive the store, as far as there is room', () => {
    const kept = [early('a', 'read')]
    assert.deepEqual(readEarly(writeEarly(kept)), kept)
    assert.deepEqual(readEarly(null), [])
    const many = Array.from({ length: 400 }, (_, index) => early(`id-${index}`, 'sent'))
    assert.equal(writeEarly(many), undefined)
  })
})
