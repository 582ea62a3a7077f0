import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FakeGraph } from '../fakes/graph.ts'
import type { FakeApp } from '../fakes/graph-model.ts'
import type { FakeWhatsApp } from '../fakes/whatsapp.ts'
import type { FakeNumber } from '../fakes/whatsapp-model.ts'
import { ANN, changeOf, messageFrom, textOf, updateOf } from '../fakes/whatsapp-updates.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { META_APP, metaSettings, PAGE, startFakeMeta } from '../helpers/meta-kit.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import type { TestResultShape } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

/** Up to 1000 updates is what Meta gathers in a request. Around that, SQLite's own limits lie. */
const SIZES = [998, 1000]
const AT = 1_767_225_600_000

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

type Make = (n: number) => object

const between = (sender: string, recipient: string, more: object): object => ({
  sender: { id: sender },
  recipient: { id: recipient },
  timestamp: AT,
  ...more,
})

const MESSENGER: Readonly<Record<string, Make>> = {
  'read marks': (n) => between(`91${n}`, PAGE.id, { read: { watermark: AT } }),
  'delivery marks': (n) =>
    between(`92${n}`, PAGE.id, { delivery: { watermark: AT, mids: [`d${n}`] } }),
  messages: (n) => between('7001', PAGE.id, { message: { mid: `in${n}`, text: `text ${n}` } }),
  echoes: (n) =>
    between(PAGE.id, `94${n}`, { message: { mid: `e${n}`, is_echo: true, text: `echo ${n}` } }),
  'odd items': (n) => ({ timestamp: AT, message_edit: { mid: `o${n}` } }),
}

for (const kind of testStores()) {
  describe(`what Meta gathers in one request is taken, on ${kind.name}`, () => {
    let database: OpenStore
    let hub: TestHub
    let portal: TestPortal
    let graph: FakeGraph
    let app: FakeApp
    let fake: FakeWhatsApp
    let number: FakeNumber
    let pageUrl: string
    let numberUrl: string

    before(async () => {
      database = await kind.open()
      graph = await startFakeMeta()
      app = graph.apps.get(META_APP.id) as FakeApp
      fake = await startFakeWhatsApp()
      number = fake.numbers[0] as FakeNumber
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      pageUrl = await connect('facebook', metaSettings('page', graph.url))
      numberUrl = await connect('whatsapp.cloud', whatsappSettings('whatsapp.cloud', fake.url))
    })
    after(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await graph[Symbol.asyncDispose]()
      await fake[Symbol.asyncDispose]()
      await database.dispose()
    })

    async function connect(
      connector: string,
      settings: Readonly<Record<string, string>>,
    ): Promise<string> {
      const line = { connector, line: '1' }
      await portal.hub.saveSettings({ ...line, settings })
      const tested = await portal.hub.testConnect<TestResultShape>(line)
      assert.ok(tested.ok, JSON.stringify(tested))
      return tested.status.webhookUrl
    }

    for (const [name, make] of Object.entries(MESSENGER)) {
      it(`${name} of Messenger`, async () => {
        for (const size of SIZES) {
          const messaging = range(size).map((n) => make(size * 1000 + n))
          const body = { object: 'page', entry: [{ id: PAGE.id, time: AT, messaging }] }
          assert.deepEqual(await graph.push(pageUrl, body, app), { status: 200, body: '' })
        }
      })
    }

    it('statuses of WhatsApp', async () => {
      for (const size of SIZES) {
        const statuses = range(size).map((n) => ({
          id: `wamid.${size}_${n}`,
          status: 'delivered',
          timestamp: '1767225600',
          recipient_id: '79001000000',
        }))
        const answer = await fake.push(
          numberUrl,
          updateOf(changeOf(number, { statuses })),
          number.app,
        )
        assert.equal(answer.status, 200)
      }
    })

    it('messages of WhatsApp, all of which arrive', async () => {
      const messages = range(1000).map((n) => messageFrom(ANN, `wamid.m${n}`, textOf(`${n}`)))
      const body = updateOf(changeOf(number, { contacts: [ANN], messages }))
      assert.equal((await fake.push(numberUrl, body, number.app)).status, 200)
      const count = (): number =>
        portal.server.events.filter(
          (event) => event.type === 'message.new' && event.chat?.id === ANN.user_id,
        ).length
      await waitFor(() => count() >= 1000, 'a thousand messages at the portal')
      assert.equal(count(), 1000)
    })
  })
}
