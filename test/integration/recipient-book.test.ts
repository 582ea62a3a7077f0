import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StoreLockedError, StoreUnavailableError } from '../../src/core/errors.ts'
import type { ChatSighting } from '../../src/core/recipient.ts'
import { type NewEvent, writeStored } from '../../src/core/stored-event.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { type AppendOutcome, appendUpdates } from '../../src/db/inbox/append.ts'
import type { NewUpdate } from '../../src/db/inbox/new-update.ts'
import { removeLine } from '../../src/db/lines/removal.ts'
import type { RecipientRow } from '../../src/db/recipients/rows.ts'
import { RecipientBook } from '../../src/recipients/book.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const LINE = 7
const PLACE = { lineId: LINE, portalId: 'prt_1' }
const ignore = (): void => undefined
const NO_LOG = { debug: ignore, info: ignore, warn: ignore, error: ignore }

for (const kind of testStores()) {
  describe(`the book of recipients on ${kind.name}`, () => {
    it('a recipient is there with the commit of its event, whatever becomes of the process', async () => {
      await withBook(kind, async ({ store, clock, commit }) => {
        await commit([seen('a', { name: 'Ann', version: 'aaaaaaaaaaaa', language: 'de' })])
        const rows = await rowsOf(store)
        const now = clock.now()
        assert.equal(rows.length, 1)
        assert.deepEqual(
          [rows[0]?.chat_id, rows[0]?.person_data, rows[0]?.search, rows[0]?.language],
          ['a', '{"name":"Ann","language":"de"}', 'ann', 'de'],
        )
        assert.deepEqual(
          [
            rows[0]?.first_seen_at,
            rows[0]?.first_message_at,
            rows[0]?.last_seen_at,
            rows[0]?.dialog_at,
          ],
          [now, now, now, now],
        )
      })
    })

    it('what was seen of a chat is put together and written once in a second', async () => {
      await withBook(kind, async ({ store, clock, book, commit }) => {
        const first = clock.now()
        await commit([seen('a', { name: 'Ann', version: 'aaaaaaaaaaaa' })])
        await book.flush()
        for (const version of ['b', 'c', 'd']) {
          await clock.advance(100)
          book.note([seen('a', { name: version, version: version.repeat(12) })], clock.now())
        }
        const last = clock.now()
        assert.equal((await rowsOf(store))[0]?.last_seen_at, first)
        await clock.advance(1000)
        await waitFor(async () => (await rowsOf(store))[0]?.last_seen_at === last)
        const [row] = await rowsOf(store)
        assert.deepEqual([row?.person_version, row?.search], ['dddddddddddd', 'd'])
        assert.deepEqual([row?.first_message_at, row?.dialog_at], [first, last])
      })
    })

    it('instants only go up, whichever process writes last', async () => {
      await withBook(kind, async ({ store, clock, book, commit }) => {
        await commit([seen('a', { name: 'Old', version: 'aaaaaaaaaaaa' })])
        const second = bookOf(store, clock)
        book.note([seen('a', { name: 'Older', version: 'bbbbbbbbbbbb' })], clock.now() + 10)
        second.note([seen('a', { name: 'Newest', version: 'cccccccccccc' })], clock.now() + 20)
        await second.flush()
        await book.flush()
        const [row] = await rowsOf(store)
        assert.equal(row?.last_seen_at, clock.now() + 20)
        assert.equal(row?.person_version, 'cccccccccccc')
        // A block that was over before this process came to write it.
        book.note([{ ...PLACE, chatId: 'a', isBlocked: true }], clock.now() + 15)
        await book.flush()
        assert.equal((await rowsOf(store))[0]?.blocked_at, null)
      })
    })

    it('a block holds until the person writes or lets the line write again', async () => {
      await withBook(kind, async ({ store, clock, book, commit }) => {
        await commit([seen('a')])
        const blockedAt = async () => (await rowsOf(store))[0]?.blocked_at
        const at = clock.now()
        book.note([{ ...PLACE, chatId: 'a', isBlocked: true }], at + 1)
        await book.flush()
        assert.equal(await blockedAt(), at + 1)
        book.noteAnswer(LINE, 'a')
        await book.flush()
        assert.equal(await blockedAt(), at + 1)
        book.note([{ ...PLACE, chatId: 'a', isBlocked: false }], at + 2)
        await book.flush()
        assert.equal(await blockedAt(), null)
        const back: ChatSighting[] = [{ ...PLACE, chatId: 'a', isBlocked: true }, seen('a')]
        book.note(back, at + 3)
        await book.flush()
        assert.equal(await blockedAt(), null)
      })
    })

    it('the company’s own words are no message of the person, and tell nothing of them', async () => {
      await withBook(kind, async ({ store, clock, book, commit }) => {
        await commit([{ ...PLACE, chatId: 'a', isTalk: true }])
        await book.flush()
        const [row] = await rowsOf(store)
        assert.deepEqual([row?.person_data, row?.last_seen_at], ['{}', null])
        assert.deepEqual([row?.first_message_at, row?.dialog_at], [null, clock.now()])
      })
    })

    it('a chat that has no row any more is passed over, and so is an answer to a chat without one', async () => {
      await withBook(kind, async ({ store, clock, book, commit }) => {
        await commit([seen('a')])
        book.noteAnswer(LINE, 'stranger')
        await book.flush()
        assert.equal((await rowsOf(store)).length, 1)
        await removeLine(store, LINE, clock.now())
        book.note([seen('a')], clock.now() + 5)
        await book.flush()
        assert.deepEqual(await rowsOf(store), [])
      })
    })

    it('two processes that meet a chat for the first time at once make one row', async () => {
      await withBook(kind, async ({ store, clock, commit }) => {
        const chats = Array.from({ length: 30 }, (_, index) => `c${index}`)
        const round = (list: readonly string[]) => commit(list.map((chatId) => seen(chatId)))
        await Promise.all([
          ...[chats, chats.toReversed(), chats].map(round),
          ...[8, 9, 10].map((lineId) =>
            append(
              store,
              {
                lineId,
                events: [EVENT],
                recipients: chats.map((id) => ({ ...seen(id), lineId })),
              },
              clock.now(),
            ),
          ),
        ])
        assert.equal((await rowsOf(store)).length, 4 * chats.length)
      })
    })

    it('names that differ in spaces at their end are two chats', async () => {
      await withBook(kind, async ({ store, clock, book, commit }) => {
        await commit([seen('a'), seen('a ')])
        book.note([seen('a ')], clock.now() + 7)
        await book.flush()
        const rows = await rowsOf(store)
        assert.deepEqual(
          rows.map((row) => [row.chat_id, row.last_seen_at]),
          [
            ['a', clock.now()],
            ['a ', clock.now() + 7],
          ],
        )
      })
    })
  })
}

