import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeliveryError, TransportError } from '../../../src/core/errors.ts'
import { given } from '../../../src/core/given.ts'
import { GIVE_UP_AFTER_MS, judgeFailure } from '../../../src/outbox/verdict.ts'

const retry = { disposition: 'retry', outcome: 'unknown', channelCode: '500' } as const

describe('the verdict on a failed send', () => {
  it('waits for what the channel will tell of a message that it may have taken', () => {
    const lost = new TransportError('ECONNRESET', 'unknown')
    const delayOf = (error: Error, tellsWithinMs?: number): number => {
      const verdict = judgeFailure(error, 1, 0, 0, given({ tellsWithinMs }))
      return verdict.kind === 'retry' ? verdict.delayMs : Number.NaN
    }
    assert.deepEqual([delayOf(lost), delayOf(lost, 10_000)], [1000, 10_000])
    assert.equal(delayOf(new TransportError('ECONNREFUSED', 'not-sent'), 10_000), 1000)
  })

  it('waits longer and longer, up to five minutes, for 24 h', () => {
    const delays = [1, 2, 3, 9, 10, 40].map((attempt) => {
      const verdict = judgeFailure(new DeliveryError('x', retry), attempt, 0, 0)
      return verdict.kind === 'retry' ? verdict.delayMs : undefined
    })
    assert.deepEqual(delays, [1000, 2000, 4000, 256_000, 300_000, 300_000])
    const late = judgeFailure(new DeliveryError('x', retry), 3, GIVE_UP_AFTER_MS, 0)
    assert.equal(late.kind, 'reject')
  })

  it('stops where the channel wants no more tries, with its words', () => {
    const error = new DeliveryError('the channel answered 500', { ...retry, maxAttempts: 2 })
    assert.equal(judgeFailure(error, 1, 0, 0).kind, 'retry')
    assert.deepEqual(judgeFailure(error, 2, 0, 0), {
      kind: 'reject',
      code: '500',
      message: 'the channel answered 500',
    })
  })

  it('takes what was broken off by the hub for no attempt', () => {
    const verdict = judgeFailure(new TransportError('ABORTED', 'unknown'), 1, 0, 0)
    assert.deepEqual(verdict, { kind: 'release', isUncertain: true })
  })

  it('obeys the channel that says how long to wait', () => {
    const error = new DeliveryError('busy', {
      disposition: 'retry',
      outcome: 'not-sent',
      channelCode: '429',
      isRateLimit: true,
      retryAfterMs: 7000,
    })
    const verdict = judgeFailure(error, 1, 0, 0.9)
    assert.ok(verdict.kind === 'retry')
    assert.deepEqual(
      [verdict.delayMs, verdict.isRateLimit, verdict.isUncertain],
      [7000, true, false],
    )
  })

  it('gives up after three more tries, within a minute, where somebody waits for the end', () => {
    const delays = [1, 2, 3, 4].map((attempt) => {
      const away = new TransportError('ECONNREFUSED', 'not-sent')
      const verdict = judgeFailure(away, attempt, 0, 0, { isAwaited: true })
      return verdict.kind === 'retry' ? verdict.delayMs : verdict.kind
    })
    assert.deepEqual(delays, [5000, 10_000, 20_000, 'reject'])
    const busy = new DeliveryError('busy', { ...retry, isRateLimit: true, retryAfterMs: 7000 })
    const verdict = judgeFailure(busy, 9, 0, 0, { isAwaited: true })
    assert.equal(verdict.kind === 'retry' && verdict.delayMs, 7000)
  })
})
