import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideByStatus, readRetryAfter, safeWords } from '../../../connectors/kit/http-answer.ts'

const NOW = Date.parse('2026-01-10T09:00:00Z')

describe('Retry-After', () => {
  const cases: [value: string | undefined, waitMs: number | undefined][] = [
    ['5', 5000],
    [' 0 ', 0],
    ['1.5', 1500],
    ['Sat, 10 Jan 2026 09:01:30 GMT', 90_000],
    ['Saturday, 10-Jan-26 09:00:10 GMT', 10_000],
    ['Sat, 10 Jan 2026 08:00:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['at 25:61', undefined],
    ['', undefined],
    [undefined, undefined],
  ]
  for (const [value, waitMs] of cases) {
    it(`${JSON.stringify(value)} is ${waitMs} ms`, () => {
      assert.equal(readRetryAfter({ headers: { 'retry-after': value } }, NOW), waitMs)
    })
  }
})

describe('the decision on a status alone', () => {
  const rules = { credential: 'token', address: 'apiRoot' }

  it('names the setting that a 401 or a 404 is about', () => {
    const pause = { disposition: 'pause', outcome: 'not-sent' }
    assert.deepEqual(decideByStatus(401, 5, rules), { ...pause, field: 'token' })
    assert.deepEqual(decideByStatus(404, 5, rules), { ...pause, field: 'apiRoot' })
    const reject = { disposition: 'reject', outcome: 'not-sent' }
    assert.deepEqual(decideByStatus(404, 5, { credential: 'token' }), reject)
    assert.deepEqual(decideByStatus(403, 5, rules), reject)
  })

  it('waits after a 429 as long as it says, or else as long as the channel is known to want', () => {
    const rate = { disposition: 'retry', outcome: 'not-sent', isRateLimit: true }
    assert.deepEqual(decideByStatus(429, undefined, rules), rate)
    const waits = { ...rules, rateScope: 'line', rateWaitMs: 60_000 } as const
    assert.deepEqual(decideByStatus(429, undefined, waits), {
      ...rate,
      scope: 'line',
      retryAfterMs: 60_000,
    })
    assert.equal(decideByStatus(429, 0, waits).retryAfterMs, 0)
  })

  it('leaves open whether the message was taken, but for a redirect', () => {
    for (const status of [200, 204, 500, 503]) {
      assert.equal(decideByStatus(status, undefined, rules).outcome, 'unknown', `${status}`)
    }
    assert.equal(decideByStatus(302, undefined, rules).outcome, 'not-sent')
    assert.equal(decideByStatus(503, 7000, rules).retryAfterMs, 7000)
  })
})

describe("the channel's own words", () => {
  it('lose what is secret before they are cut, and are text or nothing', () => {
    const long = `${'x'.repeat(495)}SECRET-TOKEN`
    const shown = safeWords(long, ['SECRET-TOKEN', ''])
    assert.equal(shown, `${'x'.repeat(495)}…`)
    assert.equal(safeWords('y'.repeat(1000), []).length, 500)
    assert.equal(safeWords({ words: 1 }, []), '')
  })
})
