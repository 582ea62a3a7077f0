import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DeliveryRig, startDeliveryRig, textsOf } from '../helpers/delivery-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_TOKEN } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }

interface Letters {
  readonly items: readonly {
    readonly event: { readonly id: string }
    readonly reason: string
  }[]
  readonly cursor?: string
}

/** The messages come while the portal is away, and the hub has noted that it is: its lock is counted from then. */
async function waitWhileAway(rig: DeliveryRig, ...texts: readonly string[]): Promise<void> {
  await rig.portal.server.stop()
  await rig.write(...texts)
  await waitFor(async () => (await rig.status()).lockout, 'a lockout')
}

for (const store of testStores()) {
  describe(`answers to packets on ${store.name}`, () => {
    it('a packet verifies, names its line and holds its events in order of arrival', async () => {
      await using rig = await startDeliveryRig(store)
      await waitWhileAway(rig, '1', '2', '3')
      await rig.portal.server.start()
      rig.clock.jump(15_000)
      const events = await rig.portal.server.waitForEvents(3)
      const ids = events.map(({ id }) => id)
      assert.deepEqual(ids, [...ids].sort(), 'ids sort by arrival')
      assert.equal(new Set(ids).size, 3)
      const packet = rig.portal.server.packets.at(-1)
      assert.equal(packet?.body.portal, rig.portal.id)
      assert.equal(packet?.body.connector, 'telegram')
      assert.equal(packet?.body.line, '12')
      assert.equal(packet?.headers['webhook-id'], packet?.body.id)
      assert.equal(rig.portal.server.refused.length, 0)
      assert.deepEqual([...rig.portal.server.mostAtOnce.values()], [1])
    })

    it('any 2xx without the known keys accepts all', async () => {
      for (const body of ['', 'OK', '<html>', '{"status":"fine"}', '{"accepted":true}', '[1]']) {
        await using rig = await startDeliveryRig(store)
        rig.portal.server.answer({ status: 201, body })
        await rig.write('1')
        await waitFor(async () => (await rig.status()).queue.depth === 0, `${body} to accept`)
        assert.equal((await rig.status()).deadLetters, 0)
      }
    })

    it('of a strict portal only a JSON answer that names what was accepted counts', async () => {
      await using rig = await startDeliveryRig(store)
      const { portalOperations } = rig.hub.app.services
      await portalOperations.edit(rig.portal.id, { settings: { ack: 'strict' } })
      const page = '<b>Fatal error</b>: Uncaught Error in /crm/hub.php'
      for (const body of ['', page, '{"status":"fine"}', '{"accepted":"all"}', '[1]']) {
        rig.portal.server.answer({ status: 200, body })
        await rig.write('1')
        await waitFor(
          async () => (await rig.status()).lockout !== undefined,
          () => `${body} to fail`,
        )
        const status = await rig.status()
        assert.equal(status.queue.depth, 1)
        assert.match(status.lockout?.lastError ?? '', /^HTTP 200 without a JSON list "accepted"/)
        rig.portal.server.answer(({ body: packet }) => ({
          body: { accepted: (packet.events ?? []).map(({ id }) => id) },
        }))
        await rig.portal.hub.retryNow(LINE)
        await waitFor(async () => (await rig.status()).queue.depth === 0, 'an empty queue')
      }
      rig.portal.server.answer({ status: 202, body: { ack: 'later' } })
      await rig.write('2')
      await waitFor(() => rig.portal.server.packets.at(-1)?.body.events?.length === 1, 'a packet')
      assert.equal((await rig.status()).lockout, undefined)
    })

    it('lists: accepted leave, rejected become dead letters, the rest comes again', async () => {
      await using rig = await startDeliveryRig(store)
      await waitWhileAway(rig, '0', '1', '2', '3')
      let isListed = false
      rig.portal.server.answer(({ body }) => {
        const [first, second] = body.events ?? []
        if (isListed || body.events?.length !== 2) return {}
        isListed = true
        return {
          body: {
            accepted: [first?.id, 'evt_unknown'],
            rejected: [
              { id: 'evt_00000000000000', reason: 'unknown' },
              { id: second?.id, reason: 'bad' },
            ],
          },
        }
      })
      await rig.portal.server.start()
      rig.clock.jump(15_000)
      await waitFor(async () => (await rig.status()).queue.depth === 0, 'an empty queue')
      const letters = await rig.portal.hub.listDeadLetters<Letters>(LINE)
      assert.equal(letters.items.length, 1)
      assert.equal(letters.items[0]?.reason, 'bad')
      assert.deepEqual(textsOf(rig.portal.server.events), ['0', '1', '3'])
    })

    it('the reason of a rejection is kept and logged without the secrets of line and portal', async () => {
      await using rig = await startDeliveryRig(store)
      const { secret } = rig.portal
      rig.portal.server.answer(({ body }) => ({
        body: {
          accepted: [],
          rejected: body.events?.map(({ id }) => ({ id, reason: `bad ${BOT_TOKEN} ${secret}` })),
        },
      }))
      await rig.write('1')
      await waitFor(async () => (await rig.status()).deadLetters === 1, 'a dead letter')
      const letters = await rig.portal.hub.listDeadLetters<Letters>(LINE)
      assert.equal(letters.items[0]?.reason, 'bad [secret] [secret]')
      assert.match(rig.hub.logText(), /"reasons":\["bad \[secret\] \[secret\]"\]/)
    })

    it('what is in neither list stays, counts as not delivered and comes again in order', async () => {
      await using rig = await startDeliveryRig(store)
      await waitWhileAway(rig, '0', '1', '2')
      let isPartial = true
      rig.portal.server.answer(({ body }) => {
        const [first] = body.events ?? []
        if (!isPartial || body.events?.length !== 2) return {}
        isPartial = false
        return { body: { accepted: [first?.id] } }
      })
      await rig.portal.server.start()
      rig.clock.jump(15_000)
      const { lockout } = await waitFor(async () => {
        const status = await rig.status()
        return status.lockout && status.queue.depth === 1 ? status : undefined
      }, 'a lockout with one event left')
      assert.equal(lockout?.attempt, 1, 'what was accepted has cleared the count')
      rig.clock.jump(15_000)
      assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(3)), ['0', '1', '2'])
    })

    it('ack later: nothing further goes out until confirmDelivery', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer([{ status: 202, body: { ack: 'later' } }])
      await rig.write('1')
      const [packet] = await rig.portal.server.waitForPackets(1, 'events')
      await rig.write('2')
      await waitFor(async () => (await rig.status()).queue.depth === 2, 'both to wait')
      await rig.portal.hub.retryNow(LINE)
      assert.equal(rig.portal.server.events.length, 0)
      const events = packet?.body.events?.map(({ id }) => id)
      const stranger = { ...LINE, events: ['evt_0000000000000', 'nonsense'] }
      assert.deepEqual(await rig.portal.hub.confirmDelivery(stranger), { accepted: 0 })
      const confirmed = await rig.portal.hub.confirmDelivery({ ...LINE, events })
      assert.deepEqual(confirmed, { accepted: 1 })
      assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(1)), ['2'])
      await waitFor(async () => (await rig.status()).queue.depth === 0, 'an empty queue')
      assert.deepEqual(await rig.portal.hub.confirmDelivery({ ...LINE, events }), { accepted: 0 })
    })

    it('ack later: without a confirmation within 60 s it is a failed attempt', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer([{ status: 202, body: { ack: 'later' } }])
      await rig.write('1')
      // The minute counts from when the answer is noted, not from when it is given.
      const { store: db } = rig.hub.app.services
      const awaiting = 'SELECT line_id FROM inbox_line WHERE ack_until IS NOT NULL'
      await waitFor(async () => (await db.rows(awaiting)).length === 1, 'the event to wait')
      rig.clock.jump(59_000)
      assert.equal((await rig.status()).lockout, undefined)
      rig.clock.jump(1100)
      const lockout = await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      assert.equal(lockout.attempt, 1)
      assert.match(lockout.lastError, /confirmation/)
      rig.clock.jump(15_000)
      assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(1)), ['1'])
    })

    it('410: the line is disconnected and its events become dead letters', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer({ status: 410 })
      await rig.write('1')
      const status = await waitFor(async () => {
        const now = await rig.status()
        return now.status === 'disconnected' ? now : undefined
      }, 'the line to be disconnected')
      assert.equal(status.deadLetters, 1)
      assert.equal(status.queue.depth, 0)
      assert.equal(status.identity, undefined)
      assert.equal(rig.telegram.callsOf('deleteWebhook').length, 1)
      const pushed = await fetch(status.webhookUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      assert.equal(pushed.status, 409)
    })

    it('dead letters are listed in pages, replayed under their own ids, and deleted', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(({ body }) => ({
        body: { accepted: [], rejected: body.events?.map(({ id }) => ({ id, reason: 'no' })) },
      }))
      await rig.write('1', '2', '3')
      await waitFor(async () => (await rig.status()).deadLetters === 3, 'three dead letters')
      const first = await rig.portal.hub.listDeadLetters<Letters>({ ...LINE, limit: 2 })
      const second = await rig.portal.hub.listDeadLetters<Letters>({
        ...LINE,
        limit: 2,
        cursor: first.cursor,
      })
      assert.equal(second.cursor, undefined)
      const ids = [...first.items, ...second.items].map(({ event }) => event.id)
      assert.equal(new Set(ids).size, 3)
      const middle = { ...LINE, events: [ids[1]] }
      assert.deepEqual(await rig.portal.hub.deleteDeadLetters(middle), { deleted: 1 })
      rig.portal.server.answer()
      assert.deepEqual(await rig.portal.hub.replayDeadLetters(LINE), { replayed: 2 })
      const events = await rig.portal.server.waitForEvents(2)
      assert.deepEqual(
        events.map(({ id }) => id),
        [ids[0], ids[2]],
      )
      await waitFor(async () => (await rig.status()).queue.depth === 0, 'an empty queue')
      assert.equal((await rig.status()).deadLetters, 0)
    })

    it('keeps packets within the limits of count and of bytes', async () => {
      await using rig = await startDeliveryRig(store, {
        HUB_PACKET_MAX_EVENTS: '4',
        HUB_PACKET_MAX_BYTES: '4096',
      })
      const long = 'x'.repeat(3000)
      const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', long, 'i', long, 'j']
      await waitWhileAway(rig, ...texts)
      await rig.portal.server.start()
      rig.clock.jump(15_000)
      assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(texts.length)), texts)
      for (const { body, raw } of rig.portal.server.packets) {
        const count = body.events?.length ?? 0
        assert.ok(count <= 4, `${count} events`)
        assert.ok(raw.length <= 4096 || count === 1, `${raw.length} bytes in ${count} events`)
      }
    })
  })
}
