import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { outId } from '../../src/core/ids.ts'
import { appendUpdates } from '../../src/db/inbox-append.ts'
import { migrateUp } from '../../src/db/migrator.ts'
import { enqueueMessages } from '../../src/db/outbox-enqueue.ts'
import { beginSends, settleSends } from '../../src/db/outbox-settle.ts'
import { Store } from '../../src/db/store.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const LINE = 3
const CHAT = '1'
const TOKEN = 'prc_1'
const NOW = Date.UTC(2026, 0, 1)

type Status = 'delivered' | 'read' | 'failed'

for (const kind of testStores()) {
  describe(`what a channel tells of sent messages, on ${kind.name}`, () => {
    it('leads to the message of the hub, with its key', async () => {
      await using rig = await openRig(kind)
      const [first] = await rig.send([{ ids: ['m1', 'm2'], key: 'k' }])
      assert.deepEqual(await rig.tell('delivered', ['m2']), [
        { status: 'delivered', messageIds: ['m2'], out: outId(LINE, first ?? 0), key: 'k' },
      ])
    })

    it('only climbs: a late "delivered" never hides "read"', async () => {
      await using rig = await openRig(kind)
      const [seq] = await rig.send([{ ids: ['m1'] }])
      assert.equal((await rig.tell('read', ['m1'])).length, 1)
      assert.deepEqual(await rig.tell('delivered', ['m1']), [])
      assert.deepEqual(await rig.tell('read', ['m1']), [])
      assert.deepEqual(await rig.tell('failed', ['m1']), [])
      assert.equal(await rig.stateOf(seq ?? 0), 'read')
    })

    it('a failure after "sent" is told and stays', async () => {
      await using rig = await openRig(kind)
      const [seq] = await rig.send([{ ids: ['m1'] }])
      assert.equal((await rig.tell('failed', ['m1'])).length, 1)
      assert.deepEqual(await rig.tell('delivered', ['m1']), [])
      assert.equal(await rig.stateOf(seq ?? 0), 'failed')
    })

    it('becomes one event per message of ours, and one for what others have sent', async () => {
      await using rig = await openRig(kind)
      const [a, b] = await rig.send([{ ids: ['m1'] }, { ids: ['m2'] }])
      assert.deepEqual(await rig.tell('read', ['m2', 'x', 'm1']), [
        { status: 'read', messageIds: ['m2'], out: outId(LINE, b ?? 0) },
        { status: 'read', messageIds: ['x'] },
        { status: 'read', messageIds: ['m1'], out: outId(LINE, a ?? 0) },
      ])
    })

    it('covers what was sent to the chat up to a watermark, and only climbs', async () => {
      await using rig = await openRig(kind)
      const [a] = await rig.send([{ ids: ['m1', 'm2'], key: 'k' }], { sentAt: NOW - 500 })
      const [b] = await rig.send([{ ids: ['m3'] }], { sentAt: NOW })
      await rig.send([{ ids: ['m4'] }], { sentAt: NOW + 1 })
      await rig.send([{ ids: ['m5'] }], { sentAt: NOW, chatId: '2' })
      const first = {
        status: 'delivered',
        messageIds: ['m1', 'm2'],
        out: outId(LINE, a ?? 0),
        key: 'k',
      }
      const second = { status: 'delivered', messageIds: ['m3'], out: outId(LINE, b ?? 0) }
      assert.deepEqual(await rig.tellUpTo('delivered', NOW), [first, second])
      assert.deepEqual(await rig.tellUpTo('delivered', NOW), [])
      assert.deepEqual(await rig.tellUpTo('read', NOW - 500), [{ ...first, status: 'read' }])
      assert.deepEqual(await rig.tellUpTo('delivered', NOW), [])
      assert.equal(await rig.stateOf(b ?? 0), 'delivered')
    })

    it('tells a message that ids and a watermark of one update name only once', async () => {
      await using rig = await openRig(kind)
      const [seq] = await rig.send([{ ids: ['m1'] }], { sentAt: NOW })
      const told = await rig.tellUpTo('delivered', NOW, ['m1', 'x'])
      assert.deepEqual(told, [
        { status: 'delivered', messageIds: ['m1'], out: outId(LINE, seq ?? 0) },
        { status: 'delivered', messageIds: ['x'] },
      ])
    })

    it('is no message of a person: the echo of what the hub has sent is dropped', async () => {
      await using rig = await openRig(kind)
      await rig.send([{ ids: ['m1'] }])
      assert.deepEqual(await rig.echo(['m1', 'm2']), [{ id: 'm2' }])
    })

    it('climbs in the order of the commits when two come at once', async () => {
      await using rig = await openRig(kind)
      await rig.send([{ ids: ['m1'] }])
      const both = await Promise.all([rig.tell('delivered', ['m1']), rig.tell('read', ['m1'])])
      const told = both.flat().map(({ status }) => status)
      assert.ok(told.includes('read'))
      assert.ok(told.length === 1 || told.length === 2)
    })
  })
}

