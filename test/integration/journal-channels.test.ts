import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startFakeViber } from '../fakes/viber.ts'
import { startChannelRig } from '../helpers/channel-rig.ts'
import { startDeliveryRig } from '../helpers/delivery-rig.ts'
import { findItems, findWith, stepOf, stepsOf } from '../helpers/journal.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const VIBER = { connector: 'viber', line: '12' }
const TELEGRAM = { connector: 'telegram', line: '12' }
const TOKEN = 'PLANTED-viber-token-445da6az1s345z78'
const ANN = { id: 'xy5/5y6O81+/kbWHpLhBoA==', name: 'Ann' }

for (const store of testStores()) {
  describe(`what channels and portals say later, on ${store.name}`, () => {
    it('stands beside the message: delivered, read', async () => {
      const viber = await startFakeViber()
      const account = viber.addAccount({ token: TOKEN, id: 'pa:753465942754', name: 'Desk' })
      const settings = { authToken: TOKEN, senderName: 'Desk', apiRoot: viber.url }
      await using rig = await startChannelRig(store, viber, { ...VIBER, settings })
      await rig.connect()
      const { id } = await rig.portal.hub.sendMessage<{ id: string }>({
        ...VIBER,
        chat: { id: ANN.id },
        message: { text: 'hello' },
      })
      const sent = await findWith(rig.portal, id, 'sent')
      const [token] = stepOf(sent, 'sent').messageIds ?? []
      for (const event of ['delivered', 'delivered', 'seen']) {
        await viber.push(account, { event, user_id: ANN.id, message_token: token })
      }
      const read = await findWith(rig.portal, id, 'read')
      assert.deepEqual(stepsOf(read), ['queued', 'attempt', 'sent', 'delivered', 'read'])
      assert.deepEqual(await findItems(rig.portal, String(token)), [read])
    })

    it('stands beside the event: a confirmation that came after the packet', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(() => ({ status: 202, body: { ack: 'later' } }))
      await rig.write('hello')
      const id = await waitFor(() => rig.portal.server.received[0]?.id)
      const waiting = await findWith(rig.portal, id, 'attempt')
      assert.deepEqual(stepsOf(waiting), ['received', 'attempt'])
      assert.equal(stepOf(waiting, 'attempt').status, 202)
      const events = [id]
      const confirmed = await rig.portal.hub.confirmDelivery({ ...TELEGRAM, events })
      assert.deepEqual(confirmed, { accepted: 1 })
      assert.deepEqual(await rig.portal.hub.confirmDelivery({ ...TELEGRAM, events }), {
        accepted: 0,
      })
      const accepted = await findWith(rig.portal, id, 'accepted')
      assert.deepEqual(stepsOf(accepted), ['received', 'attempt', 'accepted'])
    })

    it('is in the log under the same names: event or message, line, and a digest of the chat', async () => {
      await using rig = await startDeliveryRig(store)
      await rig.write('hello')
      const [event] = await rig.portal.server.waitForEvents(1)
      const { id } = await rig.portal.hub.sendMessage<{ id: string }>({
        ...TELEGRAM,
        chat: { id: '55' },
        message: { text: 'hi' },
      })
      await findWith(rig.portal, id, 'sent')
      const lines = rig.hub.logText().split('\n').filter(Boolean)
      const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      const named = (name: string) => entries.find((entry) => entry['event'] === name)
      const line = `${rig.portal.id}/telegram/12`
      const chat = '02d20bbd7e39'
      for (const [name, key] of [
        ['update.taken', 'chats'],
        ['delivery.attempted', 'chat'],
        ['send.attempted', 'chat'],
      ] as const) {
        const entry = named(name)
        assert.equal(entry?.['line'], line, name)
        assert.deepEqual([entry?.[key]].flat(), [chat], name)
      }
      assert.deepEqual(named('update.taken')?.['evts'], [event?.id])
      assert.deepEqual(named('delivery.attempted')?.['evts'], [event?.id])
      assert.equal(named('send.attempted')?.['out'], id)
    })
  })
}

describe('a journal that somebody holds locked, on mariadb', () => {
  it('holds up no message and not the end of the hub', async () => {
    const [, mariadb] = testStores()
    assert.ok(mariadb)
    await using rig = await startDeliveryRig(mariadb)
    await withStore(rig.databaseUrl, async (direct) => {
      await direct.knex.transaction(async (trx) => {
        await trx.raw('LOCK TABLES journal_entry WRITE, journal_key WRITE')
        await rig.write('1')
        await rig.portal.server.waitForEvents(1)
        rig.clock.jump(1000)
        await rig.write('2', '3')
        await rig.portal.server.waitForEvents(3)
        const begunAt = performance.now()
        await rig.hub.stop()
        assert.ok(performance.now() - begunAt < 10_000)
        await trx.raw('UNLOCK TABLES')
      })
    })
  })
})
