import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import type { HealthObject } from '../../src/health/health.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { createCheckScript, scriptedConnector } from '../helpers/scripted-connector.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const OLD = 'https://old.example'
const NEW = 'https://new.example'

for (const store of testStores()) {
  describe(`a hub with another public URL on ${store.name}`, () => {
    it('installs webhooks anew, names those to be entered by hand, and goes quiet', async () => {
      await using rig = await startRig(store)
      await rig.run(OLD, async (hub) => {
        await using portal = await addTestPortal(hub)
        for (const connector of ['scripted', 'manual', 'poller']) {
          const token = `${BOT_TOKEN}${connector}`
          const id = rig.nextId()
          rig.telegram.addBot({ token, id, username: connector })
          const mode = connector === 'poller' ? 'polling' : 'webhook'
          const address = {
            connector: connector === 'poller' ? 'scripted' : connector,
            line: connector,
          }
          await portal.hub.saveSettings({
            ...address,
            settings: { token, apiRoot: rig.telegram.url, mode },
          })
          const tested = await portal.hub.testConnect<{ ok: boolean }>(address)
          assert.ok(tested.ok, JSON.stringify(tested))
        }
      })
      rig.installed.length = 0
      await rig.run(NEW, async (hub) => {
        await waitFor(() => rig.installed.length === 1, 'the new address')
        assert.match(rig.installed[0] ?? '', /^https:\/\/new\.example\//)
        await waitFor(() => hub.logText().includes('public-url.moved'), 'the end of it')
        assert.match(hub.logText(), /"event":"public-url\.moving".*"lines":1/)
        assert.match(hub.logText(), /"event":"public-url\.by-hand".*manual\/manual/)
        const items = await rig.lines(hub)
        const manual = items.find(({ connector }) => connector === 'manual')?.health
        assert.deepEqual(
          [manual?.state, manual?.code, manual?.action],
          ['degraded', 'webhook_missing', 'reconnect'],
        )
        assert.match(manual?.message ?? '', /new\.example/)
        const others = items.filter(({ connector }) => connector !== 'manual')
        assert.deepEqual(
          others.map(({ health }) => health.code),
          [undefined, undefined],
        )
      })
      rig.installed.length = 0
      await rig.run(NEW, async (hub) => {
        await waitFor(() => rig.isAtWork(hub), 'the first look')
        assert.deepEqual(rig.installed, [])
        assert.doesNotMatch(hub.logText(), /"event":"public-url\.moving"/)
      })
      await rig.run(undefined, async (hub) => {
        await waitFor(() => rig.isAtWork(hub), 'the first look')
        assert.deepEqual(rig.installed, [])
      })
    })

    it('says so when a channel refuses the new address, and tries again', async () => {
      await using rig = await startRig(store)
      await rig.run(OLD, async (hub) => {
        await using portal = await addTestPortal(hub)
        await portal.hub.saveSettings({
          connector: 'scripted',
          line: '1',
          settings: { token: BOT_TOKEN, apiRoot: rig.telegram.url },
        })
        await portal.hub.testConnect({ connector: 'scripted', line: '1' })
      })
      rig.telegram.fail('setWebhook', { status: 500, body: {} })
      await rig.run(NEW, async (hub) => {
        await waitFor(() => hub.logText().includes('public-url.move-failed'), 'the failure')
        await waitFor(() => rig.isAtWork(hub), 'the check')
        rig.clock.jump(20 * 60_000)
        await waitFor(() => rig.telegram.bot(4242).webhook?.url.startsWith(NEW), 'the second try')
      })
    })
  })
}

async function startRig(store: ReturnType<typeof testStores>[number]) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const script = createCheckScript()
  const manual = createCheckScript()
  const clock = createJumpClock()
  let lastId = 9000
  return {
    telegram,
    clock,
    installed: script.installed,
    nextId: () => ++lastId,
    /** A hub for as long as `work` takes. */
    async run(
      publicUrl: string | undefined,
      work: (hub: Awaited<ReturnType<typeof startTestHub>>) => Promise<unknown>,
    ): Promise<void> {
      await using hub = await startTestHub({
        ...{ databaseUrl, clock, env: publicUrl ? { HUB_PUBLIC_URL: publicUrl } : {} },
        connectors: [
          ...connectors,
          scriptedConnector(script),
          scriptedConnector(manual, { id: 'manual', webhookInstall: false }),
        ],
      })
      await work(hub)
    },
    async lines(hub: Awaited<ReturnType<typeof startTestHub>>) {
      const { items } = await hub.app.services.lineOperations.page({ limit: 10 })
      return items.map(({ status }) => status as { connector: string; health: HealthObject })
    },
    /** The process has had all lines before it, and every one waits for its next regular check. */
    async isAtWork(hub: Awaited<ReturnType<typeof startTestHub>>): Promise<boolean> {
      const { store: db, clock: hubClock } = hub.app.services
      const rows = await db.rows('SELECT line_id FROM line_health WHERE due_at <= ?', [
        hubClock.now() + 60_000,
      ])
      return rows.length === 0
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
