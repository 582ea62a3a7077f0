import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Recipient } from '../../src/core/recipient.ts'
import type { RenderedPerson } from '../../src/core/stored-event.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { linkRecipients, setDialog, updateRecipient } from '../../src/db/recipients/change.ts'
import {
  findRecipient,
  listRecipients,
  type RecipientFilter,
} from '../../src/db/recipients/find.ts'
import { ensureRecipient, insertRecipients } from '../../src/db/recipients/rows.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

const NOW = Date.UTC(2026, 5, 1)
const LINE = 7
const FOLLOWED = 8
const ALL = { limit: 500, maxBytes: 1_000_000 }

for (const kind of testStores()) {
  describe(`rows of recipients on ${kind.name}`, () => {
    it('10 000 of them are listed once each while others come, change and are tagged', async () => {
      await withRows(kind, async ({ store, add }) => {
        const chats = Array.from({ length: 10_000 }, (_, index) => `c${index}`)
        await add(chats)
        const seen: string[] = []
        let after = 0
        let isMore = true
        for (let page = 0; isMore; page += 1) {
          const found = await listRecipients(store, LINE, {}, { ...ALL, after })
          seen.push(...found.recipients.map(({ chatId }) => chatId))
          after = found.recipients.at(-1)?.lead ?? after
          isMore = found.isMore
          await updateRecipient(store, LINE, { chatId: `c${page * 499}` }, { addTags: ['x'] }, NOW)
          if (page < 3) await add([`new${page}`])
        }
        assert.deepEqual(seen, [...chats, 'new0', 'new1', 'new2'])
        const tagged = await listRecipients(store, LINE, { tags: ['x'] }, { ...ALL, after: 0 })
        assert.equal(tagged.recipients.length, 21)
        assert.equal(tagged.isMore, false)
        const one = await listRecipients(store, LINE, { q: 'nobody' }, { ...ALL, after: 0 })
        assert.deepEqual(one, { recipients: [], isMore: false })
      })
    })

    it('a page ends where its rows would grow too much', async () => {
      await withRows(kind, async ({ store, add }) => {
        await add(['a', 'b', 'c'])
        const text = 'ж'.repeat(5000)
        for (const chatId of ['a', 'b', 'c']) {
          await updateRecipient(store, LINE, { chatId }, { attributes: { text } }, NOW)
        }
        const page = (maxBytes: number, after = 0) =>
          listRecipients(store, LINE, {}, { after, limit: 9, maxBytes })
        assert.equal((await page(25_000)).recipients.length, 2)
        const small = await page(10)
        assert.deepEqual([small.recipients.length, small.isMore], [1, true])
      })
    })

    it('are found by each of what a filter asks for, and by all of it together', async () => {
      await withRows(kind, async ({ store, add, find }) => {
        await add(['ann', 'bea', 'cleo', 'dan'], NOW, (chatId) => ({
          id: chatId,
          name: chatId,
          phone: '+49 (30) 123-45-67',
          email: `${chatId.toUpperCase()}@Example.com`,
          language: chatId === 'dan' ? 'de' : 'en',
        }))
        await add(['eve'], NOW + 10)
        await store.run("UPDATE recipient SET blocked_at = 5 WHERE chat_id = 'bea'")
        await updateRecipient(store, LINE, { chatId: 'ann' }, { addTags: ['a', 'b'] }, NOW)
        await updateRecipient(store, LINE, { chatId: 'bea' }, { addTags: ['a'] }, NOW)
        assert.deepEqual(await find({ tags: ['a'] }), ['ann', 'bea'])
        assert.deepEqual(await find({ tags: ['a', 'b'] }), ['ann'])
        assert.deepEqual(await find({ tags: ['A'] }), [])
        assert.deepEqual(await find({ notTags: ['a'] }), ['cleo', 'dan', 'eve'])
        assert.deepEqual(await find({ tags: ['a'], notTags: ['b'] }), ['bea'])
        assert.deepEqual(await find({ isBlocked: true }), ['bea'])
        assert.deepEqual(await find({ isBlocked: false, tags: ['a'] }), ['ann'])
        assert.deepEqual(await find({ seenAfter: NOW }), ['eve'])
        assert.deepEqual(await find({ seenBefore: NOW + 10, q: 'e' }), [
          'ann',
          'bea',
          'cleo',
          'dan',
        ])
        assert.deepEqual(await find({ language: 'de' }), ['dan'])
        for (const q of ['301234567', '+49 30 123', '(30) 123-45', '123.45.67']) {
          assert.equal((await find({ q })).length, 4, q)
        }
        assert.deepEqual(await find({ q: '12-99' }), [])
        assert.deepEqual(await find({ q: 'BEA@example' }), ['bea'])
        // Not from the end of one field into the next.
        assert.deepEqual(await find({ q: '67bea' }), [])
      })
    })

    it('a chat of which nothing is known gets a row, and keeps the one that it has', async () => {
      await withRows(kind, async ({ store, add, get }) => {
        const chat = { lineId: LINE, portalId: 'prt_1', chatId: 'x' }
        const ensure = async (now: number) => {
          for (const { sql, bindings } of ensureRecipient(store, chat, now)) {
            await store.run(sql, bindings)
          }
        }
        await add(['y'])
        await ensure(NOW)
        const first = await get('x')
        assert.deepEqual(
          [first.profile, first.firstSeenAt, first.lastSeenAt, first.dialogAt],
          [{}, NOW, undefined, undefined],
        )
        await updateRecipient(store, LINE, { chatId: 'x' }, { addTags: ['t'] }, NOW)
        await ensure(NOW + 1)
        assert.deepEqual((await get('x')).tags, ['t'])
      })
    })

    it('names of attributes are data, whatever they are called', async () => {
      await withRows(kind, async ({ store, add, get }) => {
        await add(['x'])
        const attributes = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}') as object
        await updateRecipient(store, LINE, { chatId: 'x' }, { attributes: { ...attributes } }, NOW)
        const found = await get('x')
        assert.equal(JSON.stringify(found.attributes), JSON.stringify(attributes))
        assert.equal(Object.getPrototypeOf(found.attributes), Object.prototype)
        assert.equal((found.attributes as { polluted?: unknown }).polluted, undefined)
      })
    })

    it('tags of two changes at once are both there', async () => {
      await withRows(kind, async ({ store, add, get }) => {
        await add(['x'])
        const tags = Array.from({ length: 12 }, (_, index) => `t${String(index).padStart(2, '0')}`)
        await Promise.all(
          tags.map((tag) => updateRecipient(store, LINE, { chatId: 'x' }, { addTags: [tag] }, NOW)),
        )
        assert.deepEqual((await get('x')).tags, tags)
        const [{ n } = { n: 0 }] = await store.rows<{ n: number }>(
          'SELECT COUNT(*) AS n FROM recipient_tag',
        )
        assert.equal(n, 12)
      })
    })

    it('of a followed line tell the communications of new tags and of dialogs', async () => {
      await withRows(kind, async ({ store, add }) => {
        await add(['x'], NOW, undefined, FOLLOWED)
        await add(['x'])
        const change = (addTags: readonly string[], lineId = FOLLOWED) =>
          updateRecipient(store, lineId, { chatId: 'x' }, { addTags }, NOW)
        assert.equal((await change(['b', 'a']))?.isFollowed, true)
        assert.equal((await change(['a']))?.isFollowed, false)
        assert.equal((await change(['a'], LINE))?.isFollowed, false)
        assert.deepEqual(await setDialog(store, FOLLOWED, 'x', 'open', NOW), { isFollowed: true })
        await setDialog(store, FOLLOWED, 'x', 'close', NOW)
        await setDialog(store, LINE, 'x', 'close', NOW)
        assert.equal(await setDialog(store, FOLLOWED, 'nobody', 'close', NOW), undefined)
        const events = await store.rows<Record<string, unknown>>(
          'SELECT line_id, seq, type, chat_id, payload FROM comm_event ORDER BY id',
        )
        const event = { line_id: FOLLOWED, seq: null, chat_id: 'x' }
        assert.deepEqual(
          events.map((row) => ({ ...row })),
          [
            { ...event, type: 'tag.added', payload: '{"tags":["a","b"]}' },
            { ...event, type: 'dialog.open', payload: '{}' },
            { ...event, type: 'dialog.close', payload: '{}' },
          ],
        )
        const [line] = await store.rows<{ due_at: number }>('SELECT due_at FROM comm_line')
        assert.equal(line?.due_at, NOW)
      })
    })

    it('of another portal are never linked, and a lead of another line is not found', async () => {
      await withRows(kind, async ({ store, add, get }) => {
        await add(['x'])
        const { lead } = await get('x')
        assert.deepEqual(await linkRecipients(store, 'prt_2', 'p', [lead, 99]), [lead, 99])
        assert.equal((await get('x')).person, undefined)
        assert.equal(await findRecipient(store, FOLLOWED, { lead }), undefined)
        assert.deepEqual(await linkRecipients(store, 'prt_1', 'p', [lead]), [])
        assert.equal((await get('x')).person, 'p')
      })
    })
  })
}

