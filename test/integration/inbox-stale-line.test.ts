import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { UNLOCKED } from '../../src/core/inbox.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { InboxCommitter } from '../../src/inbox/committer.ts'
import { HeldLine } from '../../src/inbox/held-line.ts'
import { LineRunner } from '../../src/inbox/line-runner.ts'
import { PortalLife } from '../../src/inbox/portal-life.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { testStores } from '../helpers/stores.ts'

const LINE = 1
const EVENTS = [{ type: 'message.new', payload: '{}' }]
const LIMITS = { maxEvents: 10, maxBytes: 10_000 }

for (const kind of testStores()) {
  describe(`a line that has waited for its turn on ${kind.name}`, () => {
    it('is not delivered when it was leased to another process meanwhile', async () => {
      await using database = await kind.open()
      const { database: config } = parseConfig({
        HUB_DATABASE_URL: database.databaseUrl,
        HUB_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      })
      const store = new Store(config)
      await migrateUp(store)
      const clock = createManualClock()
      await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [LINE])
      const sent: number[] = []
      const said: string[] = []
      const say = (fields: object): void => void said.push((fields as { event: string }).event)
      const log = { debug: say, info: say, warn: say, error: say }
      const lease = {
        token: 'prc_1',
        isAlive: () => true,
        onSuspended: () => undefined,
        onLost: () => undefined,
      }
      const burial = { isKept: true }
      const places = new SharedPool({ name: 'updates-waiting', capacity: 10 })
      const runner = new LineRunner({
        ...{ store, clock, log, lease, burial },
        commits: new InboxCommitter({
          ...{ store, clock, lease, burial, places },
          memory: new SeenMemory(store, clock),
        }),
        life: new PortalLife(store, clock, log, () => undefined),
        portals: {
          async deliver({ events }) {
            sent.push(...events.map(({ seq }) => seq))
            return { kind: 'answered', accepted: events.map(({ seq }) => seq), rejected: [] }
          },
          isAnswering: async () => true,
          disconnect: async () => undefined,
        },
        plan: { ladderMs: [1000], maxEvents: LIMITS.maxEvents },
        limits: LIMITS,
        settle: async () => ({ kind: 'kept', tail: 0, replays: 0, purgeUntil: 0 }),
      })
      const [mine] = await appendUpdates(store, [{ lineId: LINE, events: EVENTS }], 'prc_1', 1)
      assert.ok(mine?.kind === 'appended' && mine.lease !== undefined)
      const held = { lineId: LINE, portalId: 'prt_1', lockout: UNLOCKED, purgeUntil: 0, replays: 0 }
      const tail = mine.stored.at(-1)?.seq ?? 0
      const line = new HeldLine('prc_1', { ...held, lease: mine.lease, tail }, 0, LIMITS)
      // As a disconnect does, and then the line is connected again.
      await store.run('UPDATE inbox_line SET owner = NULL, due_at = NULL WHERE line_id = ?', [LINE])
      await store.run('DELETE FROM inbox_event WHERE line_id = ?', [LINE])
      await appendUpdates(store, [{ lineId: LINE, events: EVENTS }], 'prc_2', 2)
      const end = await runner.step(line, new AbortController().signal)
      assert.deepEqual([end, sent, said], ['gone', [], ['inbox.lease-lost']])
      await store.close()
    })
  })
}
