import { marks, orderedJoin } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { messagesByPile } from '../outbox/piles.ts'

export interface InboxFigures {
  /** Events that wait. */
  readonly events: number
  /** When the oldest of them was put in; absent where there is none. */
  readonly oldestAt?: number
  readonly locked: number
  readonly leased: number
}

/** Counts rows of lines one by one, and remembers long queues. */
export type CountLong = (lineIds: readonly number[]) => Promise<number>

/** Rows of SQLite are read in this thread: a seek for each line with work, some 5 ms for a page. */
const PAGE_LINES = 2000
/** Lines with work whose rows are counted in one statement. */
const LINES_AT_ONCE = 500
/** Where these have more rows together, they are counted line by line, see `CountLong`. */
const MAX_COUNTED = 5000

/** The inbox as a whole, page by page. Throws StoreUnavailableError. */
export async function readInboxFigures(
  store: Store,
  now: number,
  countLong: CountLong,
): Promise<InboxFigures> {
  const sum = { locked: 0, leased: 0 }
  let oldestAt: number | undefined
  let after = -1
  for (;;) {
    const [page] = await store.rows<InboxPage>(PAGE_SQL, [now, after])
    if (!page || page.last_id === null) break
    sum.locked += Number(page.locked)
    sum.leased += Number(page.leased)
    if (page.oldest_at !== null) oldestAt = Math.min(oldestAt ?? page.oldest_at, page.oldest_at)
    after = page.last_id
    if (page.line_count < PAGE_LINES) break
    await store.letOthersIn()
  }
  const events = await countWaiting(store, INBOX, countLong)
  return { events, ...sum, ...(oldestAt === undefined ? {} : { oldestAt }) }
}

interface InboxPage {
  readonly last_id: number | null
  readonly line_count: number
  readonly leased: number | null
  readonly locked: number | null
  readonly oldest_at: number | null
}

/** A line with neither a due time nor an owner has nothing that waits. */
const PAGE_SQL = `SELECT MAX(line_id) AS last_id, COUNT(*) AS line_count, SUM(is_leased) AS leased, SUM(is_locked) AS locked,
    MIN(first_at) AS oldest_at
  FROM (SELECT line_id, CASE WHEN owner IS NULL THEN 0 ELSE 1 END AS is_leased,
      CASE WHEN locked_until > ? THEN 1 ELSE 0 END AS is_locked,
      CASE WHEN due_at IS NULL AND owner IS NULL THEN NULL ELSE (SELECT e.created_at FROM inbox_event e
        WHERE e.line_id = inbox_line.line_id AND e.seq > inbox_line.purge_until ORDER BY e.seq LIMIT 1) END AS first_at
    FROM inbox_line WHERE line_id > ? ORDER BY line_id LIMIT ${PAGE_LINES}) page`

/** Messages that aren't sent yet. Throws StoreUnavailableError. */
export async function readOutboxDepth(store: Store, countLong: CountLong): Promise<number> {
  return await countWaiting(store, outboxOf(store), countLong)
}

interface Queue {
  readonly lines: string
  /** Which of its lines have work. */
  readonly hasWork: string
  /** The rows of lines named behind it, and what of them counts. */
  readonly rows: string
  readonly counts: string
}

const INBOX: Queue = {
  lines: 'inbox_line',
  hasWork: 'due_at IS NOT NULL OR owner IS NOT NULL',
  rows: 'inbox_line JOIN inbox_event ON inbox_event.line_id = inbox_line.line_id WHERE inbox_line.line_id',
  counts: 'inbox_event.seq > inbox_line.purge_until',
}

function outboxOf(store: Store): Queue {
  // One seek for each lane of a line, whatever a server guesses of so many ranges.
  const join = orderedJoin(store)
  return {
    lines: 'outbox_line',
    hasWork: 'due_at IS NOT NULL OR owner IS NOT NULL OR paused_at IS NOT NULL',
    rows: `outbox_line ${join} (SELECT 0 AS lane UNION ALL SELECT 1) lanes ${join} ${messagesByPile(store)}
      ON outbox_message.line_id = outbox_line.line_id AND outbox_message.pile = lanes.lane WHERE outbox_line.line_id`,
    counts: 'outbox_message.pile IS NOT NULL',
  }
}

/** No statement reads more than so many rows, whatever waits. */
async function countWaiting(
  store: Store,
  { lines, hasWork, rows, counts }: Queue,
  countLong: CountLong,
): Promise<number> {
  let sum = 0
  let after = -1
  for (;;) {
    const found = await store.rows<{ line_id: number }>(
      `SELECT line_id FROM ${lines} WHERE line_id > ? AND (${hasWork}) ORDER BY line_id LIMIT ${LINES_AT_ONCE}`,
      [after],
    )
    if (found.length === 0) return sum
    const ids = found.map(({ line_id: lineId }) => lineId)
    const [row] = await store.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM (SELECT 1 FROM ${rows} IN ${marks(ids.length)} AND ${counts} LIMIT ${MAX_COUNTED}) some_rows`,
      ids,
    )
    const count = Number(row?.count ?? 0)
    sum += count < MAX_COUNTED ? count : await countLong(ids)
    if (ids.length < LINES_AT_ONCE) return sum
    after = ids.at(-1) ?? after
    await store.letOthersIn()
  }
}
