import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StoreCrowdedError, StoreUnavailableError } from '../../../src/core/errors.ts'
import { toRefusal } from '../../../src/http/refusals.ts'

describe('what a caller is told', () => {
  it('is to come again in a second when its tenant has its share of what waits for the store', () => {
    const { status, code, headers } = toRefusal(new StoreCrowdedError('crowded'))
    assert.deepEqual([status, code, headers], [429, 'HUB_LIMIT', { 'retry-after': '1' }])
  })

  it('is that the store is away when it is', () => {
    const { status, code, headers } = toRefusal(new StoreUnavailableError('away'))
    assert.deepEqual(
      [status, code, headers],
      [503, 'HUB_STORE_UNAVAILABLE', { 'retry-after': '5' }],
    )
  })
})
