import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { migrateUp, pendingMigrations, unlockMigrations } from '../../src/db/engine/migrator.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { MigratingThread } from '../helpers/migrating-thread.ts'
import { testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

for (const kind of testStores()) {
  describe(`migrations on ${kind.name}`, () => {
    it('are applied once by several processes that start at the same moment on an empty store', async () => {
      await using stack = new AsyncDisposableStack()
      const threads = Array.from({ length: 3 }, () => stack.use(new MigratingThread()))
      for (let round = 0; round < 6; round++) {
        await using database = await kind.openEmpty()
        const { databaseUrl } = database
        const applied = await Promise.all(threads.map((thread) => thread.migrate(databaseUrl)))
        assert.equal(applied.filter((names) => names.length > 0).length, 1)
      }
    })

    it('go on after the lock of a killed process was freed', async () => {
      await using database = await kind.openEmpty()
      await withStore(database.databaseUrl, async (store) => {
        await unlockMigrations(store)
        await store.run('UPDATE hub_migration_lock SET is_locked = 1')
        await unlockMigrations(store)
        await migrateUp(store)
        assert.deepEqual(await pendingMigrations(store), [])
      })
    })
  })
}

/** They can be begun again wherever they were broken off: a MySQL server keeps what was done. */
const REPEATABLE = ['20261129090000_outbox_piles.ts', '20261129090000_repeats_by_slot.ts']

describe('migrations on mariadb', () => {
  const kind = testStores().find(({ name }) => name === 'mariadb')
  assert.ok(kind)

  it('are finished by the next process when one was killed in their midst', async () => {
    await using database = await kind.openEmpty()
    await withStore(database.databaseUrl, async (store) => {
      await migrateUp(store)
      const partsMissing = [
        [],
        ['DROP TABLE seen_slot, seen_week_8, seen_week_9'],
        ['ALTER TABLE seen_update ADD COLUMN batch BIGINT NOT NULL DEFAULT 0'],
        [
          'ALTER TABLE outbox_message DROP INDEX outbox_message_pile_index, DROP INDEX outbox_message_age_index',
          'CREATE INDEX outbox_message_line_id_state_seq_index ON outbox_message (line_id, state, seq)',
          'CREATE INDEX outbox_message_lane_index ON outbox_message (line_id, lane, state, seq)',
          'CREATE INDEX outbox_message_created_at_index ON outbox_message (created_at)',
        ],
      ]
      const before = await readSchema(store)
      for (const statements of partsMissing) {
        for (const sql of statements) await store.run(sql)
        await store.run('DELETE FROM hub_migration WHERE name IN (?, ?)', REPEATABLE)
        assert.deepEqual(await migrateUp(store), REPEATABLE)
        assert.deepEqual(await readSchema(store), before)
      }
    })
  })
})

async function readSchema(store: Store): Promise<unknown[]> {
  return await store.rows(
    `SELECT c.table_name, c.column_name, s.index_name FROM information_schema.columns c
     LEFT JOIN information_schema.statistics s
       ON s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name
     WHERE c.table_schema = DATABASE() ORDER BY 1, 2, 3`,
  )
}
