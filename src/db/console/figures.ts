import type { HealthState } from '../../core/health.ts'
import { type LineStatus, takesUpdates } from '../../core/line.ts'
import type { Where } from '../engine/pieces.ts'
import type { Store } from '../engine/store.ts'
import { PARKED_MS } from '../lines/parked-lines.ts'

/** Whose lines the figures are of: a portal's, or a single one. The hub's as a whole are read elsewhere. */
export type FigureScope = { readonly portalId: string } | { readonly lineId: number }

export interface LineCounts {
  readonly total: number
  readonly byStatus: Partial<Record<LineStatus, number>>
  readonly byHealth: Partial<Record<HealthState, number>>
}

/** Lines with work that are looked at for one portal. */
const MAX_WORKING = 2000

export async function countLinesOf(store: Store, scope: FigureScope): Promise<LineCounts> {
  const own = ofLine(scope)
  const rows = await store.rows<{
    status: LineStatus
    state: HealthState | null
    n: number | string
  }>(
    `SELECT line.status AS status, line_health.state AS state, COUNT(*) AS n
     FROM line LEFT JOIN line_health ON line_health.line_id = line.id WHERE ${own.sql}
     GROUP BY line.status, line_health.state`,
    own.bindings,
  )
  return sumUp(
    rows.map(({ status, state, n }) => ({
      status,
      health: takesUpdates(status) ? (state ?? 'unknown') : 'unknown',
      count: Number(n),
    })),
  )
}

/** Groups of lines as one table. */
export function sumUp(
  groups: readonly {
    readonly status: LineStatus
    readonly health: HealthState
    readonly count: number
  }[],
): LineCounts {
  const byStatus: Partial<Record<LineStatus, number>> = {}
  const byHealth: Partial<Record<HealthState, number>> = {}
  let total = 0
  for (const { status, health, count } of groups) {
    total += count
    byStatus[status] = (byStatus[status] ?? 0) + count
    byHealth[health] = (byHealth[health] ?? 0) + count
  }
  return { total, byStatus, byHealth }
}

/** Lines that have something in the inbox, with the number up to which it is void; `isMore`: there are others. */
export async function findWorking(
  store: Store,
  scope: FigureScope,
): Promise<{ readonly voidUpTo: Map<number, number>; readonly isMore: boolean }> {
  const own = ofInbox(scope)
  const rows = await store.rows<{ line_id: number; purge_until: number }>(
    `SELECT line_id, purge_until FROM inbox_line WHERE ${own.sql} AND (due_at IS NOT NULL OR owner IS NOT NULL) LIMIT ?`,
    [...own.bindings, MAX_WORKING + 1],
  )
  const some = rows.slice(0, MAX_WORKING)
  const voidUpTo = new Map(some.map((row) => [row.line_id, row.purge_until]))
  return { voidUpTo, isMore: rows.length > some.length }
}

/** Lines whose portal is waited for, those that wait longest for their next try first. */
export async function findLocked(
  store: Store,
  scope: FigureScope | undefined,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<number[]> {
  const own = scope ? ofInbox(scope) : { sql: '1 = 1', bindings: [] }
  const rows = await store.rows<{ line_id: number }>(
    `SELECT line_id FROM inbox_line WHERE ${own.sql} AND due_at > ? AND due_at < ? AND attempt > 0
     ORDER BY due_at DESC LIMIT ?`,
    [...own.bindings, now, PARKED_MS, limit],
  )
  return rows.map((row) => row.line_id)
}

/** Connected lines that somebody should look at, the broken ones first. */
export async function findUnwellOf(
  store: Store,
  scope: FigureScope | undefined,
  limit: number,
): Promise<number[]> {
  const own = scope ? ofLine(scope) : { sql: '1 = 1', bindings: [] }
  const rows = await store.rows<{ line_id: number }>(
    `SELECT line_health.line_id FROM line_health JOIN line ON line.id = line_health.line_id
     WHERE line_health.state IN ('broken', 'degraded') AND line.status IN ('connected', 'failing') AND ${own.sql}
     ORDER BY line_health.state, line_health.since, line_health.line_id LIMIT ?`,
    [...own.bindings, limit],
  )
  return rows.map((row) => row.line_id)
}

/** No more than `limit` of them. */
export async function countDeadLetters(
  store: Store,
  scope: FigureScope | undefined,
  limit: number,
): Promise<number> {
  const own = scope && ofLine(scope)
  const from = own
    ? `line JOIN dead_letter ON dead_letter.line_id = line.id WHERE ${own.sql}`
    : 'dead_letter'
  const [row] = await store.rows<{ n: number | string }>(
    `SELECT COUNT(*) AS n FROM (SELECT 1 FROM ${from} LIMIT ?) some_rows`,
    [...(own?.bindings ?? []), limit],
  )
  return Number(row?.n ?? 0)
}

function ofLine(scope: FigureScope): Where {
  return 'lineId' in scope
    ? { sql: 'line.id = ?', bindings: [scope.lineId] }
    : { sql: 'line.portal_id = ?', bindings: [scope.portalId] }
}

function ofInbox(scope: FigureScope): Where {
  return 'lineId' in scope
    ? { sql: 'line_id = ?', bindings: [scope.lineId] }
    : { sql: 'portal_id = ?', bindings: [scope.portalId] }
}
