import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

const CHUNK = 1000

interface Prunable {
  readonly table: string
  readonly key: readonly [string, string]
  readonly instant: string
}

const SEEN_UPDATES: Prunable = {
  table: 'seen_update',
  key: ['line_id', 'hash'],
  instant: 'seen_at',
}
const REQUESTS: Prunable = {
  table: 'request_seen',
  key: ['portal_id', 'request_id'],
  instant: 'seen_at',
}
const RECEIPTS: Prunable = {
  table: 'outbox_receipt',
  key: ['line_id', 'message_id'],
  instant: 'sent_at',
}
const DEAD_LETTERS: Prunable = { table: 'dead_letter', key: ['line_id', 'seq'], instant: 'dead_at' }

/** Forgets updates seen before `before`. */
export const pruneSeenUpdates = (store: Store, before: number): Promise<number> =>
  prune(store, SEEN_UPDATES, before)

export const pruneRequests = (store: Store, before: number): Promise<number> =>
  prune(store, REQUESTS, before)

export const pruneReceipts = (store: Store, before: number): Promise<number> =>
  prune(store, RECEIPTS, before)

export const pruneDeadLetters = (store: Store, before: number): Promise<number> =>
  prune(store, DEAD_LETTERS, before)

/** Deletes by key in small transactions, found by the index on the instant: writers are never held up for long. */
async function prune(store: Store, what: Prunable, before: number): Promise<number> {
  const [first, second] = what.key
  for (let pruned = 0; ; ) {
    const rows = await store.rows<Record<string, unknown>>(
      `SELECT ${first} AS a, ${second} AS b FROM ${what.table} WHERE ${what.instant} < ? ORDER BY ${what.instant} LIMIT ?`,
      [before, CHUNK],
    )
    for (let from = 0; from < rows.length; from += 100) {
      const part = rows.slice(from, from + 100)
      const { changes } = await store.run(
        `DELETE FROM ${what.table} WHERE ${part.map(() => `(${first} = ? AND ${second} = ?)`).join(' OR ')}`,
        part.flatMap(({ a, b }) => [a, b]),
      )
      pruned += changes
    }
    if (rows.length < CHUNK) return pruned
  }
}

/** Finished messages older than `before`: their ids are of no more use. */
export async function pruneOutbox(store: Store, before: number): Promise<number> {
  for (let pruned = 0; ; ) {
    const rows = await store.rows<{ line_id: number; seq: number }>(
      `SELECT line_id, seq FROM outbox_message WHERE created_at < ? AND state NOT IN ('queued', 'sending') LIMIT ?`,
      [before, CHUNK],
    )
    for (const { line_id: lineId, seq } of rows) {
      await store.run('DELETE FROM outbox_message WHERE line_id = ? AND seq = ?', [lineId, seq])
    }
    pruned += rows.length
    if (rows.length < CHUNK) return pruned
  }
}

/** Deletes events that a displacement or a purge has made void. */
export async function deleteVoidEvents(store: Store): Promise<number> {
  const lines = await store.rows<{ line_id: number; purge_until: number }>(
    'SELECT line_id, purge_until FROM inbox_line WHERE purge_until > 0',
  )
  let deleted = 0
  for (const { line_id: lineId, purge_until: until } of lines) {
    deleted += await deleteUpTo(store, lineId, until)
    await store.run('UPDATE inbox_line SET purge_until = 0 WHERE line_id = ? AND purge_until = ?', [
      lineId,
      until,
    ])
  }
  return deleted
}

async function deleteUpTo(store: Store, lineId: number, until: number): Promise<number> {
  for (let deleted = 0; ; ) {
    const rows = await store.rows<{ seq: number }>(
      'SELECT seq FROM inbox_event WHERE line_id = ? AND seq <= ? ORDER BY seq LIMIT ?',
      [lineId, until, CHUNK],
    )
    if (rows.length === 0) return deleted
    const { changes } = await store.run(
      `DELETE FROM inbox_event WHERE line_id = ? AND seq IN ${marks(rows.length)}`,
      [lineId, ...rows.map(({ seq }) => seq)],
    )
    deleted += changes
  }
}
