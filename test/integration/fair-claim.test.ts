import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { dueIn } from '../../src/db/engine/due-lines.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { claimDueOutbox, type LeasedOutbox } from '../../src/db/outbox/messages.ts'
import { FairClaim } from '../../src/lease/fair-claim.ts'
import { createManualClock, type ManualClock } from '../helpers/manual-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

const TOKEN = 'prc_one'
const LIMIT = 50
/** A portal alone may hold 20 of them. */
const CAPACITY = 100

for (const kind of testStores()) {
  describe(`due lines are shared fairly on ${kind.name}`, () => {
    it('a portal with many gets its share, and one that comes behind them is found at once', async () => {
      await run(kind, async ({ add, claim }) => {
        await add('noisy', 500, 1)
        await add('quiet', 1, 2)
        const taken = await claim(2)
        assert.equal(taken.filter(({ portalId }) => portalId === 'noisy').length, 20)
        assert.equal(taken.filter(({ portalId }) => portalId === 'quiet').length, 1)
      })
    })

    it('what waits is taken when there is room, those first that have waited longest', async () => {
      await run(kind, async ({ add, claim, pool, clock }) => {
        await add('noisy', 30, 1)
        const first = await claim(2)
        assert.deepEqual(await claim(1), [])
        for (const { portalId } of first) pool.giveBack(portalId)
        await clock.advance(200)
        const second = await claim(1)
        assert.deepEqual(
          second.map(({ lineId }) => lineId),
          Array.from({ length: 10 }, (_, n) => 21 + n),
        )
      })
    })

    it('waiting lines are not read again and again', async () => {
      await run(kind, async ({ add, claim, clock, reads }) => {
        await add('noisy', 500, 1)
        await claim(3)
        await clock.advance(4000)
        reads.length = 0
        for (let look = 0; look < 10; look++) await claim(1)
        assert.equal(Math.max(...reads), 0)
        await add('quiet', 1, clock.now())
        assert.equal((await claim(1)).length, 1)
      })
    })

    it('a line that became due with an earlier instant is found within ten seconds', async () => {
      await run(kind, async ({ add, claim, clock }) => {
        await add('noisy', 100, 1)
        await claim(3)
        await clock.advance(5000)
        await claim(1)
        await add('quiet', 1, clock.now() - 4000)
        assert.equal((await claim(1)).length, 0)
        await clock.advance(5000)
        assert.equal((await claim(1)).length, 1)
      })
    })
  })
}

interface Rig {
  readonly clock: ManualClock
  readonly pool: SharedPool
  /** Lines that each look found, of portals that were not asked for by name. */
  readonly reads: number[]
  add(portalId: string, count: number, dueAt: number): Promise<void>
  claim(looks: number): Promise<LeasedOutbox[]>
}

async function run(kind: TestStore, body: (rig: Rig) => Promise<void>): Promise<void> {
  await using database = await kind.open()
  await withStore(database.databaseUrl, async (store) => {
    await migrateUp(store)
    const clock = createManualClock()
    const pool = new SharedPool({ name: 'outbox-lines', capacity: CAPACITY })
    await store.run(
      "INSERT INTO hub_process (token, host, pid, roles, state, started_at, alive_until) VALUES (?, '', 1, '', 'live', 0, 0)",
      [TOKEN],
    )
    const reads: number[] = []
    const claims = new FairClaim(sourceOf(store, reads), pool, clock)
    let lines = 0
    await body({
      clock,
      pool,
      reads,
      async add(portalId, count, dueAt) {
        const rows = Array.from({ length: count }, (_, n) => [++lines, portalId, dueAt + n])
        const marks = rows.map(() => '(?, ?, ?)').join(', ')
        await store.run(
          `INSERT INTO outbox_line (line_id, portal_id, due_at) VALUES ${marks}`,
          rows.flat(),
        )
      },
      async claim(looks) {
        const taken: LeasedOutbox[] = []
        for (let look = 0; look < looks; look++) {
          taken.push(...(await claims.claim(TOKEN, LIMIT)).lines)
        }
        return taken.toSorted((a, b) => a.lineId - b.lineId)
      },
    })
  })
}

function sourceOf(store: Store, reads: number[]) {
  const looks = dueIn(store, 'outbox_line')
  return {
    ...looks,
    async find(search: Parameters<typeof looks.find>[0]) {
      // What the store has to pass over for what it gives.
      const [row] = await store.rows<{ count: number }>(
        'SELECT COUNT(*) AS count FROM outbox_line WHERE due_at >= ? AND due_at <= ?',
        [search.from, search.now],
      )
      reads.push(row?.count ?? 0)
      return await looks.find(search)
    },
    take: (token: string, ids: readonly number[], now: number) =>
      claimDueOutbox(store, token, ids, now),
    findOwned: async () => [],
  }
}
