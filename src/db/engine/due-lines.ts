import { rowName } from './locks.ts'
import { marks } from './sql.ts'
import type { Store } from './store.ts'

/** Tables with a row per line: `due_at` is set while the line waits for somebody, `owner` while it is held. */
export type DueTable = 'inbox_line' | 'outbox_line' | 'poll_line' | 'comm_line'

/** A line that waits to be taken. */
export interface DueLine {
  readonly lineId: number
  readonly portalId: string
}

export interface DueSearch {
  /** Only lines that have been due since then; 0 for all. */
  readonly from: number
  readonly now: number
  /** Portals whose lines are passed over. */
  readonly without: readonly string[]
  readonly limit: number
}

/** Both ways to look into a table. */
export interface DueLooks {
  find(search: DueSearch): Promise<DueLine[]>
  findOf(portalId: string, now: number, limit: number): Promise<DueLine[]>
}

export function dueIn(store: Store, table: DueTable): DueLooks {
  return {
    find: (search) => findDue(store, table, search),
    findOf: (portalId, now, limit) => findDueOf(store, table, { portalId, now, limit }),
  }
}

/**
 * Lines that are due, those that have waited longest first; what was found locked a moment ago is left out. Without `without` the cost depends on `limit` alone; with it,
 * on how many lines of those portals have become due since `from`.
 */
async function findDue(
  store: Store,
  table: DueTable,
  { from, now, without, limit }: DueSearch,
): Promise<DueLine[]> {
  const since = from > 0 ? ' AND due_at >= ?' : ''
  const others = without.length > 0 ? ` AND portal_id NOT IN ${marks(without.length)}` : ''
  const { locks } = store
  const rows = await store.rows<{ line_id: number; portal_id: string }>(
    `SELECT line_id, portal_id FROM ${table} WHERE due_at <= ?${since}${others} ORDER BY due_at LIMIT ?`,
    [now, ...(from > 0 ? [from] : []), ...without, limit + locks.notedCount],
  )
  return rows
    .map(({ line_id: lineId, portal_id: portalId }) => ({ lineId, portalId }))
    .filter(({ lineId }) => locks.judge(rowName(table, lineId), now) !== 'wait')
    .slice(0, limit)
}

/** The same for one portal, however many lines of others are due. */
async function findDueOf(
  store: Store,
  table: DueTable,
  {
    portalId,
    now,
    limit,
  }: { readonly portalId: string; readonly now: number; readonly limit: number },
): Promise<DueLine[]> {
  const rows = await store.rows<{ line_id: number }>(
    `SELECT line_id FROM ${table} WHERE portal_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?`,
    [portalId, now, limit],
  )
  return rows.map(({ line_id: lineId }) => ({ lineId, portalId }))
}
