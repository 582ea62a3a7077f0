import assert from 'node:assert/strict'
import { hash as digest } from 'node:crypto'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { systemClock } from '../../src/core/clock.ts'
import { StoreLockedError } from '../../src/core/errors.ts'
import { withSnapshot } from '../../src/db/archive/sqlite-copy.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { Ring } from '../../src/db/engine/slot-tables.ts'
import { Store } from '../../src/db/engine/store.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import { KeyFilter, markKey } from '../../src/db/inbox/key-filter.ts'
import type { NewUpdate } from '../../src/db/inbox/new-update.ts'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { emptySlots, readSlots } from '../../src/db/inbox/seen-slots.ts'
import { slotMs } from '../../src/db/inbox/seen-times.ts'
import { removeLine } from '../../src/db/lines/removal.ts'
import { type KeeperPace, RepeatKeeper } from '../../src/inbox/repeat-keeper.ts'
import { prune } from '../../src/jobs/prune.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const KEY = Buffer.alloc(32).toString('base64')
const LINE = 7
const NOW = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const OPTIONS = { dedupeMs: DAY_MS, deadLetterMs: DAY_MS }

for (const kind of testStores()) {
  describe(`the memory of updates on ${kind.name}`, () => {
    it('knows an update for a day, whichever slot it came in, and takes it again after that', async () => {
      await using rig = await openRig(kind)
      assert.equal(await rig.append('a'), 'appended')
      assert.equal(await rig.append('a'), 'duplicate')
      for (let hour = 1; hour <= 23; hour++) {
        await rig.passes(HOUR_MS)
        assert.equal(await rig.append('a'), 'duplicate', `after ${hour} h`)
        assert.equal(await rig.append(`b${hour}`), 'appended')
      }
      assert.equal((await rig.slots('day')).length, 12)
      for (let hour = 24; hour <= 30; hour++) await rig.passes(HOUR_MS)
      assert.equal(await rig.append('a'), 'appended', 'its day is over')
      assert.equal(await rig.append('b23'), 'duplicate')
    })

    it('goes round and round, with a slot to spare, and repeats prolong nothing', async () => {
      await using rig = await openRig(kind)
      for (let hour = 0; hour < 100; hour++) {
        assert.equal(await rig.append(`u${hour}`), 'appended')
        assert.equal(await rig.append(`u${Math.max(0, hour - 20)}`), 'duplicate')
        await rig.passes(HOUR_MS)
      }
      assert.ok((await rig.slots('day')).length <= 15)
      const told = rig.said.filter(({ event }) => event === 'repeats.full')
      assert.deepEqual(told, [])
    })

    it('knows what channels repeat for a week for as long', async () => {
      await using rig = await openRig(kind)
      const week = { repeatsForMs: 7 * DAY_MS }
      assert.equal(await rig.append('a', week), 'appended')
      for (let day = 1; day <= 7; day++) {
        for (let hour = 0; hour < 24; hour++) await rig.passes(HOUR_MS)
        assert.equal(await rig.append('a', week), 'duplicate', `after ${day} d`)
      }
      assert.ok((await rig.slots('week')).length <= 9)
      for (let hour = 0; hour < 96; hour++) await rig.passes(HOUR_MS)
      assert.equal(await rig.append('a', week), 'appended')
    })

    it('asks a slot without a filter, and one with a filter only for what may be in it', async () => {
      await using rig = await openRig(kind)
      await rig.append('a')
      await rig.append('b')
      await rig.turn()
      assert.deepEqual(await rig.asked('new'), ['seen_day_01'])
      await rig.passes(60_000)
      assert.deepEqual(await rig.asked('other'), [])
      assert.deepEqual(await rig.asked('a'), ['seen_day_01'])
      assert.equal(await rig.append('b'), 'duplicate')
    })

    it('takes what a filter has wrongly said it may know', async () => {
      await using rig = await openRig(kind)
      await rig.append('a')
      await rig.turn()
      await rig.passes(60_000)
      const [slot] = rig.memory.closedSlots()
      assert.ok(slot?.filter)
      slot.filter.add(markKey(LINE, Buffer.from(hashOf('c'), 'base64url')))
      assert.deepEqual(await rig.asked('c'), ['seen_day_01'])
      assert.equal(await rig.append('c'), 'duplicate', 'it was taken')
    })

    it('reads slots in pages, and none that was closed a moment ago', async () => {
      await using rig = await openRig(kind, { pageKeys: 3 })
      for (let id = 0; id < 20; id++) await rig.append(`u${id}`, { lineId: 1 + (id % 4) })
      await rig.turn()
      await rig.passes(59_000)
      assert.equal(rig.memory.closedSlots()[0]?.filter, undefined)
      await rig.passes(1000)
      assert.ok(rig.memory.closedSlots()[0]?.filter)
      assert.deepEqual(await rig.asked('new'), [])
      for (let id = 0; id < 20; id++) {
        assert.equal(await rig.append(`u${id}`, { lineId: 1 + (id % 4) }), 'duplicate')
      }
    })

    it('keeps filters within their bounds, and asks the slots that have none', async () => {
      const small = new KeyFilter(1).bytes
      await using rig = await openRig(kind, { maxBytes: 2 * small })
      for (const id of ['a', 'b', 'c']) {
        await rig.append(id)
        await rig.turn()
        await rig.passes(60_000)
      }
      const slots = rig.memory.closedSlots()
      assert.equal(slots.filter(({ filter }) => filter).length, 2)
      assert.deepEqual(
        rig.said.map(({ event }) => event).filter((event) => event === 'repeats.no-room'),
        ['repeats.no-room'],
      )
      assert.deepEqual(await rig.asked('new'), ['seen_day_03'])
      for (const id of ['a', 'b', 'c']) assert.equal(await rig.append(id), 'duplicate')
    })

    it('notes nothing in a slot that another process has closed, and finds what is in it', async () => {
      await using rig = await openRig(kind)
      await rig.append('a')
      const other = new SeenMemory(rig.store, rig.clock)
      await other.turn('day')
      assert.equal(await rig.append('a'), 'duplicate')
      await other.turn('day')
      assert.equal(await rig.append('b'), 'appended')
      assert.deepEqual(await rig.store.rows('SELECT * FROM seen_day_02'), [])
      assert.equal((await rig.store.rows('SELECT * FROM seen_day_03')).length, 1)
    })

    it('goes on with its last slot when no other one is empty', async () => {
      await using rig = await openRig(kind)
      for (let turn = 1; turn < 16; turn++) assert.equal(await rig.memory.turn('day'), true)
      assert.equal(await rig.memory.turn('day'), false)
      assert.equal(await rig.append('a'), 'appended')
      assert.equal(await rig.append('a'), 'duplicate')
      rig.now += DAY_MS
      await rig.keeper.tend()
      assert.equal(rig.said[0]?.event, 'repeats.full')
      assert.equal(await emptySlots(rig.store, 'day', rig.now), 14)
      assert.equal(await rig.memory.turn('day'), true)
      assert.equal(await rig.append('a'), 'duplicate')
    })

    it('is kept for what came while the process that closed it stood still', async () => {
      await using rig = await openRig(kind)
      const standing = new SeenMemory(rig.store, { now: () => NOW })
      rig.now += DAY_MS
      assert.equal(await rig.append('a'), 'appended')
      await standing.turn('day')
      assert.equal(await emptySlots(rig.store, 'day', rig.now), 0)
      assert.equal(await rig.append('a'), 'duplicate')
    })

    it('is closed once, however many processes find it due at the same moment', async () => {
      await using rig = await openRig(kind)
      await rig.keeper.tend()
      // Each of them has seen the slot open, and comes to closing it when the one before it has done so.
      class LateMemory extends SeenMemory {
        #isDone = false
        override async refresh() {
          const view = await super.refresh()
          if (rig.now > NOW && !this.#isDone) {
            this.#isDone = true
            await rig.keeper.tend()
          }
          return view
        }
      }
      rig.now += 2 * HOUR_MS
      await rig.another(new LateMemory(rig.store, rig.clock)).tend()
      assert.equal((await rig.slots('day')).length, 2)
    })

    it('empties what a clock some hours ahead has closed, if later than the next', async () => {
      await using rig = await openRig(kind)
      rig.now += 20 * HOUR_MS
      await rig.turn()
      rig.now -= 20 * HOUR_MS
      for (let hour = 0; hour < 60; hour++) await rig.passes(HOUR_MS)
      assert.ok((await rig.slots('day')).every(({ serial }) => serial > 1))
    })

    it('goes round past a slot that was closed by a clock far ahead', async () => {
      await using rig = await openRig(kind)
      await rig.append('a')
      rig.now += 365 * DAY_MS
      await rig.turn()
      rig.now -= 365 * DAY_MS
      for (let hour = 0; hour < 100; hour++) {
        assert.equal(await rig.append(`u${hour}`), 'appended')
        assert.equal(await rig.append(`u${Math.max(0, hour - 20)}`), 'duplicate')
        if (hour < 20) assert.equal(await rig.append('a'), 'duplicate')
        await rig.passes(HOUR_MS)
      }
      assert.equal(await rig.append('a'), 'appended', 'its day is over')
      const told = rig.said.filter(({ event }) => event === 'repeats.full')
      assert.deepEqual(told, [])
    })

    it('asks what an earlier version has left, until it has had its time', async () => {
      await using rig = await openRig(kind)
      const insert = 'INSERT INTO seen_update (line_id, hash, seen_at) VALUES (?, ?, ?)'
      await rig.store.run(insert, [LINE, hashOf('a'), NOW])
      await rig.store.run(insert, [LINE, hashOf('b'), NOW + 7 * DAY_MS])
      assert.equal(await rig.append('a'), 'duplicate')
      await rig.passes(60_000)
      assert.deepEqual(await rig.asked('c'), [])
      assert.equal(await rig.append('a'), 'duplicate')
      assert.equal(await rig.append('b', { repeatsForMs: 1 }), 'duplicate')
      await prune(rig.store, NOW + DAY_MS + 1, OPTIONS)
      assert.equal(await rig.append('a'), 'appended')
      assert.equal(await rig.append('b'), 'duplicate')
      await prune(rig.store, NOW + 8 * DAY_MS + 1, OPTIONS)
      await rig.memory.refresh()
      assert.equal(await rig.append('b'), 'appended')
      assert.deepEqual(rig.memory.closedSlots(), [])
    })

    it('forgets a line with all that it remembers of it', async () => {
      await using rig = await openRig(kind)
      await rig.append('a')
      await rig.append('a', { lineId: 8 })
      await rig.append('w', { repeatsForMs: DAY_MS })
      await rig.turn()
      await rig.append('b')
      await removeLine(rig.store, LINE, rig.now)
      const left = await Promise.all(
        ['seen_day_01', 'seen_day_02', 'seen_week_1'].map((table) =>
          rig.store.rows<{ line_id: number }>(`SELECT line_id FROM ${table}`),
        ),
      )
      assert.deepEqual(
        left.flat().map(({ line_id }) => line_id),
        [8],
      )
    })

    it('tells twins, what was stale and what is new apart in one commit', async () => {
      await using rig = await openRig(kind)
      await rig.append('old')
      await rig.turn()
      const update = (id: string, more: Partial<NewUpdate> = {}) => updateOf(id, more)
      const updates = [
        ...[update('old'), update('x'), update('x'), update('s', { epoch: 99 })],
        ...[update('w', { repeatsForMs: 1 }), update('w', { repeatsForMs: 1 })],
      ]
      const outcomes = await appendUpdates(rig.store, updates, undefined, rig.now, rig.memory)
      assert.deepEqual(
        outcomes.map(({ kind: what }) => what),
        ['duplicate', 'appended', 'duplicate', 'stale', 'appended', 'duplicate'],
      )
      assert.equal(await rig.append('s'), 'appended')
    })
  })
}

