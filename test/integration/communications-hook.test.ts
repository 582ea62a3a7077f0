import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { OWN_EVENT_TYPES } from '../../src/core/inbox.ts'
import { healthEntry, type NewEvent, writeStored } from '../../src/core/stored-event.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import { enqueueMessages, type NewOutboxMessage } from '../../src/db/outbox/enqueue.ts'
import { beginSends, settleSends } from '../../src/db/outbox/settle.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const KEY = Buffer.alloc(32).toString('base64')
const NOW = Date.UTC(2026, 0, 1)
const TOKEN = 'prc_one'
/** The communications follow the first. */
const FOLLOWED = 7
const OTHER = 8
const CHAT = 'чат-1'

for (const kind of testStores()) {
  describe(`what the communications see of a line, on ${kind.name}`, () => {
    it('events of a followed line are copied in their commit, and its row is stirred once', async () => {
      await using rig = await openRig(kind)
      const outcomes = await appendUpdates(
        rig.store,
        [FOLLOWED, OTHER, FOLLOWED].map((lineId, index) => ({
          lineId,
          events: [said(`m${index}`), said(`n${index}`)],
        })),
        undefined,
        NOW,
      )
      const taken = outcomes.map((outcome) => outcome.kind === 'appended' && outcome.isFollowed)
      assert.deepEqual(taken, [true, undefined, true])

      const stored = await rig.store.rows(
        'SELECT seq, type, payload FROM inbox_event WHERE line_id = ? ORDER BY seq',
        [FOLLOWED],
      )
      const copies = await rig.copies()
      assert.equal(copies.length, 4)
      assert.deepEqual(
        copies.map(({ seq, type, payload }) => ({ seq, type, payload })),
        stored.map((row) => ({ ...(row as object) })),
      )
      for (const copy of copies) {
        assert.deepEqual(
          [copy.line_id, copy.chat_id, copy.note, copy.created_at],
          [FOLLOWED, CHAT, null, NOW],
        )
      }
      assert.deepEqual(await rig.commLine(), { due_at: NOW, stirs: 1 })
    })

    it('a line whose communications are in hand, or due already, keeps its time', async () => {
      await using rig = await openRig(kind)
      await rig.store.run('UPDATE comm_line SET due_at = ?', [NOW - 5])
      await rig.append([said('a')])
      assert.deepEqual(await rig.commLine(), { due_at: NOW - 5, stirs: 1 })
      await rig.store.run("UPDATE comm_line SET due_at = NULL, owner = 'prc_x'")
      await rig.append([said('b')])
      assert.deepEqual(await rig.commLine(), { due_at: null, stirs: 2 })
      await rig.store.run('UPDATE comm_line SET due_at = ?, owner = NULL', [NOW + 5])
      await rig.append([said('c')])
      assert.deepEqual(await rig.commLine(), { due_at: NOW, stirs: 3 })
    })

    it('notices and the events that the hub makes itself are not copied, and nobody has caused them', async () => {
      await using rig = await openRig(kind)
      await rig.append([said('a')])
      const { seq: heard } = await rig.inboxLine()
      const own = [...OWN_EVENT_TYPES].map((type) => ({ type, payload: '{}', chatId: CHAT }))
      const outcome = await rig.append([...own, healthEntry({ state: 'ok' })])
      assert.ok(outcome?.kind === 'appended')
      assert.equal(outcome.isFollowed, undefined)
      assert.equal(outcome.stored.length, OWN_EVENT_TYPES.length + 1)
      assert.equal((await rig.copies()).length, 1)
      assert.equal((await rig.commLine()).stirs, 1)
      const { seq, heard_seq } = await rig.inboxLine()
      assert.ok(seq > heard)
      assert.equal(heard_seq, heard)
    })

    it('what is not taken of an update is not copied: repeats, and typing on a locked line', async () => {
      await using rig = await openRig(kind)
      const update = { lineId: FOLLOWED, hash: 'x'.repeat(22), events: [said('a')] }
      await appendUpdates(rig.store, [update, { ...update }], undefined, NOW)
      await rig.store.run('UPDATE inbox_line SET attempt = 1, due_at = ?', [NOW + 1000])
      const typing = { type: 'chat.typing' as const, at: iso(), chat: { id: CHAT } }
      await rig.append([writeStored(typing)])
      assert.equal((await rig.copies()).length, 1)
      assert.equal((await rig.commLine()).stirs, 1)
    })

    it('the status of a send is copied with its note, under the chat that was written to', async () => {
      await using rig = await openRig(kind)
      const seq = await rig.send({})
      const status = { ...sentStatus(), note: '{"code":131026}' }
      const end = { lineId: FOLLOWED, seq, dueAt: NOW, isUncertain: false, parts: [['c1']], status }
      const ended = await settleSends(rig.store, TOKEN, [{ ...end, state: 'sent' }], NOW)
      assert.deepEqual(ended, { isOurs: [true], followed: new Set([FOLLOWED]) })
      const again = await settleSends(rig.store, TOKEN, [{ ...end, state: 'sent' }], NOW)
      assert.deepEqual(again, { isOurs: [true], followed: new Set() })
      const copy = (await rig.copies()).at(-1)
      assert.deepEqual(
        [copy?.type, copy?.chat_id, copy?.note],
        ['message.status', CHAT, '{"code":131026}'],
      )

      // The channel names the person otherwise than the hub did.
      const named = { ...sentStatus(['c1']), chatId: 'other' }
      const statuses = [{ index: 0, status: 'read' as const, messageIds: ['c1'] }]
      await appendUpdates(
        rig.store,
        [{ lineId: FOLLOWED, events: [named], statuses }],
        undefined,
        NOW,
      )
      const last = (await rig.copies()).at(-1)
      assert.equal(last?.chat_id, CHAT)
      assert.ok(last?.payload.includes('"out":"out_'))
    })

    it('a message of an operator is told of, nothing else that is queued', async () => {
      await using rig = await openRig(kind)
      await rig.send({ lane: 'bulk' })
      await rig.send({ kind: 'update' })
      await rig.send({ lineId: OTHER })
      assert.deepEqual(await rig.copies(), [])
      await rig.send({ key: 'k' })
      await rig.send({ key: 'k' })
      const copies = await rig.copies()
      assert.deepEqual(
        copies.map((row) => [row.seq, row.type, row.chat_id, row.payload]),
        [[null, 'operator.message', CHAT, '{}']],
      )
      assert.equal((await rig.commLine()).stirs, 1)
    })
  })
}

