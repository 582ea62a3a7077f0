import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createHub } from '../../src/client/hub.ts'
import { unparkStrays } from '../../src/db/lines/parked-lines.ts'
import { enqueueMessages, type NewOutboxMessage } from '../../src/db/outbox/enqueue.ts'
import type { FakePortal } from '../fakes/portal.ts'
import { startDeliveryRig, textsOf } from '../helpers/delivery-rig.ts'
import { startTestHub, type TestHub } from '../helpers/hub.ts'
import { failureOf, postRpc, toCall } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

/** After this every process has noticed. */
const NOTICED_MS = 6000
const HOUR_MS = 3_600_000

for (const store of testStores()) {
  describe(`a portal that is switched off, on ${store.name}`, () => {
    it('gets nothing, nothing is sent for it, and all of it goes on in order when it is on again', async () => {
      await using rig = await startDeliveryRig(store)
      const { portal, telegram, clock } = rig
      const { portalOperations } = rig.hub.app.services
      await rig.write('one')
      await portal.server.waitForPackets(1, 'events')
      assert.equal(await portalOperations.disable(portal.id), true)
      clock.jump(NOTICED_MS)
      const sent = telegram.calls.length
      await queueBehindTheHubsBack(rig.hub, 'later')
      await rig.write('two', 'three')
      for (let jumps = 0; jumps < 3; jumps++) {
        clock.jump(5 * HOUR_MS)
        await looks(rig.hub)
      }
      await rig.write('four')
      await looks(rig.hub)
      assert.equal(texts(portal.server).length, 1)
      assert.equal(telegram.calls.length, sent)
      const waiting = await rig.status()
      assert.equal(waiting.queue.depth, 3)
      assert.equal(waiting.lockout, undefined)

      assert.equal(await portalOperations.enable(portal.id), true)
      await waitFor(() => texts(portal.server).length === 4, 'everything is delivered')
      assert.deepEqual(texts(portal.server), ['one', 'two', 'three', 'four'])
      await waitFor(() => telegram.calls.length > sent, 'what was queued is sent')
    })

    it('is refused its calls with 403, and strangers learn nothing of it', async () => {
      await using rig = await startDeliveryRig(store)
      const { portal, clock } = rig
      const { portalOperations } = rig.hub.app.services
      await portalOperations.disable(portal.id)
      const failure = await failureOf(portal.hub.ping())
      assert.deepEqual(
        [failure.status, failure.code, failure.hubCode],
        [403, -32000, 'HUB_PORTAL_DISABLED'],
      )
      const stranger = { url: rig.hub.url, portal: portal.id, secret: `whsec_${'A'.repeat(43)}=` }
      const timestamp = Math.floor(clock.now() / 1000)
      const reply = await postRpc(stranger, toCall('ping'), { timestamp })
      assert.equal(reply.status, 401)
      assert.doesNotMatch(reply.text, /DISABLED/)
      await portalOperations.enable(portal.id)
      await portal.hub.ping()
    })

    it('stays off over a restart, and another process notices within 5 s', async () => {
      await using rig = await startDeliveryRig(store)
      const { portal, clock, databaseUrl } = rig
      await using other = await startTestHub({ databaseUrl, clock })
      const there = createHub<'ping'>({
        url: other.url,
        portal: portal.id,
        secret: portal.secret,
        now: clock.now,
      })
      await there.ping()
      await rig.hub.app.services.portalOperations.disable(portal.id)
      clock.jump(NOTICED_MS)
      assert.equal((await failureOf(there.ping())).hubCode, 'HUB_PORTAL_DISABLED')
      await rig.write('one')
      await rig.hub.restart()
      await looks(rig.hub)
      assert.equal(texts(portal.server).length, 0)
      await rig.hub.app.services.portalOperations.enable(portal.id)
      await waitFor(() => texts(portal.server).length === 1, 'it is delivered')
      clock.jump(NOTICED_MS)
      await there.ping()
    })

    it('keeps its lock, count and place on the ladder', async () => {
      await using rig = await startDeliveryRig(store)
      const { portal, clock } = rig
      const { portalOperations } = rig.hub.app.services
      portal.server.answer({ status: 500 })
      await rig.write('one')
      await waitFor(async () => (await rig.status()).lockout?.attempt === 1, 'it is locked')
      const before = (await rig.status()).lockout
      await portalOperations.disable(portal.id)
      for (let jumps = 0; jumps < 3; jumps++) {
        clock.jump(10 * HOUR_MS)
        await looks(rig.hub)
      }
      assert.deepEqual((await rig.status()).lockout, before)
      assert.equal((await rig.status()).deadLetters, 0)
      await portalOperations.enable(portal.id)
      await waitFor(async () => (await rig.status()).lockout?.attempt === 2, 'it is tried again')
    })

    it('is not held up by lines that were parked as it was switched on', async () => {
      await using rig = await startDeliveryRig(store)
      const { portal, clock } = rig
      const { portalOperations } = rig.hub.app.services
      await portalOperations.disable(portal.id)
      clock.jump(NOTICED_MS)
      await rig.write('one')
      await looks(rig.hub)
      await withStore(rig.databaseUrl, async (own) => {
        // The command was killed right behind its first commit.
        await own.run('UPDATE portal SET disabled_at = NULL')
        // The outbox's row is parked too where the test of the line had just woken it.
        assert.ok((await unparkStrays(own, clock.now())) >= 1)
        assert.equal(await unparkStrays(own, clock.now()), 0)
      })
      await waitFor(() => texts(portal.server).length === 1, 'it is delivered')
    })

    it('costs the look for due lines nothing, and leaves none due', async () => {
      await using rig = await startDeliveryRig(store)
      const { portal, databaseUrl } = rig
      await rig.hub.app.services.portalOperations.disable(portal.id)
      rig.clock.jump(NOTICED_MS)
      await rig.write('one', 'two')
      await looks(rig.hub)
      await withStore(databaseUrl, async (own) => {
        const due = await own.rows('SELECT * FROM inbox_line WHERE due_at < ?', [1e14])
        const held = await own.rows('SELECT * FROM inbox_line WHERE owner IS NOT NULL')
        assert.deepEqual([due.length, held.length], [0, 0])
      })
    })

    it('says no of a portal that is not there', async () => {
      await using rig = await startDeliveryRig(store)
      const { portalOperations } = rig.hub.app.services
      assert.equal(await portalOperations.disable('prt_nobody'), false)
      assert.equal(await portalOperations.enable('prt_nobody'), false)
    })
  })
}

