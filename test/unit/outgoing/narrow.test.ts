import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { overlap } from '../../../src/outgoing/narrow.ts'

describe('CIDRs that have an address in common', () => {
  it('are those that the guard lets through together, mapped addresses too', () => {
    const pairs = [
      ['127.0.0.0/8', '127.0.0.2/32'],
      ['127.0.0.2/32', '::/0'],
      ['127.0.0.2/32', '::ffff:127.0.0.2/128'],
      ['127.0.0.2/32', '::ffff:127.0.0.0/104'],
      ['127.0.0.2/32', '::ffff:127.0.0.3/128'],
      ['127.0.0.2/32', 'fc00::/7'],
      ['127.0.0.2/32', '10.0.0.0/8'],
    ] as const
    for (const [one, other] of pairs) {
      const guard = createTargetGuard([one]).narrowed([other])
      let isReached = true
      try {
        guard.assertHost('127.0.0.2')
      } catch {
        isReached = false
      }
      assert.equal(overlap(one, other), isReached, `${one} and ${other}`)
      assert.equal(overlap(other, one), isReached, `${other} and ${one}`)
    }
  })
})
