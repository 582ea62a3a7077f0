import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkSettings, fields, parseSettings } from '../../../connectors/whatsapp/settings.ts'
import { readSettings, voucherOf } from '../../../src/core/settings.ts'
import { whatsappSettings } from '../../helpers/whatsapp-kit.ts'

function faultsOf(raw: Readonly<Record<string, string>>): string[] {
  return checkSettings(readSettings(fields, raw)).map(({ field }) => field)
}

describe("the parent's settings", () => {
  it('need all that the chosen provider needs', () => {
    const cloud = ['phoneNumberId', 'wabaId', 'accessToken', 'appSecret']
    assert.deepEqual(faultsOf({ provider: 'cloud' }), cloud)
    assert.deepEqual(faultsOf({ provider: '360dialog' }), ['apiKey'])
  })

  it('go by the key or the token that is given where no provider is named', () => {
    const { provider: _, ...cloud } = whatsappSettings('whatsapp')
    assert.deepEqual(faultsOf(cloud), [])
    assert.equal(parseSettings(cloud).provider, 'cloud')
    assert.deepEqual(faultsOf({ apiKey: 'k' }), [])
    assert.equal(parseSettings({ apiKey: 'k' }).provider, '360dialog')
    assert.deepEqual(faultsOf({}), ['phoneNumberId', 'wabaId', 'accessToken', 'appSecret'])
    assert.deepEqual(faultsOf({ ...cloud, apiKey: 'k' }), ['apiKey'])
  })

  it('take the addresses of both providers for their own', () => {
    for (const apiRoot of ['https://graph.facebook.com', 'https://waba-sandbox.360dialog.io/']) {
      assert.equal(voucherOf(fields, { apiRoot }), '')
    }
    assert.notEqual(voucherOf(fields, { apiRoot: 'https://proxy.example' }), '')
  })

  it("are refused with each field of the other provider's", () => {
    const both = { ...whatsappSettings('whatsapp'), apiKey: 'k', graphVersion: 'v25.0' }
    assert.deepEqual(faultsOf(both), ['apiKey'])
    const other = ['phoneNumberId', 'wabaId', 'accessToken', 'appSecret', 'graphVersion']
    assert.deepEqual(faultsOf({ ...both, provider: '360dialog' }), other)
  })

  it('may hold the verify token that the hub has made, whichever provider it is', () => {
    const values = readSettings(fields, { provider: '360dialog', apiKey: 'k' })
    assert.match(values['verifyToken'] ?? '', /^[0-9a-f]{48}$/)
    assert.deepEqual(checkSettings(values), [])
  })

  it('give the address of the provider if none is named, and no slash at its end', () => {
    const dialog = { provider: '360dialog', apiKey: 'k' }
    assert.equal(parseSettings(dialog).apiRoot, 'https://waba-v2.360dialog.io')
    assert.equal(parseSettings({ provider: 'cloud' }).apiRoot, 'https://graph.facebook.com')
    const own = { ...dialog, apiRoot: 'https://proxy.example/wa//' }
    assert.equal(parseSettings(own).apiRoot, 'https://proxy.example/wa')
  })

  it('are the same settings as those of the virtual connector', () => {
    const values = readSettings(fields, whatsappSettings('whatsapp'))
    const { provider: _, ...cloud } = values
    assert.deepEqual(parseSettings(values), parseSettings(cloud, 'cloud'))
  })
})