async function openRig(kind: TestStore) {
  const database = await kind.open()
  const { database: config } = parseConfig({
    HUB_DATABASE_URL: database.databaseUrl,
    HUB_SECRET_KEY: Buffer.alloc(32).toString('base64'),
  })
  const store = new Store(config)
  await migrateUp(store)
  await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [LINE])
  await store.run('INSERT INTO outbox_line (line_id, owner) VALUES (?, ?)', [LINE, TOKEN])
  return {
    async send(
      messages: readonly { readonly ids: readonly string[]; readonly key?: string }[],
      { sentAt = NOW, chatId = CHAT } = {},
    ): Promise<number[]> {
      const rows = messages.map(({ key }) => ({
        lineId: LINE,
        chatId,
        kind: 'send' as const,
        lane: 'dialogue' as const,
        payload: '{}',
        ...(key === undefined ? {} : { key }),
      }))
      const queued = await enqueueMessages(store, rows, NOW)
      const seqs = queued.map((outcome) => (outcome.kind === 'queued' ? outcome.seq : 0))
      const starts = seqs.map((seq) => ({
        message: { lineId: LINE, seq, chatId: '1' },
        isUncertain: false,
      }))
      await beginSends(store, TOKEN, starts, NOW)
      const ends = seqs.map((seq, index) => ({
        lineId: LINE,
        seq,
        state: 'sent' as const,
        dueAt: NOW,
        isUncertain: false,
        startedAt: sentAt,
        parts: [messages[index]?.ids ?? []],
      }))
      await settleSends(store, TOKEN, ends, NOW)
      return seqs
    },
    /** Gives what of it goes to the portal. */
    async tell(status: Status, messageIds: readonly string[]): Promise<Record<string, unknown>[]> {
      const event = { type: 'message.status', payload: JSON.stringify({ status, messageIds }) }
      const statuses = [{ index: 0, status, messageIds }]
      const update = { lineId: LINE, events: [event], statuses }
      const [outcome] = await appendUpdates(store, [update], undefined, NOW)
      assert.equal(outcome?.kind, 'appended')
      return outcome.stored.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>)
    },
    async tellUpTo(
      status: Status,
      until: number,
      messageIds: readonly string[] = [],
    ): Promise<Record<string, unknown>[]> {
      const event = { type: 'message.status', payload: JSON.stringify({ status }) }
      const watermark = { chatId: CHAT, until }
      const statuses = [
        ...(messageIds.length > 0 ? [{ index: 0, status, messageIds }] : []),
        { index: messageIds.length > 0 ? 1 : 0, status, messageIds: [], watermark },
      ]
      const events = statuses.map(() => ({ ...event }))
      const [outcome] = await appendUpdates(
        store,
        [{ lineId: LINE, events, statuses }],
        undefined,
        NOW,
      )
      assert.equal(outcome?.kind, 'appended')
      return outcome.stored.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>)
    },
    /** Gives the messages that are left. */
    async echo(ids: readonly string[]): Promise<unknown[]> {
      const events = ids.map((id) => ({ type: 'message.new', payload: JSON.stringify({ id }) }))
      const outgoing = ids.map((messageId, index) => ({ index, messageId }))
      const update = { lineId: LINE, events, outgoing }
      const [outcome] = await appendUpdates(store, [update], undefined, NOW)
      assert.equal(outcome?.kind, 'appended')
      return outcome.stored.map(({ payload }) => JSON.parse(payload) as unknown)
    },
    async stateOf(seq: number): Promise<string | undefined> {
      const [row] = await store.rows<{ state: string }>(
        'SELECT state FROM outbox_message WHERE seq = ?',
        [seq],
      )
      return row?.state
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await database.dispose()
    },
  }
}
