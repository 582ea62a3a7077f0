import assert from 'node:assert/strict'
import { it } from 'node:test'
import { dialects } from '../../src/portal/dialects/index.ts'
import { acme } from '../fakes/acme/dialect.ts'
import { dialectDoorContract } from './dialect-door-suite.ts'
import { dialectKits } from './dialect-kits.ts'
import { dialectContract } from './dialect-suite.ts'

/** The hub's dialects, and one of the tests' own: nothing outside of a dialect's folder may know which there are. */
const all = [...dialects, acme]

for (const dialect of all) {
  const kit = dialectKits[dialect.id]
  if (kit) {
    dialectContract(dialect, kit)
    dialectDoorContract(dialect, kit, all)
  } else {
    it(`dialect ${dialect.id} has a kit`, () =>
      assert.fail('none in test/contract/dialect-kits.ts'))
  }
}

it('every dialect has an id and addresses of its own', () => {
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
})
