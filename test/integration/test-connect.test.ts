import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import type { Answer } from '../fakes/portal-answer.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
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
const PORTAL_TIMEOUT_MS = 300

interface Bench extends AsyncDisposable {
  readonly database: OpenStore
  readonly telegram: FakeTelegram
  readonly hub: TestHub
  readonly portal: TestPortal
  status(line?: string): Promise<StatusShape>
}

const [sqlite] = testStores()

async function open(store = sqlite): Promise<Bench> {
  assert.ok(store)
  const database = await store.open()
  const telegram = await startTelegramWithBot()
  const env = { HUB_PORTAL_TIMEOUT_MS: String(PORTAL_TIMEOUT_MS) }
  const hub = await startTestHub({ databaseUrl: database.databaseUrl, env })
  const portal = await addTestPortal(hub)
  return {
    database,
    telegram,
    hub,
    portal,
    status: (line = '12') => portal.hub.getStatus<StatusShape>({ ...LINE, line }),
    async [Symbol.asyncDispose]() {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
      await database.dispose()
    },
  }
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  assert.ok(address && typeof address === 'object')
  return address.port
}

interface FailedTest {
  readonly ok: boolean
  readonly channel: { readonly error?: { readonly code: string } }
}

describe('testConnect: the channel', () => {
  it('refuses the token: a result that names the field, and no webhook is set', async () => {
    await using bench = await open()
    const { portal, telegram } = bench
    const tested = await connectTelegram(portal, telegram, '12', { token: '4242:wrong' })
    assert.equal(tested.ok, false)
    assert.equal(tested.channel.ok, false)
    assert.deepEqual(
      [tested.channel.error?.code, tested.channel.error?.field],
      ['HUB_CHANNEL_REFUSED', 'token'],
    )
    assert.equal(tested.portal.ok, true)
    assert.equal(tested.webhookInstalled, false)
    assert.equal(tested.status.status, 'saved')
    assert.deepEqual(telegram.callsOf('setWebhook'), [])
  })

  it('is not reachable, breaks off, or is broken', async () => {
    await using bench = await open()
    const { portal, telegram } = bench
    const apiRoot = `http://127.0.0.1:${await closedPort()}`
    const tests = [await connectTelegram(portal, telegram, '12', { apiRoot })]
    for (const fault of [{ reset: true }, { status: 502, body: '<html>' }, { status: 429 }]) {
      telegram.fail('getMe', fault)
      tests.push(await connectTelegram(portal, telegram))
    }
    for (const tested of tests) {
      assert.deepEqual([tested.ok, tested.channel.ok, tested.portal.ok], [false, false, true])
      assert.equal(tested.channel.error?.code, 'HUB_CHANNEL_UNREACHABLE')
      assert.equal(tested.status.status, 'saved')
    }
    assert.equal(tests[0]?.channel.error?.field, 'apiRoot')
  })

  it('refuses the webhook: not connected, and the line that holds the bot keeps it', async () => {
    await using bench = await open()
    const { portal, telegram } = bench
    assert.ok((await connectTelegram(portal, telegram)).ok)
    const body = { ok: false, error_code: 400, description: 'Bad Request: bad webhook: no IPv4' }
    telegram.fail('setWebhook', { status: 400, body })
    const tested = await connectTelegram(portal, telegram, 'second')
    assert.deepEqual([tested.ok, tested.channel.ok, tested.webhookInstalled], [false, false, false])
    assert.equal(tested.channel.error?.code, 'HUB_CHANNEL_REFUSED')
    assert.equal(tested.status.status, 'saved')
    assert.equal((await bench.status()).status, 'connected')
    const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: 'still here' })
    assert.deepEqual(pushed, { queued: false, status: 200, body: '' })
    await portal.server.waitForEvents(1)
  })
})

describe('testConnect: settings that change while they are tested', () => {
  it('connect nothing, and leave the webhook with the line that holds the bot', async () => {
    await using bench = await open()
    const { portal, telegram } = bench
    const first = await connectTelegram(portal, telegram)
    const settings = { token: BOT_TOKEN, apiRoot: telegram.url }
    portal.server.answer(async ({ body }) => {
      await portal.hub.saveSettings({ ...LINE, line: 'second', settings })
      return { body: { challenge: body.challenge } }
    }, 'connection.test')
    const tested = await connectTelegram(portal, telegram, 'second')
    assert.deepEqual([tested.ok, tested.status.status], [false, 'saved'])
    assert.equal((await bench.status()).status, 'connected')
    assert.equal(telegram.bot(BOT_ID).webhook?.url, first.status.webhookUrl)
    const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: 'still here' })
    assert.deepEqual(pushed, { queued: false, status: 200, body: '' })
    await portal.server.waitForEvents(1)
  })
})

