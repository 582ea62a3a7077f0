import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hasPersonChanged } from '../../../src/client/person.ts'

it('a person has changed unless the same version is stored', () => {
  assert.equal(hasPersonChanged({ version: 'a' }, 'a'), false)
  assert.equal(hasPersonChanged({ version: 'a' }, 'b'), true)
  assert.equal(hasPersonChanged({ version: 'a' }, undefined), true)
  assert.equal(hasPersonChanged({}, 'a'), true)
})
