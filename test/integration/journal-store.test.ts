import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventId, outId } from '../../src/core/ids.ts'
import type { JournalStep } from '../../src/core/journal.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { createSecretBox } from '../../src/db/engine/secret-box.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { pruneJournal } from '../../src/db/journal/prune.ts'
import { type NotedStep, writeKeys, writeSteps } from '../../src/db/journal/write.ts'
import { LineRepository } from '../../src/db/lines/lines.ts'
import { removeLine } from '../../src/db/lines/removal.ts'
import { MessageFinder } from '../../src/journal/finder.ts'
import { stepsOf } from '../helpers/journal.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

const NOW = Date.UTC(2026, 5, 1)
const DAY = 24 * 3600 * 1000
const PORTAL = 'prt_a'
const seqAt = (at: number): number => at * 1024

for (const kind of testStores()) {
  describe(`the journal's tables, on ${kind.name}`, () => {
    it('keep the steps of a second in one row, and give them back as they were', async () => {
      await withJournal(kind, async ({ store, line, write, find }) => {
        const seq = seqAt(NOW)
        const chat = 'chat "1" %'
        await write([
          { kind: 'received', seq, ms: 3, chat, messageId: 'm1' },
          { kind: 'received', seq: seq + 1, ms: 3, chat, messageId: 'm2' },
          {
            kind: 'posted',
            packet: 'pkt_1',
            seqs: [seq, seq + 1],
            ms: 9,
            status: 200,
            accepted: [seq],
          },
          { kind: 'dead', seqs: [seq + 1], reason: 'no' },
        ])
        const rows = await store.rows<{ n: number }>('SELECT COUNT(*) AS n FROM journal_entry')
        assert.equal(rows[0]?.n, 1)
        const both = await find('pkt_1')
        assert.deepEqual(both.map(stepsOf), [
          ['received', 'attempt', 'accepted'],
          ['received', 'attempt', 'dead'],
        ])
        assert.deepEqual(both[0]?.chat, { id: chat })
        assert.equal(both[1]?.evt, eventId(line, seq + 1))
      })
    })

    it('hold what came hours and days later beside the message it is about', async () => {
      await withJournal(kind, async ({ line, write, find }) => {
        const late = seqAt(NOW - 3 * DAY)
        await write([{ kind: 'received', seq: late, ms: 1, messageId: 'm' }], NOW - 3 * DAY)
        const seqs = [late, seqAt(NOW - DAY), seqAt(NOW)]
        await write([
          { kind: 'posted', packet: 'pkt_9', seqs, ms: 1, error: 'ECONNREFUSED', accepted: [] },
        ])
        assert.deepEqual(stepsOf((await find(eventId(line, late)))[0]), ['received', 'attempt'])
        assert.equal((await find('pkt_9')).length, 3)
        assert.equal((await find('m')).length, 1)
      })
    })

    it('tell what the channel said later of a message that went out', async () => {
      await withJournal(kind, async ({ line, write, find }) => {
        const out = seqAt(NOW)
        await write([
          { kind: 'queued', out, chat: 'c', key: 'k' },
          { kind: 'tried', out, chat: 'c', outcome: 'sent', ms: 5 },
          { kind: 'status', out, status: 'sent', chat: 'c', messageIds: ['x1'] },
        ])
        const status = { kind: 'status', out, messageIds: ['x1'] } as const
        await write([{ ...status, status: 'delivered' }], NOW + DAY)
        await write([{ ...status, status: 'read' }], NOW + 2 * DAY)
        const [item] = await find('x1', NOW + 2 * DAY)
        assert.deepEqual(stepsOf(item), ['queued', 'attempt', 'sent', 'delivered', 'read'])
        assert.equal(item?.out, outId(line, out))
        assert.deepEqual(await find('k', NOW + 2 * DAY), [item])
      })
    })

    it('forget after their time, old seconds with late steps last of all', async () => {
      await withJournal(kind, async ({ store, line, write, find }) => {
        const old = seqAt(NOW - 20 * DAY)
        await write([{ kind: 'received', seq: old, ms: 1, messageId: 'old' }], NOW - 20 * DAY)
        await write([{ kind: 'replayed', seqs: [old] }], NOW - DAY)
        await write([{ kind: 'received', seq: seqAt(NOW), ms: 1, messageId: 'new' }])
        assert.equal(await pruneJournal(store, NOW - 7 * DAY), 2)
        assert.deepEqual(stepsOf((await find(eventId(line, old)))[0]), ['replayed'])
        assert.equal((await find('new')).length, 1)
        assert.deepEqual(await find('old'), [])
      })
    })

    it('take thousands of steps at once', async () => {
      await withJournal(kind, async ({ store, write }) => {
        const steps = Array.from({ length: 5000 }, (_, index): JournalStep => {
          const messageId = `m${index}`
          return { kind: 'received', seq: seqAt(NOW) + index * 700, ms: 1, chat: 'c', messageId }
        })
        await write(steps)
        const [keys] = await store.rows<{ n: number }>('SELECT COUNT(*) AS n FROM journal_key')
        assert.equal(keys?.n, 5000)
      })
    })

    it('lose a line that is removed', async () => {
      await withJournal(kind, async ({ store, line, write }) => {
        await write([{ kind: 'received', seq: seqAt(NOW), ms: 1, chat: 'c', messageId: 'm' }])
        await removeLine(store, line, NOW)
        for (const table of ['journal_entry', 'journal_key']) {
          const [row] = await store.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`)
          assert.equal(row?.n, 0, table)
        }
      })
    })
  })
}

interface Rig {
  readonly store: Store
  readonly line: number
  write(steps: readonly JournalStep[], at?: number): Promise<void>
  find(id: string, now?: number): ReturnType<typeof findAll>
}

async function withJournal(kind: TestStore, work: (rig: Rig) => Promise<void>): Promise<void> {
  await using database = await kind.open()
  await withStore(database.databaseUrl, async (store) => {
    await migrateUp(store)
    const lines = new LineRepository(store, createSecretBox(Buffer.alloc(32, 1)))
    const address = { portalId: PORTAL, connector: 'telegram', externalId: '12' }
    await lines.save(
      {
        address,
        values: {},
        secretKeys: new Set(),
        hash: 'a'.repeat(32),
        webhookSecret: 'x',
        isUntested: true,
      },
      NOW,
    )
    const { id: line = 0 } = (await lines.find(address)) ?? {}
    await work({
      store,
      line,
      async write(steps, at = NOW) {
        const noted = steps.map((step): NotedStep => {
          return { line: { lineId: line, portalId: PORTAL }, step: { ...step, at } }
        })
        await writeKeys(store, await writeSteps(store, noted))
      },
      find: (id, now = NOW) => findAll(store, id, now),
    })
  })
}

async function findAll(store: Store, id: string, now: number) {
  const clock = createManualClock(now)
  const finder = new MessageFinder({ store, clock, journalMs: 7 * DAY })
  const found = await finder.find({ id, portalId: PORTAL })
  return found.map(({ item }) => item)
}