describe('testConnect: the portal', () => {
  const answers: [name: string, answer: Answer][] = [
    ['answers with another challenge', { body: { challenge: 'other' } }],
    ['answers without a challenge', { body: {} }],
    ['answers with text', { body: 'ok' }],
    ['answers 204', { status: 204 }],
    ['answers 500', { status: 500 }],
    ['answers 401', { status: 401 }],
    ['never answers', { fault: 'silence' }],
    ['breaks off', { fault: 'reset' }],
    ['breaks off in the middle', { fault: 'half', body: { challenge: 'x' } }],
    ['speaks no HTTP', { fault: 'garbage' }],
    ['answers with 300 KiB', { body: 'x'.repeat(300 * 1024) }],
  ]

  for (const [name, answer] of answers) {
    it(`${name}: told, and the line is not connected`, async () => {
      await using bench = await open()
      const { portal, telegram } = bench
      portal.server.answer(answer, 'connection.test')
      await refuses(bench, await connectTelegram(portal, telegram))
    })
  }

  it('is down: told, and the line is not connected', async () => {
    await using bench = await open()
    await bench.portal.server.stop()
    await refuses(bench, await connectTelegram(bench.portal, bench.telegram))
  })

  it('redirects: not followed', async () => {
    await using bench = await open()
    await using elsewhere = await addTestPortal(bench.hub)
    elsewhere.server.secrets = [bench.portal.secret]
    for (const status of [301, 302, 307, 308]) {
      const answer = { status, redirect: elsewhere.server.url }
      bench.portal.server.answer(answer, 'connection.test')
      await refuses(bench, await connectTelegram(bench.portal, bench.telegram))
    }
    assert.deepEqual([...elsewhere.server.packets, ...elsewhere.server.refused], [])
  })

  it('does not know its secret: told, and the line is not connected', async () => {
    await using bench = await open()
    bench.portal.server.secrets = ['whsec_AAAA']
    await refuses(bench, await connectTelegram(bench.portal, bench.telegram))
  })

  async function refuses(
    { telegram }: Bench,
    tested: Awaited<ReturnType<typeof connectTelegram>>,
  ): Promise<void> {
    assert.deepEqual([tested.ok, tested.channel.ok, tested.portal.ok], [false, true, false])
    assert.equal(tested.portal.error?.code, 'HUB_PORTAL_UNREACHABLE')
    assert.equal(tested.status.status, 'saved')
    assert.equal(tested.webhookInstalled, false)
    assert.deepEqual(telegram.callsOf('setWebhook'), [])
    const { webhookUrl } = tested.status
    const headers = { 'content-type': 'application/json' }
    assert.equal((await send(webhookUrl, { headers, body: '{}' })).status, 409)
  }

  it('and the channel both fail: both are told', async () => {
    await using bench = await open()
    bench.portal.server.answer({ status: 500 }, 'connection.test')
    const settings = { token: '4242:wrong' }
    const tested = await connectTelegram(bench.portal, bench.telegram, '12', settings)
    assert.equal(tested.ok, false)
    assert.equal(tested.channel.error?.code, 'HUB_CHANNEL_REFUSED')
    assert.equal(tested.portal.error?.code, 'HUB_PORTAL_UNREACHABLE')
  })

  it('failing again later leaves a connected line as it was', async () => {
    await using bench = await open()
    assert.ok((await connectTelegram(bench.portal, bench.telegram)).ok)
    bench.portal.server.answer({ status: 500 }, 'connection.test')
    const tested = await bench.portal.hub.testConnect<{ ok: boolean }>(LINE)
    assert.equal(tested.ok, false)
    assert.equal((await bench.status()).status, 'connected')
  })
})

