import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import { readSettings } from '../../../../src/core/settings.ts'
import { checkSettings, fields } from '../../../../src/portal/dialects/bitrix/fields.ts'
import { credentialsOf } from '../../../fakes/bitrix/credentials.ts'

const good = credentialsOf('MADE-UP-KEY-0001-TEST')

function faultsOf(settings: Readonly<Record<string, string>>): string[] {
  return checkSettings(settings).map(({ field }) => field)
}

describe('what is entered for a Bitrix24 portal', () => {
  it('is taken as the portal prints it', () => {
    assert.deepEqual(readSettings(fields, good), { ...good, version: 'auto' })
    assert.deepEqual(checkSettings({ ...good }), [])
  })

  it('is not the key itself, nor a hash in capitals', () => {
    for (const keyHash of [
      'MADE-UP-KEY-0001-TEST',
      good.keyHash.toUpperCase(),
      good.keyHash.slice(1),
    ]) {
      assert.throws(
        () => readSettings(fields, { ...good, keyHash }),
        (error: { fields?: readonly { problem: string }[] }) =>
          /never the key itself/.test(error.fields?.[0]?.problem ?? '') &&
          !JSON.stringify(error.fields).includes(keyHash),
      )
    }
  })

  it('is not that of a portal as which anybody can sign', () => {
    // As they stand in the portal's documentation: of the keys DEMO and demo, and of the empty one.
    for (const licence of [
      '9300e3d70f5eb313b91e90b11fe0bdea',
      '37e5e06eb14ad7ac8357f8c83c98d5fd',
      'd2feba6a1e9f6ec17cf64243a02e0585',
    ]) {
      const [fault] = checkSettings({ ...good, licence })
      assert.equal(fault?.field, 'licence')
      assert.match(fault?.problem ?? '', /anybody can sign/)
    }
    for (const key of ['DEMO', 'Demo', 'dEmO', '']) {
      assert.deepEqual(faultsOf({ ...credentialsOf(key) }), ['licence', 'keyHash'], key)
      assert.deepEqual(faultsOf({ ...good, keyHash: hash('md5', key) }), ['keyHash'], key)
    }
  })

  it('is not one hash twice, nor the two in each other’s place as far as can be seen', () => {
    assert.deepEqual(faultsOf({ licence: good.licence, keyHash: good.licence }), ['keyHash'])
    const { licence, keyHash } = credentialsOf('DEMO')
    assert.deepEqual(faultsOf({ licence: keyHash, keyHash: licence }), ['keyHash'])
  })
})
