import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { botframework, virtualBotFramework } from '../../../connectors/botframework/index.ts'
import { SettingsError } from '../../../src/core/errors.ts'
import { readSettings } from '../../../src/core/settings.ts'
import { APP_ID, makeLine, SECRET } from './kit.ts'

const base = { appId: APP_ID, appSecret: SECRET }

describe('settings', () => {
  it('name every missing field', () => {
    assert.throws(
      () => readSettings(botframework.fields, { cloud: 'mars', appType: 'x', extra: '1' }),
      (error) => {
        assert.ok(error instanceof SettingsError)
        const named = error.fields.map((fault) => fault.field).sort()
        assert.deepEqual(named, ['appId', 'appSecret', 'appType', 'cloud', 'extra'])
        return true
      },
    )
  })

  it('name every fault that lies between fields', () => {
    const values = readSettings(botframework.fields, {
      ...base,
      appType: 'SingleTenant',
      cloud: 'custom',
    })
    const faults = botframework.checkSettings?.(values) ?? []
    assert.deepEqual(
      faults.map((fault) => fault.field),
      ['tenantId', 'tokenUrl', 'openIdMetadataUrl', 'issuer', 'serviceHosts'],
    )
  })

  it('refuse service hosts that are addresses', () => {
    const faults = botframework.checkSettings?.({
      ...base,
      cloud: 'custom',
      tokenUrl: 'https://a.example/',
      openIdMetadataUrl: 'https://a.example/',
      issuer: 'https://a.example',
      serviceHosts: 'https://a.example/x, b.example:8443, *.c.example',
    })
    assert.deepEqual(
      faults?.map((fault) => fault.field),
      ['serviceHosts'],
    )
  })

  it('are complete with an app id and a secret', () => {
    const values = readSettings(botframework.fields, base)
    assert.deepEqual(botframework.checkSettings?.(values), [])
    const { settings } = makeLine(base)
    assert.equal(
      settings.tokenUrl,
      'https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token',
    )
    assert.equal(settings.issuer, 'https://api.botframework.com')
  })

  it('resolve the tenant and the cloud', () => {
    const single = { ...base, appType: 'SingleTenant', tenantId: 'tenant-1' }
    assert.equal(
      makeLine(single).settings.tokenUrl,
      'https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token',
    )
    const gov = makeLine({ ...base, cloud: 'usgov' }).settings
    assert.equal(
      gov.tokenUrl,
      'https://login.microsoftonline.us/MicrosoftServices.onmicrosoft.us/oauth2/v2.0/token',
    )
    assert.equal(gov.scope, 'https://api.botframework.us/.default')
    assert.equal(gov.issuer, 'https://api.botframework.us')
  })
})

describe('the virtual connectors', () => {
  it('share parent, fields and methods, and say what their channel can do', () => {
    assert.deepEqual(
      virtualBotFramework.map((descriptor) => descriptor.id.replace('botframework.', '')).sort(),
      [
        'directline',
        'email',
        'facebook',
        'groupme',
        'line',
        'msteams',
        'skype',
        'slack',
        'sms',
        'telegram',
        'webchat',
      ],
    )
    for (const descriptor of virtualBotFramework) {
      assert.equal(descriptor.parent, 'botframework')
      assert.equal(descriptor.fields, botframework.fields)
      assert.deepEqual(descriptor.methods, ['createConversation'])
      assert.equal(descriptor.capabilities.webhookInstall, false)
    }
  })
})
