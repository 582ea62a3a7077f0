import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { nextSeq } from '../../src/core/ids.ts'
import { RowCounter } from '../../src/db/engine/row-counter.ts'
import { markRows } from '../../src/db/engine/sql.ts'
import type { Store } from '../../src/db/engine/store.ts'
import {
  deleteDeadLetters,
  listDeadLetters,
  replayDeadLetters,
} from '../../src/db/inbox/dead-letters.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import type { StatusShape } from '../helpers/telegram-line.ts'

const MIB = 1024 * 1024
const LINES = 520
const SETTINGS = { token: '77:TEST-token' }

interface Letters {
  readonly items: readonly { readonly event: { readonly id: string } }[]
  readonly cursor?: string
}

interface Page {
  readonly items: readonly { readonly line: string }[]
  readonly cursor?: string
}

for (const kind of testStores()) {
  describe(`what a remote call costs has a bound, on ${kind.name}`, () => {
    let database: OpenStore
    let hub: TestHub
    let portal: TestPortal
    let large: TestPortal
    let store: Store

    before(async () => {
      database = await kind.open()
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      large = await addTestPortal(hub)
      ;({ store } = hub.app.services)
      for (let line = 0; line < LINES; line++) {
        await large.hub.saveSettings({ connector: 'telegram', line: `${line}`, settings: SETTINGS })
      }
    })
    after(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await large[Symbol.asyncDispose]()
      await database.dispose()
    })

    /** A line of the small portal. Gives its number. */
    async function addLine(line: string): Promise<number> {
      await portal.hub.saveSettings({ connector: 'telegram', line, settings: SETTINGS })
      const record = await hub.app.services.lineRepository.find({
        portalId: portal.id,
        connector: 'telegram',
        externalId: line,
      })
      return record?.id ?? 0
    }

    async function insert(table: string, rows: readonly Record<string, unknown>[]): Promise<void> {
      const columns = Object.keys(rows[0] ?? {})
      const step = Math.floor(10_000 / columns.length)
      for (let from = 0; from < rows.length; from += step) {
        const part = rows.slice(from, from + step)
        await store.run(
          `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${markRows(part.length, columns.length)}`,
          part.flatMap((row) => Object.values(row)),
        )
      }
    }

    it('a page of dead letters ends at half a mebibyte, and the cursor goes on behind it', async () => {
      const lineId = await addLine('dead')
      const payload = messageOf('x'.repeat(MIB / 4))
      const letters = Array.from({ length: 9 }, (_, index) => ({
        line_id: lineId,
        seq: index + 1,
        type: 'message.new',
        payload,
        created_at: 1,
        reason: 'made up',
        dead_at: Date.now(),
      }))
      await insert('dead_letter', letters)
      const address = { connector: 'telegram', line: 'dead' }
      const sizes: number[] = []
      const ids = new Set<string>()
      let cursor: string | undefined
      do {
        const page: Letters = await portal.hub.listDeadLetters({
          ...address,
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        })
        sizes.push(page.items.length)
        for (const { event } of page.items) ids.add(event.id)
        cursor = page.cursor
      } while (cursor !== undefined)
      assert.equal(ids.size, letters.length)
      assert.ok(Math.max(...sizes) <= 2, `${sizes}`)
    })

    it('a batch is answered with 4 MiB at most; what has no room is refused and not carried out', async () => {
      const lineId = await addLine('batch')
      const payload = messageOf('x'.repeat(MIB / 2 - 200))
      await insert('dead_letter', [
        {
          line_id: lineId,
          seq: 1,
          type: 'message.new',
          payload,
          created_at: 1,
          reason: 'made up',
          dead_at: Date.now(),
        },
      ])
      const address = { connector: 'telegram', line: 'batch' }
      const reads = Array.from({ length: 30 }, () => ['listDeadLetters', address] as const)
      const save = { connector: 'telegram', line: 'never-made', settings: SETTINGS }
      const answers = await portal.hub.$batch([...reads, ['saveSettings', save]])
      const size = Buffer.byteLength(JSON.stringify(answers))
      assert.ok(size <= 4 * MIB && size > 3 * MIB, `${size} bytes`)
      assert.equal(answers.filter(({ ok }) => ok).length, 7)
      const codes = answers.slice(7).map((answer) => (answer.ok ? '' : answer.error.hubCode))
      assert.deepEqual(
        codes,
        codes.map(() => 'HUB_TOO_LARGE'),
      )
      assert.equal(
        (await failureOf(portal.hub.getStatus({ connector: 'telegram', line: 'never-made' })))
          .hubCode,
        'HUB_UNKNOWN_LINE',
      )
    })

    it('large dead letters are read as they fit into a page, and moved and deleted a few at a time', async () => {
      const lineId = await addLine('large')
      const payload = messageOf('x'.repeat(MIB))
      const letters = Array.from({ length: 12 }, (_, index) => ({
        line_id: lineId,
        seq: index + 1,
        type: 'message.new',
        payload,
        created_at: 1,
        reason: 'made up',
        dead_at: Date.now(),
      }))
      await insert('dead_letter', letters)
      const watched = watch(store)
      const page = { after: 0, limit: 200, maxBytes: MIB / 2 }
      assert.equal((await listDeadLetters(watched.store, lineId, page)).letters.length, 1)
      assert.ok(watched.bytesRead() < 2 * MIB, `${watched.bytesRead()} bytes`)
      assert.equal(await replayDeadLetters(watched.store, lineId, undefined, Date.now()), 12)
      assert.ok(watched.largestWrite() <= 4, `${watched.largestWrite()} letters at once`)
      await store.run('DELETE FROM inbox_event WHERE line_id = ?', [lineId])
      await insert('dead_letter', letters)
      assert.equal(await deleteDeadLetters(watched.store, lineId, undefined), 12)
      assert.ok(watched.largestWrite() <= 4, `${watched.largestWrite()} letters at once`)
    })

    it('lines come in pages with a cursor; asked for without, too many are refused', async () => {
      const names: string[] = []
      let cursor: string | undefined
      let pages = 0
      do {
        const page: Page = await large.hub.listLines({
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        })
        names.push(...page.items.map(({ line }) => line))
        cursor = page.cursor
        pages++
      } while (cursor !== undefined)
      assert.equal(pages, 3)
      assert.deepEqual(
        names,
        Array.from({ length: LINES }, (_, index) => `${index}`),
      )
      assert.equal((await failureOf(large.hub.listLines())).hubCode, 'HUB_TOO_LARGE')
      for (const cursor of ['x', '', '0', '1 ']) {
        const { code } = await failureOf(large.hub.listLines<Page>({ limit: 1, cursor }))
        assert.equal(code, -32602, cursor)
      }
      for (const limit of [0, 501, 1.5]) {
        assert.equal((await failureOf(large.hub.listLines({ limit }))).code, -32602)
      }
    })

    it('others get a turn between the calls of a batch', async () => {
      const calls = Array.from({ length: 50 }, () => ['listLines', { limit: 500 }] as const)
      let turns = 0
      let isDone = false
      const count = (): void => {
        turns++
        if (!isDone) setImmediate(count)
      }
      setImmediate(count)
      await large.hub.$batch(calls)
      isDone = true
      assert.ok(turns > 50, `${turns} turns`)
    })

    it('a queue of 60 000 is counted once, then only what has changed; the number stays exact', async () => {
      const lineId = await addLine('long')
      let seq = 0
      const rows = Array.from({ length: 60_000 }, (_, index) => {
        // In bursts, as group commits are.
        seq = nextSeq(seq, 1_000_000 + Math.floor(index / 300) * 40)
        return {
          line_id: lineId,
          seq,
          type: 'message.new',
          payload: '{}',
          created_at: 5000 + index,
        }
      })
      await insert('inbox_event', rows)
      const counter = countingCounter(store)
      assert.deepEqual(await counter.count(lineId), 60_000)
      assert.ok(counter.rows() >= 60_000)
      counter.reset()
      await store.run('DELETE FROM inbox_event WHERE line_id = ? AND seq < ?', [
        lineId,
        rows[12_345]?.seq,
      ])
      await insert('inbox_event', [{ ...rows[0], seq: seq + 1 } as Record<string, unknown>])
      assert.equal(await counter.count(lineId), 60_000 - 12_345 + 1)
      assert.ok(counter.rows() < 20_000, `${counter.rows()} rows`)
      // Dead letters come back in front.
      await insert('inbox_event', rows.slice(0, 100))
      assert.equal(await counter.count(lineId), 60_000 - 12_345 + 101)
      const status = await portal.hub.getStatus<StatusShape & { queue: { isMinimum?: boolean } }>({
        connector: 'telegram',
        line: 'long',
      })
      assert.deepEqual(status.queue, {
        depth: 60_000 - 12_345 + 101,
        oldestAt: new Date(5000).toISOString(),
      })
      await store.run('DELETE FROM inbox_event WHERE line_id = ?', [lineId])
      assert.equal(await counter.count(lineId), 0)
    })
  })
}

