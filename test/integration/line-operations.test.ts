import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LineRecord } from '../../src/db/lines/lines.ts'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }

for (const store of testStores()) {
  describe(`what can be done with a line on ${store.name}`, () => {
    it('is not sent for while it is paused, and goes on where it was', async () => {
      await using rig = await startDeliveryRig(store)
      const { lineOperations } = rig.hub.app.services
      const record = await recordOf(rig)
      await send(rig, 'before')
      await waitFor(() => textsSent(rig).length === 1, 'the first message')

      // The line is in hand at this moment: it was just sent for.
      await lineOperations.pause(record, 'the shop is closed')
      const { outbound } = await lineOperations.status(record)
      assert.equal(outbound.paused?.reason, 'the shop is closed')
      await lineOperations.pause(record, 'another reason')
      await send(rig, 'one')
      await send(rig, 'two')
      await waitFor(async () => (await lineOperations.status(record)).outbound.depth === 2)
      await isLetGo(rig, record)
      assert.deepEqual(textsSent(rig), ['before'])
      const still = await lineOperations.status(record)
      assert.equal(still.outbound.paused?.reason, 'the shop is closed')
      assert.equal(still.status, 'connected')

      await lineOperations.resume(record)
      await waitFor(() => textsSent(rig).length === 3, 'the messages that waited')
      assert.deepEqual(textsSent(rig), ['before', 'one', 'two'])
      assert.equal((await lineOperations.status(record)).outbound.paused, undefined)
    })

    it('stays paused over a restart', async () => {
      await using rig = await startDeliveryRig(store)
      await rig.hub.app.services.lineOperations.pause(await recordOf(rig), 'for the night')
      await send(rig, 'later')
      await rig.hub.restart()
      const { lineOperations } = rig.hub.app.services
      const record = await recordOf(rig)
      assert.equal((await lineOperations.status(record)).outbound.depth, 1)
      assert.deepEqual(textsSent(rig), [])
      await lineOperations.resume(record)
      await waitFor(() => textsSent(rig).length === 1, 'the message that waited')
    })

    it('takes a changed portal over without a restart: name, formats, address', async () => {
      await using rig = await startDeliveryRig(store)
      const { portalOperations } = rig.hub.app.services
      const format = { text: 'plain' } as const
      assert.equal(await portalOperations.edit(rig.portal.id, { name: 'New', format }), true)
      await rig.write('[b]as it is')
      const [event] = await rig.portal.server.waitForEvents(1)
      assert.equal(event?.message?.text, '[b]as it is')
      const [edited] = await portalOperations.list()
      assert.deepEqual(edited?.format, { text: 'plain', emoji: 'shortname' })
      assert.equal(edited?.name, 'New')

      await rig.portal.server.stop()
      const moved = { url: 'http://127.0.0.1:9/elsewhere' }
      assert.equal(await portalOperations.edit(rig.portal.id, moved), true)
      assert.equal((await portalOperations.list())[0]?.url, moved.url)
      assert.equal(await portalOperations.edit('prt_nobody', moved), false)
      for (const bad of [{ name: ' ' }, { url: 'ftp://x' }, { settings: { strange: '1' } }]) {
        await assert.rejects(portalOperations.edit(rig.portal.id, bad), { name: 'SettingsError' })
      }
    })
  })
}

async function recordOf(rig: DeliveryRig): Promise<LineRecord> {
  const address = { portalId: rig.portal.id, connector: 'telegram', externalId: '12' }
  return await rig.hub.app.services.lineOperations.find(address)
}

function send(rig: DeliveryRig, text: string): Promise<unknown> {
  return rig.portal.hub.sendMessage({ ...LINE, chat: { id: '55' }, message: { text } })
}

function textsSent(rig: DeliveryRig): unknown[] {
  return rig.telegram.callsOf('sendMessage').map(({ params }) => params['text'])
}

/** Until no process holds the line's outbox: then nothing is on its way any more. */
async function isLetGo(rig: DeliveryRig, { id }: LineRecord): Promise<void> {
  const { store } = rig.hub.app.services
  await waitFor(async () => {
    const [row] = await store.rows<{ owner: string | null }>(
      'SELECT owner FROM outbox_line WHERE line_id = ?',
      [id],
    )
    return row?.owner === null
  }, 'the line to be let go')
}
