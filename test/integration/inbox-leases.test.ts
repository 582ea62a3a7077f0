import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { UNLOCKED } from '../../src/core/inbox.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { type AppendOutcome, appendUpdates } from '../../src/db/inbox/append.ts'
import { commitInbox } from '../../src/db/inbox/commit.ts'
import { claimDueLines, findOwnedLines, readEvents } from '../../src/db/inbox/leases.ts'
import type { NewUpdate } from '../../src/db/inbox/new-update.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { type Settlement, settleLines } from '../../src/db/inbox/settle.ts'
import { confirmEvents } from '../../src/db/inbox/status.ts'
import { InboxCommitter } from '../../src/inbox/committer.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const KEY = Buffer.alloc(32).toString('base64')
const TOKEN = 'prc_one'
const LINE = 7
const NOW = Date.UTC(2026, 0, 1)

for (const kind of testStores()) {
  describe(`leases on ${kind.name}`, () => {
    it('a settle repeated after its lease has ended leaves a later lease of the same process alone', async () => {
      await using rig = await openRig(kind)
      const first = await rig.append(1)
      const settle = { ...done(first), next: { kind: 'continue' as const, emptyUpTo: first.last } }
      assert.deepEqual(await rig.settle(settle), { kind: 'released', tail: first.last })

      const second = await rig.append(1)
      assert.equal(second.lease, first.lease + 1)
      assert.deepEqual(await rig.settle(settle), { kind: 'lost' })

      assert.deepEqual(
        (await findOwnedLines(rig.store, TOKEN)).map((line) => line.lease),
        [2],
      )
      assert.equal((await rig.settle(done(second))).kind, 'kept')
    })

    it('large events are read a few at a time, none is left out, and the last page says so', async () => {
      await using rig = await openRig(kind)
      const size = 300_000
      for (let seq = 1; seq <= 7; seq += 1) {
        await rig.store.run(
          'INSERT INTO inbox_event (line_id, seq, type, payload, created_at) VALUES (?, ?, ?, ?, ?)',
          [LINE, seq, 'message.new', (seq < 7 ? 'ё' : 'x').repeat(size / 2), NOW],
        )
      }
      const page = { limit: 200, maxBytes: 2 * size + 1 }
      const read = async (after: number) => {
        const { events, isAll } = await readEvents(rig.store, LINE, { ...page, after })
        return [events.map(({ seq }) => seq), isAll]
      }
      assert.deepEqual(await read(0), [[1, 2, 3], false])
      assert.deepEqual(await read(3), [[4, 5, 6], false])
      assert.deepEqual(await read(6), [[7], true])
      assert.deepEqual(await read(7), [[], true])
      const few = await readEvents(rig.store, LINE, { after: 0, limit: 2, maxBytes: 9e9 })
      assert.deepEqual([few.events.length, few.isAll], [2, false])
    })

    it('every claim has a number of its own, made by a writer or from the due lines', async () => {
      await using rig = await openRig(kind)
      const { lease, last } = await rig.append(1)
      await rig.settle({ ...done({ lease, seqs: [], last }), next: { kind: 'wait', dueAt: NOW } })
      const [claimed] = await claimDueLines(rig.store, TOKEN, [LINE], NOW)
      assert.equal(claimed?.lease, lease + 1)
    })

    it('a confirmation that is faster than the settle of "ack: later" leaves nothing to wait for', async () => {
      await using rig = await openRig(kind)
      const { lease, seqs, last } = await rig.append(2)
      assert.equal((await confirmEvents(rig.store, LINE, seqs, NOW)).length, 2)
      const outcome = await rig.settle(awaiting(lease, seqs, last))
      assert.deepEqual(outcome, { kind: 'released', tail: last })
      assert.deepEqual(await rig.row(), { due_at: null, owner: null, ack_until: null })
    })

    it('the line is kept when more has come behind what was confirmed early', async () => {
      await using rig = await openRig(kind)
      const { lease, seqs, last } = await rig.append(1)
      await rig.append(1)
      await confirmEvents(rig.store, LINE, seqs, NOW)
      const outcome = await rig.settle(awaiting(lease, seqs, last))
      assert.deepEqual([outcome.kind, 'isConfirmed' in outcome], ['kept', true])
    })

    it('only what was not confirmed early is waited for', async () => {
      await using rig = await openRig(kind)
      const { lease, seqs, last } = await rig.append(2)
      await confirmEvents(rig.store, LINE, seqs.slice(0, 1), NOW)
      assert.equal((await rig.settle(awaiting(lease, seqs, last))).kind, 'released')
      assert.equal((await confirmEvents(rig.store, LINE, seqs.slice(1), NOW)).length, 1)
      assert.equal((await rig.row())?.ack_until, null)
    })
  })

  describe(`what comes in and what a portal answers, in one commit on ${kind.name}`, () => {
    it('keeps a line that would be let go, were it not for the event that comes with it', async () => {
      await using rig = await openRig(kind)
      const first = await rig.append(2)
      const settlement = { ...done(first), next: continueFrom(first.last) }
      const { appended, settled } = await rig.commit([{ lineId: LINE }], [settlement])
      const [seq] = seqsOf(appended[0])
      assert.deepEqual(settled, [{ kind: 'kept', tail: seq, replays: 0, purgeUntil: 0 }])
      assert.deepEqual(await rig.seqs(), [seq])
      assert.deepEqual(await rig.row(), { due_at: null, owner: TOKEN, ack_until: null })
    })

    it('lets a line go until later, with the event that comes with it', async () => {
      await using rig = await openRig(kind)
      const first = await rig.append(1)
      const next = { kind: 'wait' as const, dueAt: NOW + 5000 }
      const settlement = { ...done(first), accepted: [], next }
      const { appended, settled } = await rig.commit([{ lineId: LINE }], [settlement])
      const [seq] = seqsOf(appended[0])
      assert.deepEqual(settled, [{ kind: 'released', tail: seq }])
      assert.deepEqual(await rig.seqs(), [...first.seqs, seq])
      assert.deepEqual(await rig.row(), { due_at: NOW + 5000, owner: null, ack_until: null })
    })

    it('changes nothing of a line whose lease is over, and leases it anew for what comes in', async () => {
      await using rig = await openRig(kind)
      const first = await rig.append(1)
      await rig.settle({ ...done(first), next: continueFrom(first.last) })
      const { appended, settled } = await rig.commit([{ lineId: LINE }], [done(first)])
      assert.deepEqual(settled, [{ kind: 'lost' }])
      const [outcome] = appended
      assert.ok(outcome?.kind === 'appended')
      assert.equal(outcome.lease, first.lease + 1)
      assert.deepEqual(await rig.seqs(), seqsOf(outcome))
    })

    it('takes repeats and updates of a changed line for what they are, beside what is settled', async () => {
      await using rig = await openRig(kind)
      const first = await rig.append(1)
      const hash = 'x'.repeat(22)
      const updates = [
        { lineId: LINE, hash },
        { lineId: LINE, hash },
        { lineId: LINE, epoch: 77 },
      ]
      const { appended, settled } = await rig.commit(updates, [done(first)])
      const kinds = appended.map(({ kind: is }) => is)
      assert.deepEqual(kinds, ['appended', 'duplicate', 'stale'])
      assert.equal(settled[0]?.kind, 'kept')
      const again = await rig.commit([{ lineId: LINE, hash }], [done(first)])
      assert.deepEqual(
        again.appended.map(({ kind: is }) => is),
        ['duplicate'],
      )
      assert.deepEqual(await rig.seqs(), seqsOf(appended[0]))
    })

    it('is refused with two settles of one line, which are made one by one instead', async () => {
      await using rig = await openRig(kind)
      const first = await rig.append(1)
      await rig.settle({ ...done(first), next: continueFrom(first.last) })
      const second = await rig.append(2)
      const both = [done(second), { ...done(first), accepted: second.seqs }]
      const refused = /two settles of line 7/
      await assert.rejects(rig.commit([{ lineId: LINE }], both), refused)
      await assert.rejects(rig.commit([], both), refused)
      assert.deepEqual(await rig.seqs(), second.seqs)

      const { commits } = rig
      const late = { ...done(first), accepted: second.seqs }
      const ended = { ...done(second), accepted: second.seqs.slice(0, 1) }
      const outcomes = await Promise.all([
        commits.settle(TOKEN, late),
        commits.settle(TOKEN, ended),
      ])
      assert.deepEqual(
        outcomes.map(({ kind: is }) => is),
        ['lost', 'kept'],
      )
      assert.deepEqual(await rig.seqs(), second.seqs.slice(1))
    })

    it('goes on after a confirmation that came before the answer that announced it', async () => {
      await using rig = await openRig(kind)
      const { lease, seqs, last } = await rig.append(2)
      await confirmEvents(rig.store, LINE, seqs, NOW)
      const { appended, settled } = await rig.commit(
        [{ lineId: LINE }],
        [awaiting(lease, seqs, last)],
      )
      const [tail] = seqsOf(appended[0])
      assert.deepEqual(settled, [
        { kind: 'kept', tail, replays: 0, purgeUntil: 0, isConfirmed: true },
      ])
    })
  })
}

