import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { FakeGraph } from '../fakes/graph.ts'
import type { FakeApp } from '../fakes/graph-model.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import {
  INSTAGRAM,
  META_APP,
  metaSettings,
  PAGE,
  PERSON,
  startFakeMeta,
} from '../helpers/meta-kit.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import type { TestResultShape } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ACCOUNT = { facebook: PAGE.id, instagram: INSTAGRAM.id }
const OTHER = { sender: { id: '7002' } }
const [sqlite] = testStores()

for (const kind of testStores()) {
  describe(`a message whose answer was lost, on ${kind.name}`, () => {
    it('is not sent again when its echo has come, and counts as sent', async () => {
      await using stack = new AsyncDisposableStack()
      const database = stack.use(await kind.open())
      const graph = stack.use(await startFakeMeta())
      const clock = createJumpClock()
      const hub = stack.use(await startTestHub({ databaseUrl: database.databaseUrl, clock }))
      const portal = stack.use(await addTestPortal(hub))
      const line = { connector: 'facebook', line: '7' }
      await portal.hub.saveSettings({ ...line, settings: metaSettings('page', graph.url) })
      const tested = await portal.hub.testConnect<TestResultShape>(line)
      const app = graph.apps.get(META_APP.id) as FakeApp
      const posts = () =>
        graph.calls.filter(({ method, path }) => method === 'POST' && path === 'me/messages')
      graph.fail('/messages', { isDone: true, reset: true })
      const { id: out } = await portal.hub.sendMessage<{ id: string }>({
        ...line,
        chat: { id: PERSON },
        message: { text: 'hello' },
      })
      await waitFor(() => posts().length === 1, 'the send')
      for (const [mid, metadata] of [
        ['m_sent1', `hub:${out}/1`],
        // Of another line, or of another hub: nobody here has sent it.
        ['m_strange', 'hub:out_00000000000z9/1'],
      ]) {
        const item = {
          sender: { id: PAGE.id },
          recipient: { id: PERSON },
          timestamp: clock.now(),
          message: { mid, text: 'hello', is_echo: true, app_id: Number(META_APP.id), metadata },
        }
        const body = { object: 'page', entry: [{ id: PAGE.id, time: 1, messaging: [item] }] }
        assert.equal((await graph.push(tested.status.webhookUrl, body, app)).status, 200)
      }
      await waitFor(async () => {
        clock.jump(1000)
        return portal.server.events.length > 0
      }, 'the status')
      const [event] = portal.server.events as unknown as Record<string, unknown>[]
      assert.deepEqual(
        [event?.['type'], event?.['status'], event?.['messageIds'], event?.['out']],
        ['message.status', 'sent', ['m_sent1'], out],
      )
      assert.equal(posts().length, 1)
      assert.equal(portal.server.events.length, 1)
    })
  })
}

