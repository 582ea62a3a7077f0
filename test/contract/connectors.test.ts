import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import { kits } from './kits.ts'
import { connectorContract } from './suite.ts'

const FIXTURES = new URL('../fixtures/', import.meta.url)

for (const descriptor of connectors) {
  const kit = kits[descriptor.id] ?? kits[descriptor.parent ?? '']
  if (kit) connectorContract(descriptor, kit)
  else
    it(`connector ${descriptor.id} has a kit`, () => assert.fail('none in test/contract/kits.ts'))
}

describe('the list of connectors', () => {
  const reals = connectors.filter(({ parent }) => parent === undefined).map(({ id }) => id)

  it('has a real parent for every virtual connector, with its methods, and its fields or some of them', () => {
    for (const { id, parent, fields, methods } of connectors) {
      if (parent === undefined) continue
      const found = connectors.find((descriptor) => descriptor.id === parent)
      assert.ok(found && reals.includes(parent) && id.startsWith(`${parent}.`), id)
      assert.deepEqual(methods, found.methods, id)
      const known = found.fields.map(({ key, type, secret }) => `${key} ${type} ${secret}`)
      for (const { key, type, secret } of fields) {
        assert.ok(known.includes(`${key} ${type} ${secret}`), `${id}: ${key}`)
      }
    }
  })

  it('has a kit and fixtures for every real connector, and no kit for what is none', () => {
    const ids = connectors.map(({ id }) => id)
    assert.deepEqual(
      reals.filter((id) => !kits[id]),
      [],
    )
    assert.deepEqual(
      Object.keys(kits).filter((id) => !ids.includes(id)),
      [],
    )
    // `text` holds tables of texts, by dialect, and `portals` what was recorded of these.
    const others = ['text', 'portals']
    const folders = readdirSync(FIXTURES).filter((name) => !others.includes(name))
    assert.deepEqual(folders.sort(), [...reals].sort())
  })

  it('knows the connector that each fixture is for', () => {
    for (const real of reals) {
      for (const name of readdirSync(new URL(`${real}/`, FIXTURES))) {
        const file = new URL(`${real}/${name}`, FIXTURES)
        const { connector = real, source, date } = JSON.parse(readFileSync(file, 'utf8'))
        assert.ok(connectors.some(({ id, parent }) => id === connector && (parent ?? id) === real))
        assert.ok(source && date, `${name} tells no source and date`)
      }
    }
  })
})
