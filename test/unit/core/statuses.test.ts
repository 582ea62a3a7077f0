import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OutboundStatus } from '../../../src/core/event.ts'
import {
  higherStatus,
  isNotYetSent,
  type OutboxState,
  raiseState,
} from '../../../src/core/statuses.ts'

const STATUSES: readonly OutboundStatus[] = ['sent', 'delivered', 'read', 'failed', 'noAccount']

/** What each status makes of a message in each state; `-` is nothing. */
const LADDER: Readonly<Record<OutboxState, string>> = {
  queued: 'sent delivered read failed failed',
  sending: 'sent delivered read failed failed',
  sent: '- delivered read failed failed',
  delivered: '- - read - -',
  read: '- - - - -',
  failed: '- - - - -',
}

describe('the states of an outgoing message', () => {
  for (const [from, expected] of Object.entries(LADDER) as [OutboxState, string][]) {
    it(`go from "${from}" only up, and never from delivered to failed`, () => {
      const reached = STATUSES.map((status) => raiseState(from, status) ?? '-')
      assert.equal(reached.join(' '), expected)
    })
  }

  it('of two statuses give the higher one', () => {
    assert.equal(higherStatus('delivered', 'read'), 'read')
    assert.equal(higherStatus('read', 'delivered'), 'read')
    assert.equal(higherStatus('sent', 'noAccount'), 'noAccount')
    assert.equal(higherStatus('noAccount', 'failed'), 'noAccount')
    assert.equal(higherStatus('delivered', 'failed'), 'delivered')
  })

  it('before "sent" are those in which the channel has confirmed nothing', () => {
    const states = Object.keys(LADDER) as OutboxState[]
    assert.deepEqual(states.filter(isNotYetSent), ['queued', 'sending'])
  })
})
