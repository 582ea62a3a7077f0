import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withSnapshot } from '../../src/db/archive/sqlite-copy.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

describe('the snapshot of a backup on mariadb', () => {
  const kind = testStores().find(({ name }) => name === 'mariadb')
  assert.ok(kind)

  it('holds tables that are emptied while it begins', async () => {
    await using database = await kind.open()
    await withStore(database.databaseUrl, async (store) => {
      await migrateUp(store)
      let isOver = false
      const emptying = (async () => {
        while (!isOver) await store.run('TRUNCATE TABLE seen_week_9')
      })()
      try {
        for (let backup = 0; backup < 30; backup++) {
          await withSnapshot(store, (snapshot) => snapshot.rows('SELECT * FROM seen_week_9'))
        }
      } finally {
        isOver = true
        await emptying
      }
    })
  })
})
