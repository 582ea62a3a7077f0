import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { TableName } from '../../src/db/engine/tables.ts'
import { tablesWhere } from '../../src/db/engine/tables.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { CliHost } from '../helpers/cli-host.ts'
import {
  addTestPortal,
  startTestHub,
  TEST_KEY,
  type TestHub,
  type TestPortal,
} from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

/** Longer than any call to a channel may take. */
const HANGING = { delayMs: 3_600_000, times: 1000 }
const LINES = 40
const signal = new AbortController().signal

for (const store of testStores()) {
  describe(`removing a portal whose channels hang, on ${store.name}`, () => {
    it('returns in seconds, and ends the portal at once', async () => {
      await using rig = await openRig(store)
      const { hub, portal, telegram } = rig
      await rig.connect(LINES)
      telegram.fail('deleteWebhook', HANGING)
      const startedAt = performance.now()
      const removed = await rig.jumpUntil(hub.app.services.portalOperations.remove(portal.id))
      assert.deepEqual(removed, { left: LINES })
      assert.ok(performance.now() - startedAt < 8000)
      assert.equal((await failureOf(portal.hub.ping())).hubCode, 'HUB_PORTAL_DISABLED')
      await telegram.personWrites({ botId: 1000, chatId: 5, text: 'late' })
      assert.equal(portal.server.events.length, 0)
      const [listed] = await hub.app.services.portalOperations.list()
      assert.equal(listed?.switchedOff, 'removing')
      assert.equal(await hub.app.services.portalOperations.enable(portal.id), false)
    })

    it('is gone on with by the job, until nothing is left of it', async () => {
      await using rig = await openRig(store)
      const { hub, portal, telegram } = rig
      await rig.connect(3)
      telegram.fail('deleteWebhook', { status: 502, times: 5 })
      const { portalOperations, removal } = hub.app.services
      assert.deepEqual(await portalOperations.remove(portal.id), { left: 3 })
      assert.deepEqual(await removal.goOn(signal), { removed: 0, left: 1 })
      assert.deepEqual(await removal.goOn(signal), { removed: 1, left: 0 })
      assert.equal(telegram.callsOf('deleteWebhook').length, 8)
      await rig.assertNothingLeft()
      assert.deepEqual(await removal.goOn(signal), { removed: 0, left: 0 })
    })

    it('gives a channel up after ten tries, and says which line it was', async () => {
      await using rig = await openRig(store)
      const { hub, portal, telegram } = rig
      await rig.connect(1)
      telegram.fail('deleteWebhook', { status: 502, times: 1000 })
      const { portalOperations, removal } = hub.app.services
      await portalOperations.remove(portal.id)
      await hub.restart()
      for (let tries = 2; tries < 10; tries++) {
        assert.deepEqual(await hub.app.services.removal.goOn(signal), { removed: 0, left: 1 })
      }
      assert.ok(removal !== hub.app.services.removal)
      assert.deepEqual(await hub.app.services.removal.goOn(signal), { removed: 1, left: 0 })
      assert.equal(telegram.callsOf('deleteWebhook').length, 10)
      assert.match(hub.logText(), /"event":"portal.webhook-left".*"tries":10/)
      await rig.assertNothingLeft()
    })

    it('asks a channel that refuses once', async () => {
      await using rig = await openRig(store)
      await rig.connect(1)
      rig.telegram.fail('deleteWebhook', { status: 401, times: 1000 })
      const { portalOperations } = rig.hub.app.services
      assert.deepEqual(await portalOperations.remove(rig.portal.id), { left: 0 })
      assert.match(rig.hub.logText(), /"event":"portal.webhook-left"/)
      await rig.assertNothingLeft()
    })

    it('leaves the webhook of another portal that has connected the account meanwhile', async () => {
      await using rig = await openRig(store)
      const { hub, portal, telegram } = rig
      await rig.connect(1)
      telegram.fail('deleteWebhook', { status: 502, times: 1 })
      const { portalOperations, removal } = hub.app.services
      assert.deepEqual(await portalOperations.remove(portal.id), { left: 1 })
      await using other = await addTestPortal(hub)
      assert.ok((await rig.connectBot(other, 0)).ok)
      assert.deepEqual(await removal.goOn(signal), { removed: 1, left: 0 })
      assert.equal(telegram.callsOf('deleteWebhook').length, 1)
      await telegram.personWrites({ botId: 1000, chatId: 5, text: 'hello' })
      await other.server.waitForEvents(1)
    })

    it('works without a running hub, and the next one finishes', async () => {
      await using rig = await openRig(store)
      const { hub, portal, telegram } = rig
      await rig.connect(2)
      await hub.stop()
      telegram.fail('deleteWebhook', { status: 502, times: 2 })
      const { databaseUrl } = rig
      const env = {
        HUB_DATABASE_URL: databaseUrl,
        HUB_SECRET_KEY: TEST_KEY,
        HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
      }
      const removed = await cli.run(['portal', 'remove', portal.id, '--yes'], env)
      assert.equal(removed.code, 0, removed.stderr)
      assert.match(removed.stdout, /2 webhooks are still to be removed/)
      const [listed] = (await cli.json(['portal', 'list'], env)) as { state: string }[]
      assert.equal(listed?.state, 'removing')
      await using next = await startTestHub({ databaseUrl })
      assert.deepEqual(await next.app.services.removal.goOn(signal), { removed: 1, left: 0 })
      assert.deepEqual(await cli.json(['portal', 'list'], env), [])
    })
  })
}

async function openRig(store: ReturnType<typeof testStores>[number]) {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  const { databaseUrl } = database
  const hub: TestHub = stack.use(await startTestHub({ databaseUrl, clock }))
  const portal = stack.use(await addTestPortal(hub))
  const connectBot = (to: TestPortal, index: number) => connectOne(telegram, to, index)
  return {
    databaseUrl,
    telegram,
    hub,
    portal,
    connectBot,
    /** Lines of the portal, each with a bot of its own. */
    async connect(count: number): Promise<void> {
      for (let index = 0; index < count; index++) {
        assert.ok((await connectBot(portal, index)).ok)
      }
    },
    /** The hub's own limits are over at once. */
    async jumpUntil<T>(work: Promise<T>): Promise<T> {
      await waitFor(() => telegram.callsOf('deleteWebhook').length > 0)
      clock.jump(5000)
      return await work
    },
    async assertNothingLeft(): Promise<void> {
      const tables = tablesWhere(({ owner }) => owner === 'line' || owner === 'portal')
      const left: TableName[] = []
      for (const table of tables) {
        const [row] = await hub.app.services.store.rows<{ n: number }>(
          `SELECT COUNT(*) AS n FROM ${table}`,
        )
        if (Number(row?.n) > 0) left.push(table)
      }
      assert.deepEqual(left, [])
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function connectOne(telegram: FakeTelegram, portal: TestPortal, index: number) {
  const id = 1000 + index
  const token = `${id}:PLANTED-telegram-token-000000000000`
  telegram.addBot({ token, id, username: `bot_${index}`, firstName: 'Desk' })
  return await connectTelegram(portal, telegram, `line${index}`, { token })
}
