import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { type EarlyStatus, partsTaken } from '../../src/core/early-statuses.ts'
import { given } from '../../src/core/given.ts'
import { outId } from '../../src/core/ids.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import { enqueueMessages } from '../../src/db/outbox/enqueue.ts'
import { expireMessage } from '../../src/db/outbox/expiry.ts'
import { findOutboxMessage } from '../../src/db/outbox/messages.ts'
import { beginSends, settleSends } from '../../src/db/outbox/settle.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const LINE = 3
const CHAT = '1'
const TOKEN = 'prc_1'
const NOW = Date.UTC(2026, 0, 1)
const FAILURE = { code: '131026', message: 'undeliverable' }
const MESSAGE = {
  lineId: LINE,
  chatId: CHAT,
  kind: 'send',
  lane: 'dialogue',
  payload: '{}',
} as const

type Status = 'sent' | 'delivered' | 'read' | 'failed'

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

    it('a failure after "sent" is told and stays, with its reason', async () => {
      await using rig = await openRig(kind)
      const [seq] = await rig.send([{ ids: ['m1'] }])
      assert.equal((await rig.tell('failed', ['m1'])).length, 1)
      assert.deepEqual(await rig.errorOf(seq ?? 0), FAILURE)
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

    it('is in the chat that the message was sent to, however the channel names the person', async () => {
      await using rig = await openRig(kind)
      const [seq] = await rig.send([{ ids: ['m1'] }])
      const chat = { id: '79001112233', kind: 'private' }
      const told = { status: 'delivered', messageIds: ['m1'] }
      assert.deepEqual(await rig.tell('delivered', ['m1'], undefined, { chat }), [
        { ...told, chat: { ...chat, id: CHAT }, out: outId(LINE, seq ?? 0) },
      ])
      assert.deepEqual(await rig.tell('delivered', ['m2'], undefined, { chat }), [
        { ...told, messageIds: ['m2'], chat },
      ])
      const later = await rig.begin()
      await rig.tell('read', ['m3'], { seq: later, part: 1 }, { chat })
      const events = await rig.settle(later, { ids: ['m3'] })
      assert.deepEqual(events.at(-1)?.['chat'], { ...chat, id: CHAT })
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

    it('waits beside a message that is still on its way, and is told behind "sent"', async () => {
      await using rig = await openRig(kind)
      const seq = await rig.begin('k')
      assert.deepEqual(await rig.tell('sent', ['m1'], { seq, part: 1 }), [])
      assert.deepEqual(await rig.tell('delivered', ['m1'], { seq, part: 1 }), [])
      assert.deepEqual(await rig.tell('sent', ['m1'], { seq, part: 1 }), [])
      assert.equal(await rig.stateOf(seq), 'sending')
      const fields = { out: outId(LINE, seq), key: 'k' }
      assert.deepEqual(await rig.settle(seq, { ids: ['m1'], key: 'k' }), [
        { status: 'sent', messageIds: ['m1'], ...fields },
        { status: 'delivered', messageIds: ['m1'], ...fields },
      ])
      assert.equal(await rig.stateOf(seq), 'delivered')
      assert.deepEqual(await rig.tell('delivered', ['m1'], { seq, part: 1 }), [])
      const read = { status: 'read', messageIds: ['m1'], ...fields }
      assert.deepEqual(await rig.tell('read', ['m1']), [read])
    })

    it('counts the parts before one that the channel has told of, which it must have too', async () => {
      await using rig = await openRig(kind)
      const seq = await rig.begin()
      await rig.tell('sent', ['m1'], { seq, part: 1 })
      await rig.tell('delivered', ['m3'], { seq, part: 3 })
      await rig.giveBack(seq)
      const early = await rig.beginAgain(seq)
      assert.deepEqual(partsTaken(early, 1), [['m1'], [], ['m3']])
      assert.deepEqual(partsTaken(early, 4), [])
    })

    it('tells the next try which parts the channel has, though no answer came', async () => {
      await using rig = await openRig(kind)
      const seq = await rig.begin()
      await rig.tell('failed', ['m2'], { seq, part: 2 })
      await rig.tell('sent', ['m1'], { seq, part: 1 })
      await rig.giveBack(seq)
      const early = await rig.beginAgain(seq)
      assert.deepEqual(partsTaken(early, 1), [['m1'], ['m2']])
      assert.deepEqual(partsTaken(early, 2), [['m2']])
      assert.deepEqual(partsTaken(early, 3), [])
      const told = await rig.settle(seq, { ids: ['m1', 'm2'] })
      assert.deepEqual(
        told.map(({ status, messageIds }) => [status, messageIds]),
        [
          ['sent', ['m1', 'm2']],
          ['failed', ['m2']],
        ],
      )
      assert.equal(await rig.stateOf(seq), 'failed')
      assert.deepEqual(await rig.errorOf(seq), FAILURE)
    })

    it('tells as sent what has waited too long after a try that came through', async () => {
      await using rig = await openRig(kind)
      const [seq, lost] = [await rig.begin('k'), await rig.begin()]
      await rig.tell('delivered', ['m1'], { seq, part: 1 })
      for (const one of [seq, lost]) await rig.giveBack(one)
      const fields = { out: outId(LINE, seq), key: 'k' }
      const [sent, delivered, failed] = [await rig.expire(seq, 'k'), await rig.expire(lost)].flat()
      assert.deepEqual(sent, { status: 'sent', messageIds: ['m1'], ...fields, uncertain: true })
      assert.deepEqual(delivered, { status: 'delivered', messageIds: ['m1'], ...fields })
      const nothing = { status: 'failed', messageIds: [], out: outId(LINE, lost) }
      assert.deepEqual(failed, { ...nothing, error: FAILURE })
      assert.deepEqual([await rig.stateOf(seq), await rig.stateOf(lost)], ['delivered', 'failed'])
      assert.deepEqual(await rig.errorOf(lost), FAILURE)
      assert.equal((await rig.tell('read', ['m1'])).length, 1)
    })

    it('finds the copy of a message that was sent twice', async () => {
      await using rig = await openRig(kind)
      const [seq = 0] = await rig.send([{ ids: ['m2'] }])
      const out = outId(LINE, seq)
      assert.deepEqual(await rig.tell('delivered', ['m1'], { seq, part: 1 }), [
        { status: 'delivered', messageIds: ['m1'], out },
      ])
      assert.deepEqual(await rig.tell('read', ['m1']), [
        { status: 'read', messageIds: ['m1'], out },
      ])
    })

    it('goes without the id of the hub when the reference leads nowhere', async () => {
      await using rig = await openRig(kind)
      assert.deepEqual(await rig.tell('sent', ['m1'], { seq: 77, part: 1 }), [
        { status: 'sent', messageIds: ['m1'] },
      ])
    })

    it('keeps what it can of more than a row holds, and tells the rest at once', async () => {
      await using rig = await openRig(kind)
      const seq = await rig.begin()
      const told: unknown[] = []
      for (let part = 1; part <= 90; part++) {
        const id = `${part}${'x'.repeat(500)}`
        told.push(...(await rig.tell('sent', [id], { seq, part })).map(({ out }) => out))
      }
      await rig.giveBack(seq)
      const taken = partsTaken(await rig.beginAgain(seq), 1)
      assert.ok(taken.length > 20 && taken.length < 90, String(taken.length))
      assert.equal(taken.length + told.length, 90, 'nothing is lost')
      assert.ok(told.every((out) => out === outId(LINE, seq)))
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
  async function told(): Promise<Record<string, unknown>[]> {
    const rows = await store.rows<{ payload: string }>(
      'SELECT payload FROM inbox_event WHERE line_id = ? ORDER BY seq',
      [LINE],
    )
    return rows.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>)
  }
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
        ...given({ key }),
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
    /** Queues a message and marks it as on its way. */
    async begin(key?: string): Promise<number> {
      const row = { ...MESSAGE, ...given({ key }) }
      const [queued] = await enqueueMessages(store, [row], NOW)
      const seq = queued?.kind === 'queued' ? queued.seq : 0
      await beginSends(store, TOKEN, [{ message: { ...MESSAGE, seq }, isUncertain: false }], NOW)
      return seq
    },
    async beginAgain(seq: number): Promise<readonly EarlyStatus[]> {
      const start = { message: { ...MESSAGE, seq }, isUncertain: true }
      const [begun] = await beginSends(store, TOKEN, [start], NOW)
      return begun?.early ?? []
    },
    /** The try has ended, and nobody knows how. */
    async giveBack(seq: number): Promise<void> {
      const end = { lineId: LINE, seq, dueAt: NOW, isUncertain: true, parts: [] }
      await settleSends(store, TOKEN, [{ ...end, state: 'queued' }], NOW)
    },
    /** Ends it as one that waited too long; gives what the portal is told. */
    async expire(seq: number, key?: string): Promise<Record<string, unknown>[]> {
      await store.run('UPDATE outbox_line SET owner = NULL WHERE line_id = ?', [LINE])
      const message = await findOutboxMessage(store, LINE, seq)
      assert.ok(message)
      const fields = { out: outId(LINE, seq), ...given({ key }) }
      const payload = JSON.stringify({
        status: 'failed',
        messageIds: [],
        ...fields,
        error: FAILURE,
      })
      const status = { type: 'message.status', payload }
      const before = (await told()).length
      assert.ok(await expireMessage(store, message, { error: FAILURE, status }, NOW))
      assert.equal(await expireMessage(store, message, { error: FAILURE, status }, NOW), false)
      return (await told()).slice(before)
    },
    /** Gives what the portal is told. */
    async settle(
      seq: number,
      { ids, key }: { readonly ids: readonly string[]; readonly key?: string },
    ): Promise<Record<string, unknown>[]> {
      const fields = { out: outId(LINE, seq), ...given({ key }) }
      const status = {
        type: 'message.status',
        payload: JSON.stringify({ status: 'sent', messageIds: ids, ...fields }),
      }
      const end = { lineId: LINE, seq, dueAt: NOW, isUncertain: false, parts: [ids], status }
      const settlement = { ...end, state: 'sent' as const, ...given({ key }) }
      await settleSends(store, TOKEN, [settlement], NOW)
      return await told()
    },
    /** Gives what of it goes to the portal. */
    async tell(
      status: Status,
      messageIds: readonly string[],
      reference?: { readonly seq: number; readonly part: number },
      more: object = {},
    ): Promise<Record<string, unknown>[]> {
      const error = status === 'failed' ? { error: FAILURE } : {}
      const payload = JSON.stringify({ status, messageIds, ...more, ...error })
      const event = { type: 'message.status', payload }
      const statuses = [{ index: 0, status, messageIds, ...given({ reference }) }]
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
    async errorOf(seq: number): Promise<unknown> {
      const message = await findOutboxMessage(store, LINE, seq)
      return message?.error
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