describe('a book whose store is slow or away', () => {
  it('writes no more often than a fortieth of the time allows, and every 10 s at least', async () => {
    await withBook(testStores()[0] as TestStore, async ({ store, clock }) => {
      let elapsed = 0
      let flushes = 0
      let cost = 100
      const slow = countingStore(store, () => {
        flushes += 1
        elapsed += cost
      })
      const book = bookOf(slow, clock, () => elapsed)
      const tick = async (ms: number) => {
        book.note([seen('a')], clock.now())
        await clock.advance(ms)
      }
      await tick(1000)
      assert.equal(flushes, 1)
      for (let count = 0; count < 3; count += 1) await tick(1000)
      assert.equal(flushes, 1)
      cost = 5000
      await tick(1000)
      assert.equal(flushes, 2)
      await tick(9999)
      assert.equal(flushes, 2)
      await tick(1)
      assert.equal(flushes, 3)
    })
  })

  it('keeps what it could not write, with what came meanwhile on top', async () => {
    await withBook(testStores()[0] as TestStore, async ({ store, clock, commit }) => {
      await commit([seen('a', { name: 'Ann', version: 'aaaaaaaaaaaa' })])
      let isAway = true
      const shaky = countingStore(store, () => {
        if (isAway) throw new StoreUnavailableError('away')
      })
      const warnings: string[] = []
      const log = { ...NO_LOG, warn: (fields: object) => warnings.push(JSON.stringify(fields)) }
      const book = new RecipientBook({ store: shaky, clock, log })
      const start = clock.now()
      book.note([seen('a', { name: 'Bea', version: 'bbbbbbbbbbbb' })], start + 1)
      await clock.advance(1000)
      book.noteAnswer(LINE, 'a')
      await clock.advance(3000)
      assert.equal(warnings.length, 1)
      isAway = false
      await clock.advance(1000)
      const [row] = await rowsOf(store)
      assert.deepEqual(
        [row?.person_version, row?.last_seen_at, row?.dialog_at],
        ['bbbbbbbbbbbb', start + 1, start + 1000],
      )
    })
  })

  it('writes what it has when it is closed, and takes nothing afterwards', async () => {
    await withBook(testStores()[0] as TestStore, async ({ store, clock, book, commit }) => {
      await commit([seen('a')])
      book.note([seen('a')], clock.now() + 3)
      await book.close()
      assert.equal((await rowsOf(store))[0]?.last_seen_at, clock.now() + 3)
      book.note([seen('a')], clock.now() + 9)
      await clock.advance(60_000)
      assert.equal((await rowsOf(store))[0]?.last_seen_at, clock.now() - 60_000 + 3)
    })
  })

  it('knows a chat by all of a long id', async () => {
    await withBook(testStores()[0] as TestStore, async ({ clock, book }) => {
      const long = 'x'.repeat(511)
      book.note([seen(`${long}1`)], clock.now())
      assert.ok(book.isKnown(LINE, `${long}1`))
      assert.ok(!book.isKnown(LINE, `${long}2`))
      assert.ok(!book.isKnown(LINE + 1, `${long}1`))
    })
  })
})

