import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { connectors } from '#connectors'
import { given } from '../../src/core/given.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  type StatusShape,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }
const MASK = '••••'

type Sent = { readonly id: string; readonly status: string }
type MessageStatus = {
  readonly id: string
  readonly status: string
  readonly messageIds: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

for (const store of testStores()) {
  describe(`the remote methods on ${store.name}`, () => {
    let database: OpenStore
    let telegram: FakeTelegram
    let hub: TestHub
    let portal: TestPortal
    let other: TestPortal
    let apiRoot: string

    before(async () => {
      database = await store.open()
      telegram = await startTelegramWithBot()
      apiRoot = telegram.url
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      other = await addTestPortal(hub)
      await portal.hub.saveSettings({ ...LINE, line: 'saved', settings: { token: BOT_TOKEN } })
    })
    after(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
      await database.dispose()
    })
    beforeEach(async () => {
      const { status } = await connectTelegram(portal, telegram)
      assert.equal(status.status, 'connected')
      telegram.calls.length = 0
    })

    const status = (line = '12') => portal.hub.getStatus<StatusShape>({ ...LINE, line })
    const statusOf = (id: string) => portal.hub.getMessageStatus<MessageStatus>({ ...LINE, id })
    const write = (more: object = {}) =>
      portal.hub.sendMessage<Sent>({ ...LINE, chat: { id: '5' }, message: { text: 'x' }, ...more })

    function ended(id: string): Promise<MessageStatus> {
      return waitFor(async () => {
        const found = await statusOf(id)
        return found.status === 'queued' ? undefined : found
      }, `the end of ${id}`)
    }

    it('ping tells the portal and the time', async () => {
      const answer = await portal.hub.ping<{ portal: string; time: string }>()
      assert.equal(answer.portal, portal.id)
      assert.match(answer.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    })

    it('listConnectors tells enough to draw a form and to know the abilities', async () => {
      const list = await portal.hub.listConnectors<(typeof connectors)[number][]>()
      assert.deepEqual(
        list.map(({ id }) => id),
        connectors.map(({ id }) => id),
      )
      for (const [index, listed] of list.entries()) {
        const { id, title, parent, fields, guide, capabilities, methods } = listed
        const {
          create: _,
          parseSettings: __,
          checkSettings: ___,
          // No word of a form or an ability: the docs have it.
          finds: ____,
          ...data
        } = connectors[index] ?? {}
        const told = { id, title, ...given({ parent, guide }), fields, capabilities, methods }
        assert.deepEqual(told, JSON.parse(JSON.stringify(data)))
        assert.equal(parent, id.includes('.') ? id.split('.')[0] : undefined)
      }
      const token = list[0]?.fields.find(({ key }) => key === 'token')
      assert.deepEqual([token?.type, token?.required, token?.secret], ['text', true, true])
    })

    type Case = [method: string, params: object, code: string | number]
    const chat = { chat: { id: '5' } }
    const message = { ...chat, message: { id: '1', text: 'x' } }
    const one = { ...chat, message: { id: '1' } }
    const lineMethods: [method: string, params: object, needsConnection: boolean][] = [
      ['testConnect', {}, false],
      ['getSettings', {}, false],
      ['getStatus', {}, false],
      ['disconnect', {}, false],
      ['sendMessage', { ...chat, message: { text: 'x' } }, true],
      ['updateMessage', message, true],
      ['deleteMessage', one, true],
      ['sendTyping', chat, true],
      ['markRead', one, true],
      ['getMessageStatus', { id: 'out_x' }, false],
      ['confirmDelivery', { events: ['evt_x'] }, false],
      ['retryNow', {}, false],
      ['listDeadLetters', {}, false],
      ['replayDeadLetters', {}, false],
      ['deleteDeadLetters', {}, false],
      ['getChat', chat, true],
    ]
    const nowhere = { connector: 'carrier-pigeon', line: '12' }
    const cases: Case[] = lineMethods.flatMap(([method, params, needsConnection]): Case[] => [
      [method, { ...params, ...nowhere }, 'HUB_UNKNOWN_CONNECTOR'],
      [method, { ...params, ...LINE, line: 'none' }, 'HUB_UNKNOWN_LINE'],
      [method, { ...params, line: '12' }, -32602],
      [method, { ...params, ...LINE, line: 'ä' }, -32602],
      ...(needsConnection
        ? [[method, { ...params, ...LINE, line: 'saved' }, 'HUB_LINE_NOT_CONNECTED'] as Case]
        : []),
    ])
    it('each method about a line refuses an unknown connector, an unknown line, one not connected', async () => {
      for (const [method, params, code] of cases) {
        const failure = await failureOf(portal.hub.$call(method, { ...params }))
        assert.equal(failure.hubCode ?? failure.code, code, `${method} ${JSON.stringify(params)}`)
        assert.equal(failure.status, 200)
      }
    })

    it('each method about a line hides the lines of other portals', async () => {
      for (const [method, params] of lineMethods) {
        const failure = await failureOf(other.hub.$call(method, { ...params, ...LINE }))
        assert.equal(failure.hubCode, 'HUB_UNKNOWN_LINE', method)
      }
      assert.deepEqual(await other.hub.listLines(), [])
      const own = await portal.hub.listLines<StatusShape[]>()
      assert.deepEqual(own.map(({ line }) => line).sort(), ['12', 'saved'])
    })

    it('two portals may use the same line id, each for its own', async () => {
      const settings = { token: '77:other', apiRoot }
      const saved = await other.hub.saveSettings<StatusShape>({ ...LINE, settings })
      assert.equal(saved.status, 'saved')
      assert.notEqual(saved.webhookUrl, (await status()).webhookUrl)
      assert.equal((await status()).status, 'connected')
      await other.hub.disconnect(LINE)
      assert.equal((await status()).status, 'connected')
    })

    it('saveSettings names every faulty field at once and changes nothing', async () => {
      const settings = { mode: 'pigeon', apiRoot: 'ftp://x', colour: 'red', token: 5 }
      const failure = await failureOf(portal.hub.saveSettings({ ...LINE, settings }))
      assert.equal(failure.code, -32602)
      assert.deepEqual(failure.fields, [
        'settings.apiRoot',
        'settings.colour',
        'settings.mode',
        'settings.token',
      ])
      assert.equal((await status()).status, 'connected')
      const empty = await failureOf(
        portal.hub.saveSettings({ ...LINE, line: 'fresh', settings: {} }),
      )
      assert.deepEqual(empty.fields, ['settings.token'])
      assert.equal((await failureOf(status('fresh'))).hubCode, 'HUB_UNKNOWN_LINE')
      const custom = { appId: 'x', appSecret: 'y', cloud: 'custom', appType: 'SingleTenant' }
      const crossed = await failureOf(
        portal.hub.saveSettings({ connector: 'botframework', line: '1', settings: custom }),
      )
      assert.deepEqual(crossed.fields, [
        'settings.issuer',
        'settings.openIdMetadataUrl',
        'settings.serviceHosts',
        'settings.tenantId',
        'settings.tokenUrl',
      ])
    })

    it('saveSettings never calls the channel', async () => {
      await portal.hub.saveSettings({ ...LINE, settings: { token: BOT_TOKEN, apiRoot } })
      assert.deepEqual(telegram.calls, [])
    })

    it('a secret that is left out, or comes back masked, keeps its stored value', async () => {
      for (const settings of [{ apiRoot }, { apiRoot, token: MASK }, { apiRoot, token: null }]) {
        const saved = await portal.hub.saveSettings<StatusShape>({ ...LINE, settings })
        assert.equal(saved.status, 'connected')
      }
      await portal.hub.testConnect(LINE)
      assert.equal(telegram.callsOf('getMe')[0]?.botId, BOT_ID)
    })

    it('a changed credential makes the line saved again, the same settings do not', async () => {
      const same = { token: BOT_TOKEN, apiRoot }
      const kept = await portal.hub.saveSettings<StatusShape>({ ...LINE, settings: same })
      assert.equal(kept.status, 'connected')
      const settings = { ...same, token: `${BOT_ID}:other` }
      const saved = await portal.hub.saveSettings<StatusShape>({ ...LINE, settings })
      assert.equal(saved.status, 'saved')
      assert.equal(saved.webhookUrl, kept.webhookUrl)
    })

    it('getSettings masks each secret', async () => {
      const { settings } = await portal.hub.getSettings<{ settings: object }>(LINE)
      assert.deepEqual(settings, { token: MASK, apiRoot, mode: 'webhook' })
      await portal.hub.disconnect(LINE)
      const emptied = await portal.hub.getSettings<{ settings: object }>(LINE)
      assert.deepEqual(emptied.settings, { token: null })
    })

    it('getStatus shows the whole status object', async () => {
      const found = await portal.hub.getStatus<Record<string, unknown>>(LINE)
      assert.match(String(found['webhookUrl']), /\/webhook\?hash=[0-9a-f]{32}$/)
      assert.match(String(found['updatedAt']), /^\d{4}-.*\.\d{3}Z$/)
      const { bot, webhookUrl: _, updatedAt: __, health, ...rest } = found
      assert.ok(Number.isInteger(bot) && Number(bot) > 0)
      assert.equal((health as { state: string }).state, 'ok')
      assert.deepEqual(rest, {
        ...LINE,
        status: 'connected',
        identity: String(BOT_ID),
        name: '@desk_bot',
        queue: { depth: 0 },
        outbound: { depth: 0 },
        deadLetters: 0,
      })
    })

    it('sendMessage with the same key is sent once, with another key again', async () => {
      const copies = await Promise.all(Array.from({ length: 10 }, () => write({ key: 'k-1' })))
      const ids = new Set(copies.map(({ id }) => id))
      assert.equal(ids.size, 1)
      const [id = ''] = ids
      assert.equal((await ended(id)).status, 'sent')
      assert.equal((await write({ key: 'k-1' })).id, id)
      const next = await write({ key: 'k-2' })
      assert.notEqual(next.id, id)
      await ended(next.id)
      assert.equal(telegram.callsOf('sendMessage').length, 2)
      const events = await portal.server.waitForEvents(2)
      assert.deepEqual(
        events
          .slice(-2)
          .map((event) => event['key'])
          .sort(),
        ['k-1', 'k-2'],
      )
    })

    it('sendMessage refuses what is no message', async () => {
      const texts = [{}, { text: '' }, { text: ' ' }, { text: 'x'.repeat(100_001) }]
      const files = [{ files: [] }, { files: [{ url: 'ftp://x' }] }, { files: [{ name: 'x' }] }]
      for (const message of [...texts, ...files, { location: { latitude: 91, longitude: 0 } }]) {
        assert.equal((await failureOf(write({ message }))).code, -32602, JSON.stringify(message))
      }
    })

    it('getMessageStatus tells what was sent and what failed, in the words of the channel', async () => {
      const sent = await ended((await write()).id)
      assert.deepEqual([sent.status, sent.messageIds.length, sent.error], ['sent', 1, undefined])
      telegram.bot(BOT_ID).blockedBy.add(6)
      const { id } = await write({ chat: { id: '6' } })
      const failed = await ended(id)
      assert.deepEqual([failed.id, failed.status, failed.messageIds], [id, 'failed', []])
      assert.equal(failed.error?.code, '403')
      assert.match(failed.error?.message ?? '', /bot was blocked by the user/)
    })

    it('getMessageStatus knows nothing of foreign and invented ids', async () => {
      const { id } = await write()
      await connectOther()
      for (const unknown of [
        `${id}0`,
        'out_',
        'out_00000000000',
        id.replace('out_', 'evt_'),
        'x',
      ]) {
        assert.deepEqual((await failureOf(statusOf(unknown))).fields, ['id'])
      }
      const foreign = await failureOf(other.hub.getMessageStatus({ ...LINE, id }))
      assert.deepEqual(foreign.fields, ['id'])
      await other.hub.disconnect(LINE)
    })

    async function connectOther(): Promise<void> {
      const token = '99:other-bot'
      telegram.addBot({ token, id: 99 })
      const tested = await connectTelegram(other, telegram, '12', { token })
      assert.equal(tested.ok, true)
    }

    it('updateMessage and deleteMessage are queued and done', async () => {
      const [messageId = ''] = (await ended((await write()).id)).messageIds
      const target = { ...LINE, ...chat }
      const edit = { ...target, message: { id: messageId, text: '[b]new[/b]' } }
      const edited = await portal.hub.updateMessage<Sent>(edit)
      assert.equal((await ended(edited.id)).status, 'sent')
      assert.equal(telegram.callsOf('editMessageText')[0]?.params['text'], 'new')
      const deleted = await portal.hub.deleteMessage<Sent>({
        ...target,
        message: { id: messageId },
      })
      assert.equal((await ended(deleted.id)).status, 'sent')
      assert.equal(telegram.callsOf('deleteMessage').length, 1)
    })

    it('sendTyping is best effort; markRead is not for Telegram, and told so', async () => {
      assert.deepEqual(await portal.hub.sendTyping({ ...LINE, ...chat }), { ok: true })
      telegram.fail('sendChatAction', { status: 500 })
      assert.deepEqual(await portal.hub.sendTyping({ ...LINE, ...chat }), { ok: false })
      const failure = await failureOf(portal.hub.markRead({ ...LINE, ...one }))
      assert.deepEqual([failure.code, failure.hubCode], [-32000, 'HUB_UNSUPPORTED'])
    })

    it("a connector's own method is called like any other", async () => {
      const found = await portal.hub.getChat({ ...LINE, ...chat })
      assert.deepEqual(found, { id: '5', kind: 'private', name: 'Ann' })
      const bad = await failureOf(portal.hub.getChat({ ...LINE, chat: {}, x: 1 }))
      assert.deepEqual([bad.code, bad.fields], [-32602, ['chat.id', 'x']])
      telegram.fail('getChat', { status: 400 })
      const refused = await failureOf(portal.hub.getChat({ ...LINE, ...chat }))
      assert.equal(refused.hubCode, 'HUB_CHANNEL_REFUSED')
      telegram.fail('getChat', { reset: true })
      const broken = await failureOf(portal.hub.getChat({ ...LINE, ...chat }))
      assert.equal(broken.hubCode, 'HUB_CHANNEL_UNREACHABLE')
    })
  })
}
