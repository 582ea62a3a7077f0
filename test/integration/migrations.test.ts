import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { migrateUp, pendingMigrations, unlockMigrations } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { testStores } from '../helpers/stores.ts'

const KEY = Buffer.alloc(32).toString('base64')

for (const kind of testStores()) {
  describe(`migrations on ${kind.name}`, () => {
    it('are applied once by several processes that start at the same moment on an empty store', async () => {
      for (let round = 0; round < 6; round++) {
        await using database = await kind.openEmpty()
        const ends = await withStores(database.databaseUrl, 3, (stores) =>
          Promise.allSettled(stores.map((store) => migrateUp(store))),
        )
        const applied = ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason))
        assert.ok(applied.every(Array.isArray), String(applied))
        assert.equal(applied.filter((names) => names.length > 0).length, 1)
      }
    })

    it('go on after the lock of a killed process was freed', async () => {
      await using database = await kind.openEmpty()
      await withStores(database.databaseUrl, 1, async ([store]) => {
        assert.ok(store)
        await unlockMigrations(store)
        await store.run('UPDATE hub_migration_lock SET is_locked = 1')
        await unlockMigrations(store)
        await migrateUp(store)
        assert.deepEqual(await pendingMigrations(store), [])
      })
    })
  })
}

async function withStores<T>(
  url: string,
  count: number,
  work: (stores: readonly Store[]) => Promise<T>,
): Promise<T> {
  const { database } = parseConfig({ HUB_DATABASE_URL: url, HUB_SECRET_KEY: KEY })
  const stores = Array.from({ length: count }, () => new Store(database))
  try {
    return await work(stores)
  } finally {
    await Promise.all(stores.map((store) => store.close()))
  }
}
