import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { timedId } from '../../src/core/ids.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { prune } from '../../src/jobs/prune.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const NOW = Date.UTC(2026, 0, 1)

for (const kind of testStores()) {
  describe(`jobs on ${kind.name}`, () => {
    it('of one process belong to the oldest that lives and has the role', async () => {
      await using rig = await openRig(kind)
      assert.equal(await rig.processes.findOldest('jobs'), undefined)
      const other = await rig.register('inbox,outbox', NOW)
      const first = await rig.register('inbox,jobs', NOW + 1)
      const second = await rig.register('jobs', NOW + 2)
      assert.ok(other < first && first < second)
      assert.equal(await rig.processes.findOldest('jobs'), first)
      await rig.processes.remove(first, NOW + 3)
      assert.equal(await rig.processes.findOldest('jobs'), second)
    })

    it('delete nothing more once they are asked to end', async () => {
      await using rig = await openRig(kind)
      await rig.store.run(
        "INSERT INTO seen_update (line_id, hash, seen_at, batch) VALUES (1, 'x', 1, 1)",
      )
      const options = { dedupeMs: 1000, deadLetterMs: 1000 }
      const ended = await prune(rig.store, NOW, options, AbortSignal.abort())
      assert.equal(ended['seenUpdates'], 0)
      assert.equal((await prune(rig.store, NOW, options))['seenUpdates'], 1)
    })
  })
}

async function openRig(kind: TestStore) {
  const database = await kind.open()
  const key = Buffer.alloc(32).toString('base64')
  const config = parseConfig({ HUB_DATABASE_URL: database.databaseUrl, HUB_SECRET_KEY: key })
  const store = new Store(config.database)
  await migrateUp(store)
  const processes = new ProcessRepository(store)
  return {
    store,
    processes,
    async register(roles: string, now: number): Promise<string> {
      const token = timedId('prc_', now)
      await processes.register({ token, host: 'here', pid: 1, roles }, now + 6000, now)
      return token
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await database.dispose()
    },
  }
}
