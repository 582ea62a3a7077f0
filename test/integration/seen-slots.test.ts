import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { emptySlots, prepareSlot, readSlots } from '../../src/db/inbox/seen-slots.ts'
import { testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

const NOW = 1_772_366_400_000

for (const kind of testStores()) {
  describe(`slots of the memory of updates on ${kind.name}`, () => {
    it('don’t come back when a process that stood still for long prepares one', async () => {
      await using database = await kind.open()
      await withStore(database.databaseUrl, async (store) => {
        await migrateUp(store)
        const memory = new SeenMemory(store, { now: () => NOW })
        for (let turn = 0; turn < 3; turn++) await memory.turn('day')
        assert.equal(await emptySlots(store, 'day', NOW + 1), 2)
        await prepareSlot(store, { ring: 'day', serial: 2 }, NOW)
        const slots = (await readSlots(store)).filter(({ ring }) => ring === 'day')
        assert.deepEqual(
          slots.map(({ serial, closed_at }) => [serial, closed_at]),
          [
            [3, NOW],
            [4, null],
          ],
        )
      })
    })
  })
}

describe('slots of the memory of updates on mariadb', () => {
  it('are emptied row by row by a user who may not drop tables', async () => {
    const kind = testStores().find(({ name }) => name === 'mariadb')
    assert.ok(kind)
    await using database = await kind.open()
    const poorUrl = new URL(database.databaseUrl)
    Object.assign(poorUrl, { username: `no_drop_${process.pid}`, password: 'x' })
    await withStore(database.databaseUrl, async (store) => {
      await migrateUp(store)
      const memory = new SeenMemory(store, { now: () => NOW })
      for (let turn = 0; turn < 2; turn++) await memory.turn('day')
      const row =
        "INSERT INTO seen_day_01 (line_id, hash, batch) VALUES (1, X'00112233445566778899AABBCCDDEEFF', 1)"
      await store.run(row)
      const [schema] = await store.rows<{ name: string }>('SELECT DATABASE() AS name')
      const user = `${poorUrl.username}@localhost`
      await store.run(`CREATE USER ${user} IDENTIFIED BY 'x'`)
      try {
        await store.run(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema?.name}.* TO ${user}`)
        await withStore(poorUrl.href, async (poor) => {
          await assert.rejects(poor.run('TRUNCATE TABLE seen_day_01'), { errno: 1142 })
          assert.equal(await emptySlots(poor, 'day', NOW + 1), 1)
          assert.deepEqual(await poor.rows('SELECT * FROM seen_day_01'), [])
        })
      } finally {
        await store.run(`DROP USER ${user}`)
      }
    })
  })
})
