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
