import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { telegram as descriptor } from '../../connectors/telegram/index.ts'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  type StatusShape,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'
import { nothingUnderWay } from '../helpers/under-way.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }
const RACES = 100

async function startTwoPortals(store: TestStore) {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const { databaseUrl } = database
  // Two hubs over one MariaDB; an embedded store has one process.
  const hub = stack.use(await startTestHub({ databaseUrl }))
  const other = store.name === 'mariadb' ? stack.use(await startTestHub({ databaseUrl })) : hub
  const first = stack.use(await addTestPortal(hub))
  const second = stack.use(await addTestPortal(other))
  return { telegram, hub, first, second, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Telegram, as if this were its own address. */
function withDefault(apiRoot: string): ConnectorDescriptor {
  const fields = descriptor.fields.map((field) =>
    field.key === 'apiRoot' ? { ...field, default: apiRoot } : field,
  )
  return { ...(descriptor as ConnectorDescriptor), fields }
}

function hashOf(webhookUrl: string): string | null | undefined {
  return URL.parse(webhookUrl)?.searchParams.get('hash')
}

for (const store of testStores()) {
  describe(`uniqueness on ${store.name}`, () => {
    it('a successful test displaces the line that held the bot, and its portal is told', async () => {
      await using rig = await startTwoPortals(store)
      const { first, second, telegram } = rig
      assert.equal((await connectTelegram(first, telegram)).displaced, undefined)
      const [{ webhookUrl: oldUrl }] = await first.hub.listLines<[StatusShape]>()
      first.server.answer({ status: 500 })
      await telegram.personWrites({ botId: BOT_ID, chatId: 1, text: 'for the first' })
      await first.server.waitForPackets(1, 'events')
      const tested = await connectTelegram(second, telegram)
      assert.equal(tested.ok, true)
      assert.equal(tested.displaced, true)
      assert.equal(tested.status.status, 'connected')
      const [notice] = await first.server.waitForPackets(1, 'connector.deactivated')
      const body = notice?.body as unknown as Record<string, unknown>
      assert.equal(body['reason'], 'displaced')
      assert.equal(body['line'], '12')
      assert.equal(body['by'], undefined)
      assert.doesNotMatch(JSON.stringify(body), new RegExp(second.id))
      await nothingUnderWay(rig.hub)
      const [status] = await first.hub.listLines<[StatusShape]>()
      assert.equal(status.status, 'displaced')
      assert.equal(status.queue.depth, 0)
      assert.equal(status.identity, undefined)
      const { settings } = await first.hub.getSettings<{ settings: object }>(LINE)
      assert.deepEqual(settings, { token: null })
      const late = await fetch(oldUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      assert.equal(late.status, 409)
      const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 1, text: 'now' })
      assert.deepEqual(pushed, { queued: false, status: 200, body: '' })
      await second.server.waitForEvents(1)
      assert.equal(first.server.events.length, 0)
    })

    it('the notice waits for a portal that is down, like any packet', async () => {
      await using rig = await startTwoPortals(store)
      const { first, second, telegram } = rig
      await connectTelegram(first, telegram)
      first.server.answer([{ status: 500 }], 'connector.deactivated')
      await connectTelegram(second, telegram)
      await first.server.waitForPackets(1, 'connector.deactivated')
      await waitFor(async () => {
        const [status] = await first.hub.listLines<[StatusShape]>()
        return first.server.packets.filter((p) => p.body.type === 'connector.deactivated')
          .length === 2
          ? status
          : undefined
      }, 'the notice to come again after a sign of life')
    })

    it('a line that is tested again keeps its bot and displaces nobody', async () => {
      await using rig = await startTwoPortals(store)
      const { first, telegram } = rig
      await connectTelegram(first, telegram)
      const again = await first.hub.testConnect<{ ok: boolean; displaced?: true }>(LINE)
      assert.equal(again.ok, true)
      assert.equal(again.displaced, undefined)
    })

    it('a failed test takes nothing from the line that holds the bot', async () => {
      await using rig = await startTwoPortals(store)
      const { first, second, telegram } = rig
      await connectTelegram(first, telegram)
      second.server.answer({ status: 500 }, 'connection.test')
      assert.equal((await connectTelegram(second, telegram)).ok, false)
      const [status] = await first.hub.listLines<[StatusShape]>()
      assert.equal(status.status, 'connected')
    })

    it('a displaced line can be saved and connected again, and displaces in turn', async () => {
      await using rig = await startTwoPortals(store)
      const { first, second, telegram } = rig
      await connectTelegram(first, telegram)
      await connectTelegram(second, telegram)
      const back = await connectTelegram(first, telegram)
      assert.equal(back.displaced, true)
      await telegram.personWrites({ botId: BOT_ID, chatId: 1, text: 'back' })
      await first.server.waitForEvents(1)
    })

    it("another portal's bot is not taken by what an address of one's own choosing says", async () => {
      await using rig = await startTwoPortals(store)
      await using pretender = await startTelegramWithBot()
      const { first, second, telegram } = rig
      await connectTelegram(first, telegram)
      const tested = await connectTelegram(second, pretender)
      assert.equal(tested.ok, false)
      assert.equal(tested.channel.error?.code, 'HUB_CHANNEL_REFUSED')
      assert.doesNotMatch(JSON.stringify(tested), new RegExp(first.id))
      const [status] = await first.hub.listLines<[StatusShape]>()
      assert.equal(status.status, 'connected')
      const moved = await connectTelegram(first, pretender, '13')
      assert.equal(moved.displaced, true, "a portal's own line goes to another address")
    })

    it("a bot that somebody's own address has vouched for goes to whom the channel names", async () => {
      await using telegram = await startTelegramWithBot()
      await using pretender = await startTelegramWithBot()
      await using database = await store.open()
      const { databaseUrl } = database
      const real = withDefault(telegram.url)
      await using hub = await startTestHub({ databaseUrl, connectors: [real] })
      await using first = await addTestPortal(hub)
      await using second = await addTestPortal(hub)
      assert.equal((await connectTelegram(first, pretender)).ok, true)
      const taken = await connectTelegram(second, telegram)
      assert.equal(taken.displaced, true)
      assert.equal((await connectTelegram(first, pretender)).ok, false)
    })

    it(`of two portals that race for one bot exactly one is connected, ${RACES} times`, async () => {
      await using rig = await startTwoPortals(store)
      const { first, second, telegram } = rig
      const wins = new Map<string, number>()
      for (let race = 0; race < RACES; race++) {
        const settings = { token: BOT_TOKEN, apiRoot: telegram.url }
        await Promise.all([
          first.hub.saveSettings({ ...LINE, settings }),
          second.hub.saveSettings({ ...LINE, settings }),
        ])
        const results = await Promise.all([
          first.hub.testConnect<{ ok: boolean }>(LINE),
          second.hub.testConnect<{ ok: boolean }>(LINE),
        ])
        // One that is displaced while its own test is still running is told so; the other one has won.
        assert.ok(
          results.some(({ ok }) => ok),
          JSON.stringify(results),
        )
        const [[a], [b]] = await Promise.all([
          first.hub.listLines<[StatusShape]>(),
          second.hub.listLines<[StatusShape]>(),
        ])
        assert.deepEqual([a.status, b.status].sort(), ['connected', 'displaced'], `race ${race}`)
        const winner = a.status === 'connected' ? a : b
        wins.set(winner.webhookUrl, (wins.get(winner.webhookUrl) ?? 0) + 1)
        // The two hubs listen at addresses of their own; the hash is what names the line.
        const installed = telegram.bot(BOT_ID).webhook?.url ?? ''
        assert.equal(hashOf(installed), hashOf(winner.webhookUrl), `race ${race}`)
      }
      assert.equal(
        [...wins.values()].reduce((sum, count) => sum + count, 0),
        RACES,
      )
    })
  })
}