/** A store, how much has been read of it, and how many rows the largest statement has deleted. */
function watch(store: Store) {
  let bytes = 0
  let largest = 0
  const watched = <T extends Pick<Store, 'rows' | 'run'>>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        if (name === 'rows') {
          return async (sql: string, bindings: readonly unknown[]) => {
            const rows = await target.rows<Record<string, unknown>>(sql, bindings)
            bytes += rows.reduce((sum, { payload = '' }) => sum + String(payload).length, 0)
            return rows
          }
        }
        if (name === 'run') {
          return async (sql: string, bindings: readonly unknown[]) => {
            const result = await target.run(sql, bindings)
            if (sql.startsWith('DELETE')) largest = Math.max(largest, result.changes)
            return result
          }
        }
        if (name === 'transaction') {
          return (work: (trx: T) => Promise<unknown>) =>
            store.transaction((trx) => work(watched(trx as unknown as T)))
        }
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { store: watched(store), bytesRead: () => bytes, largestWrite: () => largest }
}

/** A counter of the inbox, and how many rows its statements have gone through. */
function countingCounter(store: Store) {
  let rows = 0
  const counted = new Proxy(store, {
    get(target, name) {
      if (name !== 'rows')
        return Reflect.get(target, name)?.bind?.(target) ?? Reflect.get(target, name)
      return async (sql: string, bindings: readonly unknown[]) => {
        const found = await target.rows<{ count: number }>(sql, bindings)
        for (const { count } of found) rows += count
        return found
      }
    },
  })
  const counter = new RowCounter(counted, { table: 'inbox_event' })
  return {
    rows: () => rows,
    reset: () => {
      rows = 0
    },
    count: async (lineId: number) => (await counter.count([lineId])).get(lineId)?.count ?? 0,
  }
}

/** A stored event with such a text. */
function messageOf(text: string): string {
  const at = '2026-11-20T09:07:36.000Z'
  return JSON.stringify({ type: 'message.new', at, chat: { id: '1' }, message: { id: '1', text } })
}