for (const store of testStores()) {
  describe(`polling instead of a webhook, on ${store.name}`, () => {
    it('takes the webhook away, fetches updates, and goes on where it was after a restart', async () => {
      await using bench = await open(store)
      const { portal, telegram, hub } = bench
      assert.ok((await connectTelegram(portal, telegram)).webhookInstalled)
      const tested = await connectTelegram(portal, telegram, '12', { mode: 'polling' })
      assert.deepEqual([tested.ok, tested.webhookInstalled], [true, false])
      assert.equal(telegram.bot(BOT_ID).webhook, undefined)
      const write = (text: string) => telegram.personWrites({ botId: BOT_ID, chatId: 5, text })
      await write('one')
      await write('two')
      await portal.server.waitForEvents(2)
      await waitFor(
        () => telegram.callsOf('getUpdates').at(-1)?.params['offset'] === 1003,
        'the fetched updates to be confirmed',
      )
      await hub.restart()
      const asked = telegram.callsOf('getUpdates').length
      await write('three')
      const events = await portal.server.waitForEvents(3)
      assert.deepEqual(
        events.map(({ message }) => message?.text),
        ['one', 'two', 'three'],
      )
      assert.equal(telegram.callsOf('getUpdates')[asked]?.params['offset'], 1003)
    })

    it('is done by one of two hub processes, and by the other when that one stops', async () => {
      await using bench = await open(store)
      const { portal, telegram, hub, database } = bench
      await using second = await startTestHub({ databaseUrl: database.databaseUrl })
      assert.ok((await connectTelegram(portal, telegram, '12', { mode: 'polling' })).ok)
      const write = (text: string) => telegram.personWrites({ botId: BOT_ID, chatId: 5, text })
      await write('first')
      await portal.server.waitForEvents(1)
      await waitFor(() => telegram.callsOf('getUpdates').length >= 2, 'the next poll to wait')
      await hub.stop()
      await write('second')
      const events = await portal.server.waitForEvents(2, 15_000)
      assert.deepEqual(
        events.map(({ message }) => message?.text),
        ['first', 'second'],
      )
      // Telegram answers 409 to the older of two pollers: nobody was ever told so.
      assert.doesNotMatch(hub.logText() + second.logText(), /terminated by other getUpdates/)
    })
  })

  describe(`disconnect on ${store.name}`, () => {
    async function openLocked(): Promise<Bench> {
      const bench = await open(store)
      const { portal, telegram } = bench
      assert.ok((await connectTelegram(portal, telegram)).ok)
      portal.server.answer({ status: 500 })
      for (const text of ['one', 'two']) {
        await telegram.personWrites({ botId: BOT_ID, chatId: 5, text })
      }
      await waitFor(async () => (await bench.status()).lockout, 'the line to be locked')
      return bench
    }

    it('removes the webhook, settings, identity and queue', async () => {
      await using bench = await openLocked()
      const { portal, telegram } = bench
      assert.equal((await bench.status()).queue.depth, 2)
      assert.deepEqual(await portal.hub.disconnect(LINE), { ok: true })
      assert.equal(telegram.bot(BOT_ID).webhook, undefined)
      const status = await bench.status()
      assert.deepEqual(
        [status.status, status.identity, status.queue, status.lockout],
        ['disconnected', undefined, { depth: 0 }, undefined],
      )
      const { settings } = await portal.hub.getSettings<{ settings: object }>(LINE)
      assert.deepEqual(settings, { token: null })
      const tested = await portal.hub.testConnect<FailedTest>(LINE)
      assert.equal(tested.ok, false)
      assert.equal(tested.channel.error?.code, 'HUB_LINE_NOT_CONNECTED')
      portal.server.answer()
      assert.equal((await connectTelegram(portal, telegram)).displaced, undefined)
      await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: 'three' })
      const events = await portal.server.waitForEvents(1)
      assert.deepEqual(
        events.map(({ message }) => message?.text),
        ['three'],
      )
    })

    it('with purge:false keeps the queue, which still reaches the portal in order', async () => {
      await using bench = await openLocked()
      const { portal } = bench
      await portal.hub.disconnect({ ...LINE, purge: false })
      portal.server.answer()
      await portal.hub.retryNow(LINE)
      const events = await portal.server.waitForEvents(2)
      assert.deepEqual(
        events.map(({ message }) => message?.text),
        ['one', 'two'],
      )
      assert.equal((await bench.status()).status, 'disconnected')
    })

    it("leaves a webhook alone that is another line's, whatever token was saved last", async () => {
      await using bench = await open(store)
      const { portal, telegram } = bench
      const token = '77:second-bot'
      telegram.addBot({ token, id: 77 })
      const holder = await connectTelegram(portal, telegram, 'holder', { token })
      assert.ok((await connectTelegram(portal, telegram)).ok)
      await portal.hub.saveSettings({ ...LINE, settings: { token, apiRoot: telegram.url } })
      await portal.hub.disconnect(LINE)
      assert.equal((await bench.status('holder')).status, 'connected')
      assert.equal(telegram.bot(77).webhook?.url, holder.status.webhookUrl)
    })

    it('is done also when the channel cannot be reached, and twice', async () => {
      await using bench = await openLocked()
      const { portal, telegram } = bench
      telegram.fail('deleteWebhook', { reset: true })
      assert.deepEqual(await portal.hub.disconnect(LINE), { ok: true })
      assert.deepEqual(await portal.hub.disconnect(LINE), { ok: true })
      assert.equal((await bench.status()).status, 'disconnected')
      const failed = bench.hub.logText().includes('"event":"line.uninstall-failed"')
      assert.ok(failed)
      assert.ok(!bench.hub.logText().includes(BOT_TOKEN))
    })
  })
}