const EVENT: NewEvent = writeStored({
  type: 'message.new',
  at: '2026-03-01T12:00:00.000Z',
  chat: { id: 'a' },
  message: { id: '1' },
})

function seen(chatId: string, person?: object): ChatSighting {
  return {
    ...PLACE,
    chatId,
    hasWritten: true,
    ...(person ? { person: { id: 'p', ...person } } : {}),
  }
}

function bookOf(store: Store, clock: ReturnType<typeof createManualClock>, stopwatch = () => 0) {
  return new RecipientBook({ store, clock, log: NO_LOG, stopwatch })
}

/** The store, but that `before` is called first when somebody reads. */
function countingStore(store: Store, before: () => void): Store {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (key === 'rows') before()
        return Reflect.apply(value, target, args) as unknown
      }
    },
  })
}

async function rowsOf(store: Store): Promise<RecipientRow[]> {
  return await store.rows<RecipientRow>('SELECT * FROM recipient ORDER BY line_id, chat_id')
}

async function withBook(
  kind: TestStore,
  work: (rig: {
    readonly store: Store
    readonly clock: ReturnType<typeof createManualClock>
    readonly book: RecipientBook
    /** An event for each of them, in one commit; the book is told as the ingress does. */
    commit(sightings: readonly ChatSighting[]): Promise<void>
  }) => Promise<void>,
): Promise<void> {
  await using database = await kind.open()
  await withStore(database.databaseUrl, async (store) => {
    await migrateUp(store)
    for (const id of [LINE, 8, 9, 10]) {
      await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [id])
    }
    const clock = createManualClock()
    const book = bookOf(store, clock)
    await work({
      store,
      clock,
      book,
      async commit(recipients) {
        const update = { lineId: LINE, events: recipients.map(() => EVENT), recipients }
        const [outcome] = await append(store, update, clock.now())
        assert.ok(outcome?.kind === 'appended')
        book.note(recipients, outcome.at)
      },
    })
    await book.close()
  })
}

/** As the inbox's writer does it: a row that somebody holds locked is tried again. */
async function append(
  store: Store,
  update: NewUpdate,
  now: number,
): Promise<readonly AppendOutcome[]> {
  for (;;) {
    try {
      return await appendUpdates(store, [update], undefined, now)
    } catch (error) {
      if (!(error instanceof StoreLockedError)) throw error
    }
  }
}