/** Of messages alone: statuses come among them. */
function texts(server: FakePortal): (string | undefined)[] {
  return textsOf(server.events).filter((text) => text !== undefined)
}

/** What waits is made due, and some process has seen that and left it. */
async function looks(hub: TestHub): Promise<void> {
  const { store } = hub.app.services
  for (const table of ['inbox_line', 'outbox_line']) {
    await store.run(`UPDATE ${table} SET due_at = 1 WHERE owner IS NULL AND due_at IS NOT NULL`)
    const unparked = `SELECT line_id FROM ${table} WHERE due_at < 1e14 OR owner IS NOT NULL`
    await waitFor(async () => (await store.rows(unparked)).length === 0, `${table} is parked`)
  }
}

/** A message that was queued before the portal was switched off, or by a process that hadn't noticed. */
async function queueBehindTheHubsBack({ app }: TestHub, text: string): Promise<void> {
  const { store, clock } = app.services
  const [line] = await store.rows<{ id: number }>('SELECT id FROM line')
  const payload = JSON.stringify({ message: { text }, format: { text: 'plain', emoji: 'unicode' } })
  const message = { lineId: line?.id ?? 0, chatId: '55', kind: 'send', lane: 'dialogue', payload }
  await enqueueMessages(store, [message as NewOutboxMessage], clock.now())
}
