import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { timedId } from '../../src/core/ids.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { Horizon } from '../../src/jobs/horizon.ts'
import { Past } from '../../src/jobs/past.ts'
import { createPruneJob, prune } from '../../src/jobs/prune.ts'
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

    it('delete nothing that can not have had its time, however far ahead the clock is', async () => {
      await using rig = await openRig(kind)
      const DAY = 24 * 3_600_000
      await rig.store.run(
        `INSERT INTO dead_letter (line_id, seq, type, payload, created_at, reason, dead_at)
         VALUES (1, 1, 'message.new', '{}', ?, 'made up', ?)`,
        [NOW, NOW],
      )
      await rig.store.run("INSERT INTO seen_update (line_id, hash, seen_at) VALUES (1, 'x', ?)", [
        NOW,
      ])
      await rig.store.run(
        "INSERT INTO request_seen (portal_id, request_id, seen_at, batch) VALUES ('prt_1', 'req_1', ?, 1)",
        [NOW],
      )
      let elapsed = 0
      let shift = 0
      const said: object[] = []
      const none = (): void => undefined
      const past = new Past({
        store: rig.store,
        log: { debug: none, info: none, warn: none, error: (fields) => said.push(fields) },
        horizon: new Horizon(() => elapsed),
        readClock: async () => NOW + elapsed + shift,
      })
      const job = createPruneJob(rig.store, past, { dedupeMs: DAY, deadLetterMs: 7 * DAY })
      const { signal } = new AbortController()
      await job.work(signal)
      for (const look of [0, 1, 2]) {
        elapsed += 300_000
        shift = look === 1 ? 8 * DAY : 0
        const deleted = await job.work(signal)
        assert.ok(
          Object.values(deleted).every((rows) => rows === 0),
          JSON.stringify(deleted),
        )
      }
      assert.deepEqual(said, [{ event: 'clock.jumped', jumpMs: 8 * DAY - 60_000 }])
      shift = 0
      elapsed += DAY
      assert.deepEqual(await job.work(signal), {
        seenUpdates: 1,
        seenSlots: 0,
        requests: 1,
        deadLetters: 0,
        outbox: 0,
        receipts: 0,
        addresses: 0,
        lineMemory: 0,
        letters: 0,
        mailboxes: 0,
        uploadPieces: 0,
        uploads: 0,
        traceItems: 0,
        jobs: 0,
        commMessages: 0,
        scriptVersions: 0,
        notifications: 0,
        consoleLinks: 0,
        consoleSessions: 0,
        consoleTraffic: 0,
        consoleHours: 0,
        voidEvents: 0,
      })
    })

    it('delete nothing more once they are asked to end', async () => {
      await using rig = await openRig(kind)
      await rig.store.run("INSERT INTO seen_update (line_id, hash, seen_at) VALUES (1, 'x', 1)")
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
