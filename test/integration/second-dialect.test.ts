import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dialects } from '../../src/portal/dialects/index.ts'
import { acme } from '../fakes/acme/dialect.ts'
import { type AcmeItem, FakeAcme } from '../fakes/acme/portal.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }

for (const store of testStores()) {
  describe(`a portal of another make on ${store.name}`, () => {
    it('is served like any other, from its first call to its goodbye', async () => {
      await using rig = await openRig(store)
      const { desk, telegram } = rig

      await rig.done('saveSettings', { ...LINE, settings: rig.settings })
      const tested = await rig.done('testConnect', LINE)
      assert.equal(tested['ok'], true, JSON.stringify(tested))

      await rig.write('one')
      await rig.write('two')
      assert.deepEqual(textsOf(await desk.waitForTaken(2)), ['one', 'two'])
      await waitFor(() => /"event":"delivery.attempted"/.test(rig.hub.logText()), 'its log line')

      const message = { text: '[b]Hello[/b] :wave:' }
      await rig.done('sendMessage', { ...LINE, chat: { id: '55' }, message, key: 'order-17' })
      const told = (await desk.waitForTaken(3)).at(-1)
      assert.equal(told?.what, 'message.status')
      assert.equal(told.event['status'], 'sent')
      assert.equal(told.event['key'], 'order-17')
      assert.equal(telegram.callsOf('sendMessage').length, 1)

      desk.script.push({ status: 500 }, { body: '<html>Fatal error</html>' })
      await rig.write('three')
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      await rig.write('four')
      rig.clock.jump(15_000)
      await waitFor(async () => (await rig.status()).lockout?.attempt === 2, 'the second step')
      rig.clock.jump(60_000)
      assert.deepEqual(textsOf(await desk.waitForTaken(5)).slice(3), ['three', 'four'])

      // Another portal, of the hub's own make, takes the bot over.
      await using other = await addTestPortal(rig.hub)
      assert.equal((await connectTelegram(other, telegram, '1')).displaced, true)
      const goodbye = (await desk.waitForTaken(6)).at(-1)
      assert.deepEqual([goodbye?.what, goodbye?.reason], ['off', 'displaced'])
      assert.equal((await rig.status()).status, 'displaced')
    })

    it('may name its calls at any length: each is done once, and none is taken for another', async () => {
      await using rig = await openRig(store)
      const long = 'n'.repeat(200)
      const call = async (nonce: string) => {
        const { status } = await rig.desk.call(rig.hub.url, 'ping', {}, { nonce })
        return status
      }
      const first = await Promise.all([call(`${long}1`), call(`${long}2`), call('номер 1')])
      assert.deepEqual(first, [200, 200, 200])
      assert.deepEqual(
        [await call(`${long}1`), await call('номер 1'), await call(`${long}3`)],
        [401, 401, 200],
      )
    })

    it('has its credentials masked wherever somebody logs them', async () => {
      await using rig = await openRig(store)
      const { log } = rig.hub.app.services
      log.warn({ event: 'test', portal: { apiKey: rig.desk.apiKey } }, 'a careless line')
      assert.match(rig.hub.logText(), /a careless line/)
      assert.ok(!rig.hub.logText().includes(rig.desk.apiKey))
    })

    it('loses nothing and gets nothing twice when the hub starts anew', async () => {
      await using rig = await openRig(store)
      await rig.done('saveSettings', { ...LINE, settings: rig.settings })
      await rig.done('testConnect', LINE)
      rig.desk.script.push({ status: 500 })
      await rig.write('before')
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      await rig.hub.restart()
      // A call is a sign of life: the locked line is tried at once.
      await rig.done('ping', {})
      assert.deepEqual(textsOf(await rig.desk.waitForTaken(1)), ['before'])
    })
  })
}

function textsOf(items: readonly AcmeItem[]): (string | undefined)[] {
  return items.map(({ event }) => event.message?.text)
}

async function openRig(store: TestStore) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const desk = stack.use(await FakeAcme.start())
  const clock = createJumpClock()
  const all = [...dialects, acme]
  const hub = stack.use(await startTestHub({ databaseUrl, clock, dialects: all }))
  const { id } = await hub.app.services.portalOperations.add({
    name: 'Desk',
    url: desk.url,
    format: { text: 'bbcode', emoji: 'shortname' },
    dialect: acme.id,
    settings: { account: desk.account, apiKey: desk.apiKey },
  })
  return {
    hub,
    desk,
    telegram,
    clock,
    settings: { token: BOT_TOKEN, apiRoot: telegram.url },
    async done(method: string, args: object): Promise<Record<string, unknown>> {
      const { body } = await desk.call(hub.url, method, args)
      assert.match(body, /^DONE /, `${method}: ${body}`)
      return JSON.parse(body.slice('DONE '.length)) as Record<string, unknown>
    },
    async write(text: string): Promise<void> {
      const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 55, text })
      assert.ok(!pushed.queued && pushed.status === 200, JSON.stringify(pushed))
    },
    status: () => {
      const address = { portalId: id, connector: 'telegram', externalId: '12' }
      return hub.app.services.lineOperations.statusOf(address)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