describe('a slot of the memory on mariadb', () => {
  const kind = testStores().find(({ name }) => name === 'mariadb')
  assert.ok(kind)

  it('stays open while a commit that writes to it is under way', async () => {
    await using rig = await openRig(kind)
    await rig.append('a')
    const going = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const commit = rig.store.transaction(async (trx) => {
      await trx.rows(
        "SELECT serial FROM seen_slot WHERE ring = 'day' AND serial = 1 AND closed_at IS NULL LOCK IN SHARE MODE",
      )
      going.resolve()
      await mayEnd.promise
    })
    await going.promise
    await assert.rejects(rig.memory.turn('day'), StoreLockedError)
    assert.equal(await rig.append('b'), 'appended')
    mayEnd.resolve()
    await commit
    assert.equal(await rig.memory.turn('day'), true)
  })

  it('is left for later while a backup reads the store', async () => {
    await using rig = await openRig(kind)
    await rig.append('a')
    await rig.turn()
    await rig.turn()
    await withSnapshot(rig.store, async (snapshot) => {
      assert.equal(await emptySlots(rig.store, 'day', rig.now + 1), 0)
      assert.equal((await snapshot.rows('SELECT * FROM seen_day_01')).length, 1)
      assert.deepEqual(await patienceOf(rig.store), [86_400], 'of every connection')
    })
    assert.equal(await rig.append('a'), 'duplicate')
    assert.equal(await emptySlots(rig.store, 'day', rig.now + 1), 1)
  })
})

