import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { migrateUp, pendingMigrations, unlockMigrations } from '../../src/db/engine/migrator.ts'
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
