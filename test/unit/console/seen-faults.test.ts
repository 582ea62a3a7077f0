import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Field } from '../../../console/api/types.ts'
import { seenFaults } from '../../../console/desk/fields.ts'

const field = (key: string, showIf?: Field['showIf']): Field => ({
  ...{ key, label: key, type: 'text', required: false, secret: false },
  ...(showIf ? { showIf } : {}),
})
const FIELDS = [
  field('provider'),
  field('phone', { field: 'provider', equals: ['cloud'] }),
  field('extra', { field: 'phone', equals: ['yes'] }),
]
const BLAMED = new Map([
  ['phone', 'is required for cloud'],
  ['extra', 'is required for cloud'],
])

describe('what the hub finds fault with', () => {
  it('is marked at the choice that hides the field', () => {
    assert.deepEqual([...seenFaults(BLAMED, FIELDS, {})], [['provider', 'is required']])
    const [found] = seenFaults(BLAMED, FIELDS, { provider: '360dialog' })
    assert.deepEqual(found, ['provider', 'is required for cloud'])
  })

  it('is marked at the field itself where that is to be seen', () => {
    const values = { provider: 'cloud', phone: 'yes' }
    assert.deepEqual(seenFaults(BLAMED, FIELDS, values), BLAMED)
    const unknown = new Map([['portal', 'is required']])
    assert.deepEqual(seenFaults(unknown, FIELDS, {}), unknown)
  })
})