/** For tables, in seconds. */
async function patienceOf(store: Store): Promise<number[]> {
  const sql = 'SELECT @@lock_wait_timeout AS seconds, SLEEP(0.02)'
  const all = Array.from({ length: 16 }, () => store.rows<{ seconds: number }>(sql))
  return [...new Set((await Promise.all(all)).flat().map(({ seconds }) => seconds))]
}

function hashOf(id: string): string {
  return digest('sha256', id, 'base64url').slice(0, 22)
}

function updateOf(id: string, more: Partial<NewUpdate> = {}): NewUpdate {
  const events = [{ type: 'message.new', payload: '{}' }]
  return { lineId: LINE, hash: hashOf(id), events, ...more }
}

async function openRig(kind: TestStore, pace: Partial<KeeperPace> = {}) {
  const database = await kind.open()
  const config = parseConfig({ HUB_DATABASE_URL: database.databaseUrl, HUB_SECRET_KEY: KEY })
  const store = new Store(config.database)
  await migrateUp(store)
  for (let id = 1; id <= 8; id++) {
    await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [id])
    await store.run("INSERT INTO outbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [id])
  }
  const said: { readonly event: string }[] = []
  const say = (fields: object): void => void said.push(fields as { event: string })
  const log = { debug: (): void => undefined, info: say, warn: say, error: say }
  const clock = { now: () => rig.now, after: systemClock.after }
  const memory = new SeenMemory(store, clock)
  const keeperOf = (one: SeenMemory) =>
    new RepeatKeeper(
      { store, memory: one, clock, log, slotMs: (ring) => slotMs(ring, DAY_MS) },
      { pauseMs: 1, ...pace },
    )
  const keeper = keeperOf(memory)
  const rig = {
    ...{ now: NOW, store, clock, memory, keeper, said },
    async append(id: string, more: Partial<NewUpdate> = {}): Promise<string> {
      const update = updateOf(id, more)
      const [outcome] = await appendUpdates(store, [update], undefined, rig.now, memory)
      return outcome?.kind ?? 'nothing'
    },
    /** The closed slots that are asked when this comes. */
    async asked(id: string): Promise<string[]> {
      const tables: string[] = []
      const shortTransaction = store.shortTransaction.bind(store)
      store.shortTransaction = async (work, options) =>
        await shortTransaction(async (runner) => {
          const batch: typeof runner.batch = async (statements) => {
            for (const { sql } of statements) {
              const found = /^SELECT line_id, hash FROM (\w+) WHERE \(line_id/.exec(sql)
              if (found?.[1]) tables.push(found[1])
            }
            return await runner.batch(statements)
          }
          return await work({ dialect: runner.dialect, batch })
        }, options)
      await rig.append(id)
      store.shortTransaction = shortTransaction
      return tables
    },
    /** Of another process. */
    another: keeperOf,
    turn: async (): Promise<void> => assert.equal(await memory.turn('day'), true),
    async passes(ms: number): Promise<void> {
      rig.now += ms
      await keeper.tend()
      await prune(store, rig.now, OPTIONS)
    },
    slots: async (ring: Ring) => (await readSlots(store)).filter((slot) => slot.ring === ring),
    async [Symbol.asyncDispose]() {
      await keeper.stop()
      await store.close()
      await database.dispose()
    },
  }
  return rig
}
