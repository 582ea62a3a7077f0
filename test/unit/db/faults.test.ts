import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classifyFault } from '../../../src/db/engine/faults.ts'

describe('what a failed statement means', () => {
  const said = (code: string): Error =>
    Object.assign(new Error(`connect ${code} /run/db.sock`), { code })

  for (const code of [
    'ECONNREFUSED',
    'ETIMEDOUT',
    'ENOENT',
    'EADDRNOTAVAIL',
    'EMFILE',
    'ENOBUFS',
  ]) {
    it(`is a store that is away at ${code}`, () => {
      assert.equal(classifyFault(said(code)), 'unavailable')
    })
  }

  it('is a store that is away where a server hangs and its socket takes no more', () => {
    assert.equal(classifyFault(said('EAGAIN')), 'unavailable')
  })

  it('is a fault of ours where nothing says otherwise', () => {
    for (const error of [said('ER_PARSE_ERROR'), new TypeError('no'), undefined, 'text']) {
      assert.equal(classifyFault(error), 'fatal')
    }
  })
})
