import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bitrixRest } from '../../src/portal/dialects/bitrix-rest/index.ts'
import { doorContext } from '../../src/portal/door-frame.ts'
import { createDoorContext } from '../../src/wiring.ts'
import type { TakenItem } from '../fakes/bitrix-rest/methods.ts'
import { CONNECTOR, LINE, openBitrixRig, written } from '../helpers/bitrix-rest-rig.ts'
import { addTestPortal } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, connectTelegram } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const NO_OUTBOX = {
  enqueue: () => Promise.reject(new Error('nothing is sent here')),
}
const DAY_MS = 24 * 3600_000
const DELIVERY = 'imconnector.send.status.delivery'

for (const store of testStores()) {
  describe(`a cloud portal of Bitrix24 on ${store.name}`, () => {
    it('is served from its installation to the day when another portal takes the bot', async () => {
      await using rig = await openBitrixRig(store)
      const { portal, telegram, hub } = rig
      await rig.connect()
      assert.equal(portal.methods.handlers.get('ONIMCONNECTORMESSAGEADD'), `${hub.url}/b24/events`)
      assert.ok(portal.methods.connectors.has(CONNECTOR))
      const { data } = portal.methods.stateOf(CONNECTOR, LINE) ?? {}
      assert.deepEqual([data?.['ID'], data?.['URL_IM']], [String(BOT_ID), 'https://t.me/desk_bot'])

      await rig.write('Hello')
      const [hello] = await portal.waitForTaken(1)
      assert.equal(hello?.item.message?.text, 'Hello')
      assert.deepEqual([hello.item.user?.['id'], hello.item.user?.['name']], ['55', 'Ann'])
      assert.equal(hello.item.chat?.id, '55')
      await hub.restart()

      const file = { name: 'offer.pdf', type: 'file', mime: 'application/pdf' }
      const link = `${telegram.url}/offer.pdf`
      const answer = written(86497, '[b]Anna:[/b] [br]Our offer', [{ ...file, downloadLink: link }])
      assert.equal((await rig.event('ONIMCONNECTORMESSAGEADD', answer)).status, 200)
      const [told] = await portal.waitForTaken(1, DELIVERY)
      assert.deepEqual(told?.item.im, { chat_id: 1807, message_id: 86497 })
      const [id] = idsOf(told)
      assert.ok(id)
      assert.equal((await rig.event('ONIMCONNECTORMESSAGEADD', answer)).status, 200)
      const sent = telegram.callsOf('sendDocument')
      assert.deepEqual(
        sent.map(({ params }) => params['caption']),
        ['Anna:\nOur offer'],
      )

      const item = { im: { chat_id: 1807, message_id: 86497 }, chat: { id: '55' } }
      const base = { CONNECTOR, LINE: 7 }
      const plain = written(86500, 'Second')
      await rig.event('ONIMCONNECTORMESSAGEADD', plain)
      const second = (await portal.waitForTaken(2, DELIVERY))[1]
      const [secondId] = idsOf(second)
      const edit = async (text: string): Promise<void> => {
        const im = { chat_id: 1807, message_id: 86500 }
        const changed = { im, chat: { id: '55' }, message: { id: [secondId], text } }
        await rig.event('ONIMCONNECTORMESSAGEUPDATE', { ...base, MESSAGES: [changed] })
      }
      await edit('Second, better')
      await waitFor(() => telegram.callsOf('editMessageText').length === 1, 'an edit')
      assert.equal(telegram.callsOf('editMessageText')[0]?.params['text'], 'Second, better')
      rig.clock.jump(1000)
      await edit('Second')
      await edit('Second')
      rig.clock.jump(1000)
      await edit('Second, better')
      await waitFor(() => telegram.callsOf('editMessageText').length === 3, 'two more edits')
      await hub.restart()
      await rig.event('ONIMCONNECTORMESSAGEDELETE', {
        ...base,
        MESSAGES: [{ ...item, message: { id } }],
      })
      await waitFor(() => telegram.callsOf('deleteMessage').length === 1, 'a deletion')

      portal.isDown = true
      await rig.write('Are you there?')
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      rig.clock.jump(DAY_MS / 2)
      await rig.write('Anybody?')
      await waitFor(async () => ((await rig.status()).lockout?.attempt ?? 0) > 1, 'another attempt')
      portal.isDown = false
      await hub.restart()
      rig.clock.jump(DAY_MS / 2)
      const taken = await portal.waitForTaken(3)
      assert.deepEqual(
        taken.map((one) => one.item.message?.text),
        ['Hello', 'Are you there?', 'Anybody?'],
      )
      assert.ok(portal.tokens.granted >= 1)

      await using other = await addTestPortal(hub)
      assert.equal((await connectTelegram(other, telegram, '1')).displaced, true)
      await waitFor(
        () => portal.methods.stateOf(CONNECTOR, LINE)?.isError,
        'the error mark',
        10_000,
      )
      assert.equal((await rig.status()).status, 'displaced')
      assertNoSecrets(rig.hub.logText(), portal)
    })

    it('refreshes its tokens once, however many processes need them', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      await rig.connect()
      const another = await rig.startAnother()
      const before = portal.tokens.granted
      portal.tokens.expireAll()
      const found = await rig.hub.app.services.portalDirectory.find(rig.id)
      assert.ok(found)
      const address = { lineId: 1, connector: 'telegram', externalLine: LINE }
      const signal = new AbortController().signal
      const tests = [rig.hub, another, rig.hub, another].map((hub) =>
        hub.app.services.speakers.test(found, address, signal),
      )
      const tested = await Promise.all(tests)
      assert.deepEqual(
        tested.map(({ ok }) => ok),
        [true, true, true, true],
        JSON.stringify(tested),
      )
      assert.equal(portal.tokens.granted - before, 1)
      assert.equal(portal.tokens.refused, 0)
    })

    it('says what to do when the portal does not renew tokens, and mends with a new installation', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      await rig.connect()
      portal.tokens.revokeAll()
      await rig.write('lost?')
      const failed = await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      assert.match(failed.lastError, /install the application again/)
      const asked = portal.tokens.refused
      rig.clock.jump(3600_000)
      await waitFor(
        async () => ((await rig.status()).lockout?.attempt ?? 0) > 1,
        'a second attempt',
      )
      assert.equal(portal.tokens.refused, asked, 'the OAuth server is not asked over and over')
      await rig.install()
      const [taken] = await portal.waitForTaken(1)
      assert.equal(taken?.item.message?.text, 'lost?')
    })

    it('says so when the answer with new tokens was lost, and mends when a page is opened', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      await rig.connect()
      portal.tokens.expireAll()
      portal.oauthScript.push({ fault: 'reset' })
      await rig.write('lost?')
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      rig.clock.jump(15_000)
      const isSaid = async () =>
        /install the application again/.test((await rig.status()).lockout?.lastError ?? '')
      await waitFor(isSaid, 'the reason')
      await rig.openSettings()
      const [taken] = await portal.waitForTaken(1)
      assert.equal(taken?.item.message?.text, 'lost?')
    })

    it('goes on when the process that was refreshing has died', async () => {
      await using rig = await openBitrixRig(store)
      const { portal, hub } = rig
      await rig.connect()
      portal.tokens.expireAll()
      const { memory } = hub.app.services
      const until = rig.clock.now() + 30_000
      await memory.portals.write(rig.id, [
        { name: 'refresh-claim', value: JSON.stringify({ until }) },
      ])
      await rig.write('waits')
      await new Promise((resolve) => rig.clock.after(400, () => resolve(undefined)))
      assert.equal(portal.tokens.granted, 0)
      rig.clock.jump(30_000)
      await portal.waitForTaken(1)
      assert.equal(portal.tokens.granted, 1)
    })

    it('keeps the tokens of a quiet portal alive, and follows a new public address', async () => {
      await using rig = await openBitrixRig(store)
      const { portal, hub } = rig
      await rig.connect()
      portal.methods.handlers.clear()
      rig.clock.jump(25 * 3600_000)
      const { services } = hub.app
      const found = await services.portalDirectory.find(rig.id)
      assert.ok(found)
      const context = doorContext('bitrix-rest', createDoorContext(services, NO_OUTBOX))
      const upkeep = bitrixRest.createUpkeep?.(context as never)
      await upkeep?.visit(found, new AbortController().signal)
      assert.equal(portal.tokens.granted, 1)
      await upkeep?.visit(found, new AbortController().signal)
      assert.equal(portal.tokens.granted, 1)
      assert.equal(portal.methods.handlers.size, 0)
      await services.memory.portals.write(rig.id, [{ name: 'registered', value: 'another' }])
      await upkeep?.visit(found, new AbortController().signal)
      assert.equal(portal.methods.handlers.size, 8)
    })

    it('lets lines go with the connector, the open line and the application', async () => {
      await using rig = await openBitrixRig(store)
      await rig.connect()
      const status = async () => (await rig.status()).status
      await rig.event('ONIMCONNECTORSTATUSDELETE', { connector: CONNECTOR, line: 7 })
      assert.equal(await status(), 'disconnected')
      const connect = async () => rig.submit(await rig.openSettings(), rig.form())
      await connect()
      assert.equal(await status(), 'connected')
      await rig.event('ONIMCONNECTORLINEDELETE', 7)
      assert.equal(await status(), 'disconnected')
      await connect()
      await rig.event('ONAPPUNINSTALL', {})
      await waitFor(async () => (await status()) === 'disconnected', 'the line to go')
      const again = await rig.event('ONIMCONNECTORMESSAGEADD', written(1, 'late'))
      assert.equal(again.status, 401)
    })

    it('tells the operator when a message went nowhere', async () => {
      await using rig = await openBitrixRig(store, {}, { language: 'ru' })
      const { portal, telegram } = rig
      await rig.install()
      await portal.event(
        'ONAPPINSTALL',
        {},
        {
          url: `${rig.hub.url}/b24/events`,
          auth: { access_token: portal.tokens.issue().access },
        },
      )
      await rig.submit(await rig.openSettings(), rig.form())
      await rig.write('Hello')
      await portal.waitForTaken(1)
      telegram.fail('sendMessage', {
        status: 403,
        body: { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' },
        times: 5,
      })
      await rig.event('ONIMCONNECTORMESSAGEADD', written(5, 'Hi'))
      const [, notice] = await portal.waitForTaken(2)
      assert.match(notice?.item.message?.text ?? '', /^\[i\]Сообщение не доставлено: .*blocked/)
      assert.equal(notice?.item.user?.['id'], '55')
      await rig.event(
        'ONIMCONNECTORMESSAGEADD',
        written(6, ' ', [{ name: 'a', link: 'ftp://x.example/a' }]),
      )
      const [, , empty] = await portal.waitForTaken(3)
      assert.match(empty?.item.message?.text ?? '', /не доставлено: .*нет ничего/)
    })

    it('marks a line whose bot was revoked, and takes the mark away again', async () => {
      await using rig = await openBitrixRig(store)
      const { portal, telegram, hub } = rig
      await rig.connect()
      telegram.removeBot(BOT_TOKEN)
      await rig.event('ONIMCONNECTORMESSAGEADD', written(5, 'Hi'))
      const isError = () => portal.methods.stateOf(CONNECTOR, LINE)?.isError
      await waitFor(isError, 'the error mark', 10_000)
      telegram.addBot({ token: BOT_TOKEN, id: BOT_ID, username: 'desk_bot', firstName: 'Desk' })
      await rig.submit(await rig.openSettings(), {
        hub_action: 'save',
        field_apiRoot: telegram.url,
      })
      await waitFor(() => !isError(), 'the mark to be taken away')
      assertNoSecrets(hub.logText(), portal)
    })
  })
}

function idsOf(status: TakenItem | undefined): readonly unknown[] {
  const ids = status?.item.message?.id
  return Array.isArray(ids) ? ids : []
}

function assertNoSecrets(
  log: string,
  portal: { tokens: { all: readonly string[]; clientSecret: string }; applicationToken: string },
): void {
  const { tokens, applicationToken } = portal
  for (const secret of [...tokens.all, tokens.clientSecret, applicationToken]) {
    assert.ok(!log.includes(secret), 'a secret is in the log')
  }
}
