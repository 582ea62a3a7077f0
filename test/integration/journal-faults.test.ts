import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { findItems, findWith, stepsOf } from '../helpers/journal.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const LINE = { connector: 'telegram', line: '12' }
const OFF = { HUB_JOURNAL_DAYS: '0' }
const HOSTILE = [
  '%',
  '_',
  '%%%%',
  "' OR 1=1 --",
  '"; DROP TABLE line; --',
  '\\',
  '\u0000',
  'a\u0000b',
  '😀'.repeat(100),
  'evt_',
  'evt_00000000000',
  'evt_zzzzzzzzzzzzzzzzzzzzzz',
  'out_0000000000001',
  'pkt_',
  '__proto__',
  '\u202eabc',
]

for (const store of testStores()) {
  describe(`the journal in bad times, on ${store.name}`, () => {
    it('does without its tables: messages go on, and what is lost is counted and said once', async () => {
      await using rig = await startDeliveryRig(store)
      await withStore(rig.databaseUrl, async (direct) => {
        await direct.run('DROP TABLE journal_entry')
        await direct.run('DROP TABLE journal_key')
      })
      await rig.write('1', '2', '3')
      const events = [...(await rig.portal.server.waitForEvents(3))]
      const { id } = await rig.portal.hub.sendMessage<{ id: string }>({
        ...LINE,
        chat: { id: '55' },
        message: { text: 'hi' },
      })
      await waitFor(() => rig.telegram.callsOf('sendMessage').length === 1, 'the send')
      const { journal } = rig.hub.app.services
      await waitFor(() => (journal?.dropped ?? 0) >= 6, 'steps to be counted')
      assert.equal(rig.hub.logText().split('journal.dropped').length - 1, 1)
      assert.equal(events.length, 3)
      assert.ok(id)
    })

    it('does without the store: what waits is written when it is back', async () => {
      await using rig = await startDeliveryRig(store)
      const { journal, store: own } = rig.hub.app.services
      const run = own.shortTransaction.bind(own)
      const { StoreUnavailableError } = await import('../../src/core/errors.ts')
      let isAway = true
      Object.assign(own, {
        shortTransaction: async (work: Parameters<typeof run>[0], options?: object) => {
          if (isAway && String(work).includes('journal_entry')) {
            throw new StoreUnavailableError('away')
          }
          return await run(work, options)
        },
      })
      await rig.write('1')
      const [event] = await rig.portal.server.waitForEvents(1)
      await journal?.flush()
      isAway = false
      rig.clock.jump(2000)
      const item = await findWith(rig.portal, String(event?.id), 'accepted')
      assert.deepEqual(stepsOf(item), ['received', 'attempt', 'accepted'])
      assert.equal(journal?.dropped, 0)
    })

    it('answers hostile ids with nothing, and those that are none with the field at fault', async () => {
      await using rig = await startDeliveryRig(store)
      await rig.write('hello')
      await rig.portal.server.waitForEvents(1)
      for (const id of HOSTILE) {
        assert.deepEqual(await findItems(rig.portal, id), [], JSON.stringify(id))
        assert.deepEqual(await findItems(rig.portal, id, LINE), [], JSON.stringify(id))
        assert.deepEqual(await findItems(rig.portal, '1', { chat: id }), [], JSON.stringify(id))
      }
      const call = rig.portal.hub
      for (const id of ['', 'x'.repeat(256), 'x'.repeat(900_000), '\ud83d', 7, null, {}]) {
        const failure = await failureOf(call.findMessage({ id }))
        assert.deepEqual(failure.fields, ['id'], JSON.stringify(id).slice(0, 20))
      }
      for (const more of [
        { extra: 1 },
        { line: '' },
        { connector: '' },
        { chat: {} },
        { chat: '' },
      ]) {
        const failure = await failureOf(call.findMessage({ id: 'a', ...more }))
        assert.equal(failure.fields?.length, 1, JSON.stringify(more))
      }
    })

    it('finds a message under an id of any letters', async () => {
      await using rig = await startDeliveryRig(store)
      const keys = HOSTILE.filter((id) => !id.includes('\u0000') && id.length <= 128)
      for (const key of keys) {
        const message = { text: 'hi' }
        const { id } = await rig.portal.hub.sendMessage<{ id: string }>({
          ...LINE,
          chat: { id: '55' },
          key,
          message,
        })
        const items = await findItems(rig.portal, key)
        assert.deepEqual(
          items.map(({ out }) => out),
          [id],
          key,
        )
      }
    })

    it('writes nothing when it is off, and says what the queues know', async () => {
      await using rig = await startDeliveryRig(store, OFF)
      await rig.portal.server.stop()
      await rig.write('hello')
      const { id } = await rig.portal.hub.sendMessage<{ id: string }>({
        ...LINE,
        chat: { id: '55' },
        key: 'k1',
        message: { text: 'hi' },
      })
      await waitFor(() => rig.telegram.callsOf('sendMessage').length === 1, 'the send')
      const sent = await findWith(rig.portal, id, 'sent')
      assert.deepEqual(stepsOf(sent), ['queued', 'sent'])
      assert.deepEqual(await findItems(rig.portal, 'k1'), [sent])
      assert.deepEqual(await findItems(rig.portal, String(sent.messageIds?.[0])), [sent])
      const { queue } = await rig.status()
      assert.equal(queue.depth, 2, 'the message, and that the other was sent')
      const [waiting] = await findItems(rig.portal, '1', LINE)
      assert.deepEqual(stepsOf(waiting), ['received'])
      assert.deepEqual(waiting?.chat, { id: '55' })
      assert.deepEqual(await findItems(rig.portal, String(waiting?.evt)), [waiting])
      assert.deepEqual(await rowsOf(rig), [])
      assert.equal(rig.hub.app.services.journal, undefined)
    })

    it('holds no text, no name and no secret', async () => {
      const planted = ['PLANTED-TEXT', 'PLANTED-NAME', 'PLANTED-REASON', BOT_TOKEN]
      await using rig = await startDeliveryRig(store)
      const from = { first_name: 'PLANTED-NAME', last_name: 'PLANTED-NAME-2', username: 'x' }
      const write = (text: string) =>
        rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text, from })
      await write('PLANTED-TEXT 1')
      await rig.portal.server.waitForEvents(1)
      rig.portal.server.answer(({ body }) => ({
        body: {
          rejected: body.events?.map(({ id }) => ({
            id,
            reason: `no: PLANTED-TEXT 2 of PLANTED-NAME, ${rig.portal.secret}`,
          })),
        },
      }))
      await write('PLANTED-TEXT 2')
      await waitFor(async () => (await rig.status()).deadLetters === 1)
      rig.portal.server.answer(() => ({ status: 500, body: `PLANTED-REASON ${BOT_TOKEN}` }))
      await write('PLANTED-TEXT 3')
      await waitFor(async () => (await rig.status()).lockout)
      rig.telegram.fail('sendMessage', {
        status: 400,
        body: {
          ok: false,
          error_code: 400,
          description: `Bad Request: ${BOT_TOKEN} can't say "PLANTED-TEXT 4"`,
        },
      })
      const { id } = await rig.portal.hub.sendMessage<{ id: string }>({
        ...LINE,
        chat: { id: '55' },
        message: {
          text: 'PLANTED-TEXT 4',
          buttons: [[{ text: 'PLANTED-TEXT 5', url: 'https://x.example/PLANTED-TEXT' }]],
        },
      })
      await findWith(rig.portal, id, 'failed')
      await rig.hub.stop()
      const rows = await rowsOf(rig)
      assert.ok(rows.length > 3)
      const text = rows.join('\n')
      for (const word of [...planted, rig.portal.secret, 'whsec_']) {
        assert.ok(!text.includes(word), `${word} in ${text}`)
      }
      const log = rig.hub.logText()
      assert.ok(
        !log.includes('PLANTED'),
        log.split('\n').find((line) => line.includes('PLANTED')),
      )
    })
  })
}

/** Every row of the journal, as text. */
async function rowsOf({ databaseUrl }: DeliveryRig): Promise<string[]> {
  return await withStore(databaseUrl, async (direct) => {
    const entries = await direct.rows<object>('SELECT * FROM journal_entry')
    const keys = await direct.rows<object>('SELECT * FROM journal_key')
    return [...entries, ...keys].map((row) => JSON.stringify(row))
  })
}