async function withRows(
  kind: TestStore,
  work: (rig: {
    readonly store: Store
    add(
      chats: readonly string[],
      now?: number,
      personOf?: (chatId: string) => RenderedPerson,
      lineId?: number,
    ): Promise<void>
    find(filter: RecipientFilter): Promise<string[]>
    get(chatId: string): Promise<Recipient>
  }) => Promise<void>,
): Promise<void> {
  await using database = await kind.open()
  await withStore(database.databaseUrl, async (store) => {
    await migrateUp(store)
    for (const id of [LINE, FOLLOWED]) {
      await store.run(
        "INSERT INTO inbox_line (line_id, portal_id, is_followed) VALUES (?, 'prt_1', ?)",
        [id, id === FOLLOWED],
      )
    }
    await store.run("INSERT INTO comm_line (line_id, portal_id) VALUES (?, 'prt_1')", [FOLLOWED])
    await work({
      store,
      async add(chats, now = NOW, personOf, lineId = LINE) {
        for (let from = 0; from < chats.length; from += 1000) {
          const sightings = chats.slice(from, from + 1000).map((chatId) => ({
            ...{ lineId, portalId: 'prt_1', chatId, hasWritten: true as const },
            ...(personOf ? { person: personOf(chatId) } : {}),
          }))
          await store.shortTransaction(async (runner) => {
            // Each in a statement of its own, so that leads are in the order of the list.
            const statements = sightings.flatMap((one) => insertRecipients(runner, [one], now))
            await runner.batch(statements)
            return { statements: [], value: undefined }
          })
        }
      },
      async find(filter) {
        const { recipients } = await listRecipients(store, LINE, filter, { ...ALL, after: 0 })
        return recipients.map(({ chatId }) => chatId)
      },
      async get(chatId) {
        const found = await findRecipient(store, LINE, { chatId })
        assert.ok(found)
        return found
      },
    })
  })
}
