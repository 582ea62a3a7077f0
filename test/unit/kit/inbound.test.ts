import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { updateCheck } from '../../../connectors/kit/check-update.ts'
import { lookUp } from '../../../connectors/kit/look-up.ts'
import { verifyHmac, verifySecret } from '../../../connectors/kit/verify-secret.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'

describe('a secret that comes back', () => {
  it('is right, wrong or missing', () => {
    assert.deepEqual(verifySecret('s', 's', 'token'), { ok: true })
    assert.deepEqual(verifySecret('t', 's', 'token'), { ok: false, reason: 'wrong token' })
    for (const sent of [undefined, '']) {
      assert.deepEqual(verifySecret(sent, '', 'token'), { ok: false, reason: 'no token' })
    }
  })
})

describe('a signature', () => {
  const hex = createHmac('sha256', 'key').update('v0:1:body').digest('hex')

  it('is over all that was signed, in either case of its digits', () => {
    assert.deepEqual(verifyHmac(hex, 'key', 'v0:1:', Buffer.from('body')), { ok: true })
    assert.deepEqual(verifyHmac(hex.toUpperCase(), 'key', 'v0:1:body'), { ok: true })
  })

  it('is refused when it is wrong, malformed or missing, or when there is no key', () => {
    const empty = createHmac('sha256', '').update('body').digest('hex')
    const reasons = [
      verifyHmac(hex, 'key', 'other'),
      verifyHmac(`${hex}00`, 'key', 'v0:1:body'),
      verifyHmac(undefined, 'key', 'body'),
      verifyHmac(empty, '', 'body'),
    ].map((verification) => (verification.ok ? 'ok' : verification.reason))
    assert.deepEqual(reasons, [
      'wrong signature',
      'a malformed signature',
      'no signature',
      'the line has no key for signatures',
    ])
  })
})

describe('an update of the wrong shape', () => {
  const check = updateCheck('an event of Chat')
  const schema = z.looseObject({ id: z.string(), chat: z.looseObject({ id: z.int() }) })

  it('is refused with the paths at fault, and without what stands there', () => {
    const wrong = { id: 'a', chat: { id: 'private words' } }
    const refused = (work: () => unknown, message: string): void =>
      assert.throws(work, (error) => error instanceof BadUpdateError && error.message === message)
    refused(() => check(schema, wrong), 'not an event of Chat: chat.id')
    refused(() => check(schema, wrong, 'items'), 'not an event of Chat: items.chat.id')
    refused(() => check(schema, 'private words'), 'not an event of Chat: update')
  })

  it('is given as the schema has it', () => {
    assert.deepEqual(check(z.object({ id: z.string() }), { id: 'a', more: 1 }), { id: 'a' })
  })
})

describe('a table', () => {
  it('has no entries but its own', () => {
    const table: Record<string, number> = { a: 1 }
    assert.deepEqual([lookUp(table, 'a'), lookUp(table, 'constructor')], [1, undefined])
  })
})
