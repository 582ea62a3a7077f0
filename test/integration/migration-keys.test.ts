import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as padding from '../../migrations/20261128120000_no_padding.ts'
import * as receipts from '../../migrations/20261128130000_receipts_by_chat.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

async function readReceipts(store: Store): Promise<[string, number, number][]> {
  const rows = await store.rows<{ message_id: string; seq: number; sent_at: number }>(
    'SELECT message_id, seq, sent_at FROM outbox_receipt ORDER BY message_id, seq',
  )
  return rows.map((row) => [row.message_id, row.seq, row.sent_at])
}

async function readKeys(store: Store): Promise<(string | null)[]> {
  const rows = await store.rows<{ portal_key: string | null }>(
    'SELECT portal_key FROM outbox_message ORDER BY seq',
  )
  return rows.map((row) => row.portal_key)
}

for (const kind of testStores()) {
  describe(`keys of tables that hold something, on ${kind.name}`, () => {
    it('let go of the second message with an id on the way down, and keep the rest both ways', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        const insert = (id: string, seq: number) =>
          store.run(
            'INSERT INTO outbox_receipt (line_id, message_id, seq, sent_at) VALUES (1, ?, ?, ?)',
            [id, seq, 100 + seq],
          )
        for (const [id, seq] of [
          ['7', 1],
          ['7', 2],
          ['7', 3],
          ['8', 4],
        ] as const) {
          await insert(id, seq)
        }
        await receipts.down(store.knex)
        const first = [
          ['7', 1, 101],
          ['8', 4, 104],
        ]
        assert.deepEqual(await readReceipts(store), first)
        await assert.rejects(insert('7', 2))
        await receipts.up(store.knex)
        assert.deepEqual(await readReceipts(store), first)
        await insert('7', 2)
        await assert.rejects(insert('7', 2))
        assert.equal((await readReceipts(store)).length, 3)
      })
    })

    it('that differ in spaces at their end are let go on the way down where the store pads', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        for (const [index, key] of ['a', 'a ', 'b'].entries()) {
          await store.run(
            `INSERT INTO outbox_message (line_id, seq, chat_id, kind, payload, portal_key, state, due_at, created_at, updated_at)
             VALUES (1, ?, '5', 'send', '{}', ?, 'sent', 0, 0, 0)`,
            [index, key],
          )
        }
        await padding.down(store.knex)
        const isPadded = store.dialect === 'mysql'
        assert.deepEqual(await readKeys(store), ['a', isPadded ? null : 'a ', 'b'])
        await padding.up(store.knex)
        await store.run("UPDATE outbox_message SET portal_key = 'a ' WHERE seq = 1")
        assert.deepEqual(await readKeys(store), ['a', 'a ', 'b'])
      })
    })
  })
}