function continueFrom(emptyUpTo: number): Settlement['next'] {
  return { kind: 'continue', emptyUpTo }
}

function seqsOf(outcome: AppendOutcome | undefined): number[] {
  return outcome?.kind === 'appended' ? outcome.stored.map(({ seq }) => seq) : []
}

interface Appended {
  readonly lease: number
  readonly seqs: readonly number[]
  readonly last: number
}

function done({ lease, seqs }: Appended): Settlement {
  return {
    lineId: LINE,
    lease,
    accepted: seqs,
    rejected: [],
    lockout: UNLOCKED,
    next: { kind: 'continue' },
  }
}

function awaiting(lease: number, seqs: readonly number[], emptyUpTo: number): Settlement {
  const confirmed = { lockout: UNLOCKED, emptyUpTo }
  const next = { kind: 'await-ack' as const, until: NOW + 60_000, seqs, confirmed }
  return { lineId: LINE, lease, accepted: [], rejected: [], lockout: UNLOCKED, next }
}

async function openRig(kind: TestStore) {
  const database = await kind.open()
  const config = parseConfig({ HUB_DATABASE_URL: database.databaseUrl, HUB_SECRET_KEY: KEY })
  const store = new Store(config.database)
  await migrateUp(store)
  await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [LINE])
  const record = { token: TOKEN, host: 'here', pid: 1, roles: 'inbox' }
  await new ProcessRepository(store).register(record, NOW + 6000, NOW)
  const clock = createManualClock(NOW)
  return {
    store,
    commits: new InboxCommitter({
      ...{ store, clock, lease: { token: TOKEN }, burial: { isKept: true } },
      memory: new SeenMemory(store, clock),
      places: new SharedPool({ name: 'updates-waiting', capacity: 10 }),
    }),
    /** Gives 0 as the lease when the line was held already. */
    async append(count: number): Promise<Appended> {
      const events = Array.from({ length: count }, () => ({ type: 'message.new', payload: '{}' }))
      const [outcome] = await appendUpdates(store, [{ lineId: LINE, events }], TOKEN, NOW)
      assert.equal(outcome?.kind, 'appended')
      const seqs = outcome.stored.map(({ seq }) => seq)
      return { lease: outcome.lease ?? 0, seqs, last: seqs.at(-1) ?? 0 }
    },
    async settle(settlement: Settlement) {
      const [outcome] = await settleLines(store, TOKEN, [settlement], NOW)
      assert.ok(outcome)
      return outcome
    },
    /** Each update holds an event. */
    async commit(
      updates: readonly Omit<NewUpdate, 'events'>[],
      settlements: readonly Settlement[],
    ) {
      const burial = { isKept: true }
      const filled = updates.map((update) => ({
        ...update,
        events: [{ type: 'message.new', payload: '{}' }],
      }))
      const commit = { updates: filled, claimFor: TOKEN, settlements, token: TOKEN, burial }
      return await commitInbox(store, commit, NOW)
    },
    async seqs() {
      const rows = await store.rows<{ seq: number }>('SELECT seq FROM inbox_event ORDER BY seq')
      return rows.map(({ seq }) => seq)
    },
    async row() {
      const [row] = await store.rows<Record<'due_at' | 'owner' | 'ack_until', unknown>>(
        'SELECT due_at, owner, ack_until FROM inbox_line WHERE line_id = ?',
        [LINE],
      )
      return row && { ...row }
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await database.dispose()
    },
  }
}
