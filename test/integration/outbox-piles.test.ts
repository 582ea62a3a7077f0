import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as piles from '../../migrations/20261129090000_outbox_piles.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { readOutboxDepth } from '../../src/db/hub/figures.ts'
import { pruneOutbox } from '../../src/db/hub/pruning.ts'
import { readPortalContents } from '../../src/db/lines/portal-contents.ts'
import { findExpired } from '../../src/db/outbox/expiry.ts'
import { findFailedMessages } from '../../src/db/outbox/failed.ts'
import { readOutbox } from '../../src/db/outbox/messages.ts'
import { chatsBeingSentTo } from '../../src/db/outbox/own-echoes.ts'
import { QueueCounts } from '../../src/lines/queue-counts.ts'
import { testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

const STATES = ['queued', 'sending', 'sent', 'delivered', 'read', 'failed']
const OPEN = 2

interface Message {
  readonly line?: number
  readonly seq: number
  readonly state: string
  readonly lane?: number
  readonly chat?: string
}

async function insertMessages(store: Store, messages: readonly Message[]): Promise<void> {
  for (const { line = 1, seq, state, lane = 0, chat = 'c' } of messages) {
    await store.knex('outbox_message').insert({
      ...{ line_id: line, seq, state, lane, chat_id: chat, kind: 'send', payload: '{}', due_at: 0 },
      ...{ created_at: seq, updated_at: seq, error_code: state === 'failed' ? `E${seq}` : null },
      sent_at: ['sent', 'delivered', 'read'].includes(state) ? seq : null,
    })
  }
}

/** Lines of one portal; `held` by a process, the others free and due. */
async function insertLines(store: Store, ids: readonly number[], held: readonly number[] = []) {
  for (const id of ids) {
    await store.knex('line').insert({
      ...{ id, portal_id: 'p', connector: 'telegram', external_id: `${id}`, hash: `${id}` },
      ...{ status: 'connected', webhook_secret: '', created_at: 0, updated_at: 0 },
    })
    const owner = held.includes(id) ? { owner: 'somebody' } : { due_at: 0 }
    await store.knex('outbox_line').insert({ line_id: id, portal_id: 'p', ...owner })
  }
}

async function readPiles(store: Store): Promise<Record<string, number | null>> {
  const rows = await store.rows<{ state: string; lane: number; pile: number | null }>(
    'SELECT state, lane, pile FROM outbox_message',
  )
  return Object.fromEntries(rows.map(({ state, lane, pile }) => [`${state} ${lane}`, pile]))
}

/** What the table's indexes hold, without the primary key. */
async function readIndexes(store: Store): Promise<Record<string, string>> {
  const rows = await store.rows<{ name: string; col: string }>(
    store.dialect === 'sqlite'
      ? `SELECT list.name AS name, info.name AS col FROM pragma_index_list('outbox_message') list, pragma_index_info(list.name) info
         WHERE list.origin <> 'pk' ORDER BY list.name, info.seqno`
      : `SELECT index_name AS name, column_name AS col FROM information_schema.statistics
         WHERE table_schema = DATABASE() AND table_name = 'outbox_message' AND index_name <> 'PRIMARY'
         ORDER BY index_name, seq_in_index`,
  )
  const columns = Map.groupBy(rows, ({ name }) => name)
  return Object.fromEntries([...columns].map(([name, of]) => [name, of.map((o) => o.col).join()]))
}

/** Each state in each lane, numbered from 1. */
const EVERY = STATES.flatMap((state, index) =>
  [0, 1].map((lane) => ({ seq: 1 + 2 * index + lane, state, lane, chat: `${state}-${lane}` })),
)
const PILES = {
  ...{ 'queued 0': 0, 'queued 1': 1, 'sending 0': 0, 'sending 1': 1 },
  ...{ 'sent 0': null, 'sent 1': null, 'delivered 0': null, 'delivered 1': null },
  ...{ 'read 0': null, 'read 1': null, 'failed 0': 2, 'failed 1': 2 },
}

for (const kind of testStores()) {
  describe(`messages by their piles on ${kind.name}`, () => {
    it('have their pile from their state and lane, those from before the migration, too', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        const indexes = await readIndexes(store)
        await piles.down(store.knex)
        await insertMessages(store, EVERY)
        const before = await readIndexes(store)
        await piles.up(store.knex)
        assert.deepEqual(await readPiles(store), PILES)
        assert.deepEqual(await readIndexes(store), indexes)
        await store.run("UPDATE outbox_message SET state = 'failed' WHERE state = 'sending'")
        assert.deepEqual((await readPiles(store))['failed 1'], 2)
        await piles.down(store.knex)
        assert.deepEqual(await readIndexes(store), before)
        const [row] = await store.rows<{ count: number }>(
          'SELECT COUNT(*) AS count FROM outbox_message',
        )
        assert.equal(Number(row?.count), EVERY.length)
      })
    })

    it('are in no index by their state: a send that begins and a status rewrite none', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        const columns = Object.values(await readIndexes(store)).flatMap((one) => one.split(','))
        assert.ok(columns.includes('pile'))
        for (const name of ['state', 'attempt', 'updated_at', 'due_at', 'uncertain']) {
          assert.ok(!columns.includes(name), name)
        }
      })
    })

    it('wait in their lanes until they have ended, for all who ask', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        await insertLines(store, [1, 2])
        await insertMessages(store, EVERY)
        const page = { lineId: 1, after: 0, limit: 10 } as const
        const seqs = async (lane: 'dialogue' | 'bulk', more = {}) =>
          (await readOutbox(store, { ...page, lane, ...more })).map(({ seq }) => seq)
        assert.deepEqual(await seqs('dialogue'), [1, 3])
        assert.deepEqual(await seqs('bulk'), [2, 4])
        assert.deepEqual(await seqs('bulk', { chatId: 'sending-1' }), [4])
        assert.deepEqual(await seqs('bulk', { chatId: 'sent-1' }), [])
        assert.equal((await readPortalContents(store, 'p')).messages, 2 * OPEN)
        assert.equal(await readOutboxDepth(store, async () => assert.fail()), 2 * OPEN)
        const counts = await new QueueCounts(store).messages([1, 2])
        assert.deepEqual([...counts], [[1, { count: 2 * OPEN, isMinimum: false }]])
      })
    })

    it('expire the oldest first, whatever their lane, on lines that nobody holds', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        await insertLines(store, [1, 2, 3], [2])
        await insertMessages(store, [
          { line: 3, seq: 40, state: 'sending' },
          { line: 1, seq: 10, state: 'queued' },
          { line: 3, seq: 20, state: 'queued', lane: 1 },
          { line: 2, seq: 5, state: 'queued' },
          { line: 1, seq: 15, state: 'sent' },
          { line: 1, seq: 16, state: 'failed' },
          { line: 1, seq: 99, state: 'queued' },
        ])
        const expired = await findExpired(store, 99)
        assert.deepEqual(
          expired.map(({ lineId, seq }) => [lineId, seq]),
          [
            [1, 10],
            [3, 20],
            [3, 40],
          ],
        )
      })
    })

    it('are found when they have failed, the latest first, of both lanes', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        const failed = [7, 3, 9, 5].map((seq) => ({ seq, state: 'failed', lane: seq % 4 ? 0 : 1 }))
        await insertMessages(store, [...failed, { seq: 8, state: 'sent' }])
        await insertMessages(store, [{ line: 2, seq: 11, state: 'failed' }])
        const found = await findFailedMessages(store, 1, 3)
        assert.deepEqual(
          found.map(({ seq, code, at }) => [seq, code, at]),
          [9, 7, 5].map((seq) => [seq, `E${seq}`, seq]),
        )
      })
    })

    it('are forgotten when they have ended, never while they are open', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        await insertMessages(store, EVERY)
        await insertMessages(store, [
          { seq: 100, state: 'sent' },
          { seq: 101, state: 'failed' },
        ])
        assert.equal(await pruneOutbox(store, 100), EVERY.length - 2 * OPEN)
        const left = await store.rows<{ seq: number }>(
          'SELECT seq FROM outbox_message ORDER BY seq',
        )
        assert.deepEqual(
          left.map(({ seq }) => seq),
          [1, 2, 3, 4, 100, 101],
        )
      })
    })

    it('tell to which of some chats one is on its way at this moment', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        await insertMessages(store, EVERY)
        await insertMessages(store, [{ line: 2, seq: 1, state: 'sending', chat: 'other' }])
        const asked = ['sending-1', 'queued-0', 'sent-0', 'other', 'sending-1']
        assert.deepEqual([...(await chatsBeingSentTo(store, 1, asked))], ['sending-1'])
        assert.deepEqual([...(await chatsBeingSentTo(store, 1, []))], [])
      })
    })
  })
}