for (const connector of ['facebook', 'instagram'] as const) {
  describe(`what ${connector} tells of messages from the account`, () => {
    const object = connector === 'facebook' ? 'page' : 'instagram'
    const account = ACCOUNT[connector]
    const line = { connector, line: '7' }
    let database: OpenStore
    let hub: TestHub
    let graph: FakeGraph
    let portal: TestPortal
    let app: FakeApp
    let url: string

    beforeEach(async () => {
      assert.ok(sqlite)
      database = await sqlite.open()
      graph = await startFakeMeta()
      app = graph.apps.get(META_APP.id) as FakeApp
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      await portal.hub.saveSettings({ ...line, settings: metaSettings(object, graph.url) })
      const tested = await portal.hub.testConnect<TestResultShape>(line)
      assert.ok(tested.ok, JSON.stringify(tested))
      url = tested.status.webhookUrl
    })
    afterEach(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await graph[Symbol.asyncDispose]()
      await database.dispose()
    })

    async function post(item: object): Promise<void> {
      const body = { object, entry: [{ id: account, time: 1, messaging: [item] }] }
      assert.deepEqual(await graph.push(url, body, app), { status: 200, body: '' })
    }

    function echo(mid: string, text: string, more: object = {}): object {
      return {
        sender: { id: account },
        recipient: { id: PERSON },
        timestamp: Date.now(),
        message: { mid, text, is_echo: true, ...more },
      }
    }

    function toAccount(more: object): object {
      return { sender: { id: PERSON }, recipient: { id: account }, timestamp: Date.now(), ...more }
    }

    async function sendHello(): Promise<string> {
      const chat = { id: PERSON }
      const { id } = await portal.hub.sendMessage<{ id: string }>({
        ...line,
        chat,
        message: { text: 'hello' },
      })
      return id
    }

    function statuses(): string[] {
      return portal.server.events.flatMap((event) =>
        event.type === 'message.status' ? [String((event as { status?: unknown }).status)] : [],
      )
    }

    async function reaches(...expected: string[]): Promise<void> {
      await waitFor(() => statuses().length >= expected.length, `${expected} at the portal`)
      assert.deepEqual(statuses(), expected)
    }

    it('an echo that overtakes the answer to its own send is no message', async () => {
      let overtaking: Promise<void> | undefined
      graph.fail('/messages', {
        // What another person writes next comes through: by then the echo has arrived too, and waits.
        async before() {
          overtaking = post(echo('m_sent1', 'hello'))
          await post({ ...toAccount({ message: { mid: 'm_1', text: 'meanwhile' } }), ...OTHER })
          await waitFor(() => news().length > 0, 'the message of another person')
        },
      })
      await sendHello()
      await reaches('sent')
      await overtaking
      await post(echo('m_sent1', 'hello'))
      await post(toAccount({ message: { mid: 'm_last', text: 'end' } }))
      await waitFor(() => news().length > 1, 'the message of a person')
      assert.deepEqual(news(), ['meanwhile', 'end'])
    })

    it('what a person answers in the inbox is an outgoing message', async () => {
      await post(echo('m_inbox', 'from the inbox', { app_id: 263902037430900 }))
      const [event] = await portal.server.waitForEvents(1)
      const { type, message } = event as { type: string; message?: { outgoing?: boolean } }
      assert.deepEqual([type, message?.outgoing], ['message.new', true])
    })

    it('a delivery or a reading covers all that was sent until then, once', async () => {
      const first = await sendHello()
      await reaches('sent')
      const second = await sendHello()
      await reaches('sent', 'sent')
      const read = connector === 'facebook' ? { watermark: Date.now() } : { mid: 'm_sent2' }
      await post(toAccount({ read }))
      await waitFor(() => statuses().length === 4, 'both read')
      await post(toAccount({ delivery: { watermark: Date.now() } }))
      await post(toAccount({ message: { mid: 'm_last', text: 'end' } }))
      await waitFor(() => news().length > 0, 'the message of a person')
      assert.deepEqual(statuses(), ['sent', 'sent', 'read', 'read'])
      const outs = portal.server.events.slice(2, 4).map((event) => (event as { out?: string }).out)
      assert.deepEqual(outs.sort(), [first, second].sort())
    })

    it('a status of messages that the hub does not know is passed on or says nothing', async () => {
      await post(toAccount({ delivery: { watermark: Date.now(), mids: ['m_unknown'] } }))
      await reaches('delivered')
      await post(toAccount({ read: { watermark: Date.now() } }))
      await reaches('delivered')
    })

    it('nobody is told as noAccount, a closed window as outside_window', async () => {
      const chat = { id: '404' }
      await portal.hub.sendMessage({ ...line, chat, message: { text: 'hello' } })
      await reaches('noAccount')
      const body = { error: { message: 'closed', code: 10, error_subcode: 2018278 } }
      graph.fail('/messages', { status: 400, body })
      await sendHello()
      await reaches('noAccount', 'failed')
      const { error } = portal.server.events.at(-1) as { error?: { code: string } }
      assert.equal(error?.code, 'outside_window')
    })

    it("a person's picture has the same link from message to message, and it opens", async () => {
      const bytes = Buffer.from('a picture')
      graph.files.set('/ann.jpg', bytes)
      graph.people.set(PERSON, { fields: { name: 'Ann', profile_pic: `${graph.url}/ann.jpg` } })
      await post(toAccount({ message: { mid: 'm_1', text: 'one' } }))
      await hub.restart()
      const { searchParams } = new URL(url)
      url = `${hub.url}/webhook?${searchParams}`
      await post(toAccount({ message: { mid: 'm_2', text: 'two' } }))
      const events = await portal.server.waitForEvents(2)
      const [first, second] = events.map((event) => pictureOf(event))
      assert.ok(first)
      assert.equal(new URL(first).pathname, new URL(second ?? '').pathname)
      const answer = await fetch(second ?? '')
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes)
    })

    it('people come with their names, and a failed look-up costs no message', async () => {
      await post(toAccount({ message: { mid: 'm_1', text: 'one' } }))
      const stranger = {
        ...toAccount({ message: { mid: 'm_2', text: 'two' } }),
        sender: { id: '405' },
      }
      await post(stranger)
      const events = await portal.server.waitForEvents(2)
      const users = events.map((event) => (event as { user?: { name?: string } }).user?.name)
      assert.deepEqual(users, ['Ann', undefined])
    })

    function news(): unknown[] {
      return portal.server.events.flatMap((event) =>
        event.type === 'message.new'
          ? [(event as { message?: { text?: string } }).message?.text]
          : [],
      )
    }
  })
}

function pictureOf(event: object): string | undefined {
  return (event as { user?: { picture?: { url: string } } }).user?.picture?.url
}
