import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Reply } from '../fakes/bitrix/caller.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { startFakeViber } from '../fakes/viber.ts'
import { addBitrix, LINE, openBitrixRig } from '../helpers/bitrix-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN } from '../helpers/telegram-line.ts'

const BOT = {
  id: String(BOT_ID),
  name: '@desk_bot',
  url: 'https://t.me/desk_bot',
  url_im: 'https://t.me/desk_bot',
  username: 'desk_bot',
  picture: { url: '' },
}
const ALL = { connector: 'all', line: '' }

for (const store of testStores()) {
  describe(`the settings pages of a Bitrix24 portal on ${store.name}`, () => {
    it('connect a bot, show it and take it away again', async () => {
      await using rig = await openBitrixRig(store)
      const form = { api_token: BOT_TOKEN, apiRoot: rig.telegram.url }
      assert.deepEqual(await rig.ask('readSettings'), { OK: true, DATA: { RESULT: {} } })
      for (const [command, args] of [
        ['unregister', []],
        ['saveSettings', [form]],
        ['testConnect', []],
      ] as const) {
        assert.deepEqual(await rig.ask(command, args), { OK: true, DATA: {} }, command)
      }
      // Until it is registered the bot goes on working for whoever had it.
      assert.deepEqual(rig.telegram.callsOf('setWebhook'), [])
      assert.equal((await rig.ask('infoConnect')).OK, false)
      assert.equal((await rig.ask('register')).OK, true)
      assert.equal(rig.telegram.callsOf('setWebhook').length, 1)
      const { RESULT: saved } = (await rig.ask('readSettings')).DATA as { RESULT: object }
      assert.deepEqual(saved, {
        api_token: '#HIDDEN#',
        apiRoot: rig.telegram.url,
        mode: 'webhook',
      })
      assert.deepEqual(await rig.ask('infoConnect'), { OK: true, DATA: BOT })
      const line = await rig.ask('infoConnectorsLine', [7], ALL)
      assert.deepEqual(line, { OK: true, DATA: { telegrambot: BOT } })
      assert.equal((await rig.ask('deleteConnector')).OK, true)
      assert.equal(rig.telegram.callsOf('deleteWebhook').length, 1)
      assert.deepEqual((await rig.ask('infoConnectorsLine', ['7'], ALL)).DATA, {})
    })

    it('connect a Viber bot, though they ask for its token alone', async () => {
      await using rig = await openBitrixRig(store)
      await using viber = await startFakeViber()
      const token = 'PLANTED-viber-token-0000000000'
      viber.addAccount({ token, id: 'pa:7', name: 'Shop' })
      const line = { connector: 'viber', line: '7' }
      const form = { api_token: token, apiRoot: viber.url }
      for (const [command, args] of [
        ['saveSettings', [form]],
        ['testConnect', []],
        ['register', []],
        ['saveSettings', [{ senderName: 'Our shop' }]],
        ['saveSettings', [{}]],
      ] as const) {
        assert.deepEqual(await rig.ask(command, args, line), { OK: true, DATA: {} }, command)
      }
      const shown = resultOf(await rig.ask('readSettings', [], line))
      assert.equal(shown['senderName'], 'Our shop')
      assert.equal(shown['api_token'], '#HIDDEN#')
    })

    it('may come again, out of order, and from a page that was left open', async () => {
      await using rig = await openBitrixRig(store)
      const form = { api_token: BOT_TOKEN, apiRoot: rig.telegram.url }
      assert.match(messageOf(await rig.ask('register')), /save them first/)
      assert.match(messageOf(await rig.ask('testConnect')), /save them first/)
      assert.equal((await rig.ask('deleteConnector')).OK, true)
      assert.equal((await rig.ask('deleteLine', [7], ALL)).OK, true)
      assert.match(messageOf(await rig.ask('saveSettings', [[]])), /token is required/)
      for (let round = 0; round < 2; round++) {
        assert.equal((await rig.ask('saveSettings', [form])).OK, true)
        assert.equal((await rig.ask('register')).OK, true)
        assert.equal((await rig.ask('unregister')).OK, true)
        assert.equal((await rig.ask('register')).OK, true)
      }
      // What a page leaves empty, or shows hidden, stays; so does what it doesn't name.
      for (const empty of [{}, { api_token: '' }, { api_token: '#HIDDEN#' }]) {
        assert.equal((await rig.ask('saveSettings', [empty])).OK, true)
        assert.equal((await rig.ask('register')).OK, true)
      }
      await rig.restart()
      assert.equal((await rig.ask('infoConnect')).OK, true)
      assert.equal((await rig.ask('deleteLine', [7], ALL)).OK, true)
      assert.equal((await rig.ask('deleteLine', [7], ALL)).OK, true)
      assert.equal((await rig.ask('deleteConnector', [true])).OK, true)
      assert.equal((await rig.ask('infoConnect')).OK, false)
    })

    it('say what is wrong in a form that they can show', async () => {
      await using rig = await openBitrixRig(store)
      const wrong = {
        api_token: `${BOT_ID}:wrong-token-0000000000000000000`,
        apiRoot: rig.telegram.url,
      }
      assert.equal((await rig.ask('saveSettings', [wrong])).OK, true)
      const refused = await rig.ask('testConnect')
      assert.equal(codeOf(refused), 'CONNECTOR_SETTINGS_INCORRECT')
      assert.match(messageOf(refused), /does not know this token/)
      assert.equal(codeOf(await rig.ask('register')), 'CONNECTOR_SETTINGS_INCORRECT')
      const away = { api_token: BOT_TOKEN, apiRoot: 'http://127.0.0.1:9' }
      assert.equal((await rig.ask('saveSettings', [away])).OK, true)
      assert.equal(codeOf(await rig.ask('testConnect')), 'CONNECTOR_NO_ANSWER_CLIENT')
      const odd = await rig.ask('saveSettings', [{ api_token: '<b>x</b>' }])
      assert.doesNotMatch(messageOf(odd), /[<>&"']/)
      assert.equal(codeOf(await rig.ask('noSuchCommand')), 'COMMAND_NOT_SUPPORTED')
      const max = await rig.ask('saveSettings', [{ api_token: 'x' }], { ...LINE, connector: 'max' })
      assert.equal(codeOf(max), 'CONNECTOR_NOT_SUPPORTED')
      const none = await rig.ask('saveSettings', [{ api_token: 'x' }], { ...LINE, line: '' })
      assert.equal(codeOf(none), 'LINE_NOT_SPECIFIED')
    })

    it('tell when the hub can not reach the portal', async () => {
      await using rig = await openBitrixRig(store)
      rig.portal.connectors = new Set(['viber'])
      const form = { api_token: BOT_TOKEN, apiRoot: rig.telegram.url }
      assert.equal((await rig.ask('saveSettings', [form])).OK, true)
      assert.equal((await rig.ask('testConnect')).OK, true)
      const unlisted = await rig.ask('register')
      assert.match(messageOf(unlisted), /portal.*list of connectors/)
    })

    it('of Bot Framework have the address of the webhook before anything is saved', async () => {
      await using rig = await openBitrixRig(store, { era: '2019' })
      const bot = { connector: 'botframework', line: '7' }
      const first = await rig.ask('getAuthorizationInformation', [], bot)
      const { URL_WEBHOOK: webhook, SETTINGS: empty } = resultOf(first)
      assert.match(String(webhook), /\/webhook\?hash=[0-9a-f]{32}$/)
      assert.deepEqual(empty, {})
      const form = {
        bot_handle: 'my-bot',
        app_id: '00000000-0000-0000-0000-000000000001',
        app_secret: 'PLANTED-app-secret',
        url_skypebot: 'https://join.skype.com/bot/0',
        url_slack: '',
      }
      assert.equal((await rig.ask('saveSettingsBotFramework', [form], bot)).OK, true)
      const second = resultOf(await rig.ask('getAuthorizationInformation', [], bot))
      assert.equal(second['URL_WEBHOOK'], webhook)
      const shown = second['SETTINGS'] as Record<string, string>
      assert.equal(shown['app_secret'], '#HIDDEN#')
      assert.equal(shown['app_id'], form.app_id)
      assert.equal(shown['url_skypebot'], form.url_skypebot)
      assert.ok(!JSON.stringify(second).includes('PLANTED'))
      const links = (await rig.ask('infoConnectLink', [], bot)).DATA as Record<string, string>
      assert.equal(links['URL_SKYPE'], form.url_skypebot)
      assert.match(String(links['URL']), /id=my-bot$/)
    })

    it('of the module take another public address, and none that leads inside', async () => {
      await using rig = await openBitrixRig(store, { isConnected: true })
      const { portalDirectory } = rig.hub.app.services
      const urlOf = async (): Promise<string | undefined> =>
        (await portalDirectory.find(rig.portalId))?.url
      const save = (url: string) => rig.ask('saveDomainSite', [url], ALL)
      for (const inside of [
        'http://10.0.0.7',
        'http://169.254.169.254/x',
        'ftp://x.example',
        'x',
      ]) {
        const answer = await save(inside)
        assert.match(codeOf(answer), /^IM_CONNECTOR_SERVER_ERROR_/, inside)
        assert.equal(await urlOf(), rig.portal.url)
      }
      assert.equal((await save('https://portal.example:8443/')).OK, true)
      assert.equal(await urlOf(), 'https://portal.example:8443')
      assert.equal((await save(rig.portal.url)).OK, true)
      await rig.write('hello')
      await rig.portal.waitForShown(1)
    })

    it('of one portal have nothing to do with the lines of another', async () => {
      await using rig = await openBitrixRig(store, { isConnected: true })
      await using other = await FakeBitrix.start({ licenceKey: 'PLANTED-LICENCE-KEY-0002' })
      await addBitrix(rig.hub, other)
      const ask = async (command: string) =>
        (await other.call(rig.hub.url, { ...LINE, command })).body
      assert.deepEqual((await ask('readSettings')).DATA, { RESULT: {} })
      assert.equal((await ask('deleteConnector')).OK, true)
      const mixed = { ...other.credentials, licence: rig.portal.credentials.licence }
      const forged = await other.call(rig.hub.url, { ...LINE, command: 'deleteConnector' }, mixed)
      assert.equal(codeOf(forged.body), 'LICENCE_ERROR')
      assert.equal((await rig.ask('infoConnect')).OK, true)
    })

    it('keep secrets out of the log', async () => {
      await using rig = await openBitrixRig(store, { isConnected: true })
      await rig.ask('saveSettings', [{ api_token: `${BOT_ID}:PLANTED-other-token-00000000000` }])
      await rig.ask('register')
      assert.ok(!rig.hub.logText().includes('PLANTED'), rig.hub.logText())
      assert.ok(!rig.hub.logText().includes(rig.portal.credentials.keyHash))
    })
  })
}

function errorOf({ ERROR }: Reply['body']): { readonly CODE?: string; readonly MESSAGE?: string } {
  assert.ok(Array.isArray(ERROR) && ERROR.length > 0, JSON.stringify(ERROR))
  return ERROR[0] as { CODE?: string; MESSAGE?: string }
}

function codeOf(body: Reply['body']): string {
  assert.equal(body.OK, false)
  return errorOf(body).CODE ?? ''
}

function messageOf(body: Reply['body']): string {
  return errorOf(body).MESSAGE ?? ''
}

function resultOf({ DATA }: Reply['body']): Record<string, unknown> {
  return (DATA as { RESULT: Record<string, unknown> }).RESULT
}