function iso(): string {
  return new Date(NOW).toISOString()
}

function said(id: string): NewEvent {
  return writeStored({ type: 'message.new', at: iso(), chat: { id: CHAT }, message: { id } })
}

function sentStatus(messageIds: readonly string[] = []): NewEvent {
  const chat = { id: CHAT }
  return writeStored({ type: 'message.status', at: iso(), chat, status: 'read', messageIds })
}

interface CopyRow {
  readonly line_id: number
  readonly seq: number | null
  readonly type: string
  readonly chat_id: string | null
  readonly payload: string
  readonly note: string | null
  readonly created_at: number
}

async function openRig(kind: TestStore) {
  const database = await kind.open()
  const { database: config } = parseConfig({
    HUB_DATABASE_URL: database.databaseUrl,
    HUB_SECRET_KEY: KEY,
  })
  const store = new Store(config)
  await migrateUp(store)
  for (const id of [FOLLOWED, OTHER]) {
    const isFollowed = id === FOLLOWED
    await store.run(
      "INSERT INTO inbox_line (line_id, portal_id, is_followed) VALUES (?, 'prt_1', ?)",
      [id, isFollowed],
    )
    await store.run('INSERT INTO outbox_line (line_id, owner) VALUES (?, ?)', [id, TOKEN])
    await store.run(
      `INSERT INTO line (id, portal_id, connector, external_id, status, hash, webhook_secret, created_at, updated_at)
        VALUES (?, 'prt_1', 'telegram', ?, 'connected', ?, '', 0, 0)`,
      [id, `l${id}`, `${id}`.repeat(32)],
    )
  }
  await store.run("INSERT INTO comm_line (line_id, portal_id) VALUES (?, 'prt_1')", [FOLLOWED])
  return {
    store,
    async append(events: readonly NewEvent[]) {
      const [outcome] = await appendUpdates(store, [{ lineId: FOLLOWED, events }], undefined, NOW)
      return outcome
    },
    /** Gives its number, marked as on its way. */
    async send(more: Partial<NewOutboxMessage>): Promise<number> {
      const message: NewOutboxMessage = {
        ...{ lineId: FOLLOWED, chatId: CHAT, kind: 'send', lane: 'dialogue', payload: '{}' },
        ...more,
      }
      const [queued] = await enqueueMessages(store, [message], NOW)
      assert.ok(queued?.kind === 'queued')
      const start = { message: { ...message, seq: queued.seq }, isUncertain: false }
      await beginSends(store, TOKEN, [start], NOW)
      return queued.seq
    },
    copies: () => store.rows<CopyRow>('SELECT * FROM comm_event ORDER BY id'),
    async commLine() {
      const [row] = await store.rows<{ due_at: number | null; stirs: number }>(
        'SELECT due_at, stirs FROM comm_line',
      )
      assert.ok(row)
      return { ...row }
    },
    async inboxLine() {
      const [row] = await store.rows<{ seq: number; heard_seq: number }>(
        'SELECT seq, heard_seq FROM inbox_line WHERE line_id = ?',
        [FOLLOWED],
      )
      assert.ok(row)
      return row
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await database.dispose()
    },
  }
}
