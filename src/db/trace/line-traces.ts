import { onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** A trace that is on, or that has ended and wasn't cleared away yet. */
export interface TraceRecord {
  readonly lineId: number
  readonly portalId: string
  readonly bodies: boolean
  readonly startedAt: number
  readonly endsAt: number
  readonly keptBytes: number
}

interface TraceRow {
  line_id: number
  portal_id: string
  bodies: number
  started_at: number
  ends_at: number
  kept_bytes: number
}

/** All traces: a handful of rows. Throws StoreUnavailableError. */
export async function listTraces(store: Store): Promise<TraceRecord[]> {
  const rows = await store.rows<TraceRow>('SELECT * FROM line_trace ORDER BY line_id')
  return rows.map((row) => ({
    lineId: row.line_id,
    portalId: row.portal_id,
    bodies: Boolean(row.bodies),
    startedAt: row.started_at,
    endsAt: row.ends_at,
    keptBytes: Number(row.kept_bytes),
  }))
}

/** Begins a trace, or begins the line's anew. */
export async function saveTrace(store: Store, trace: TraceRecord): Promise<void> {
  const { lineId, portalId, bodies, startedAt, endsAt, keptBytes } = trace
  const changed = ['bodies', 'started_at', 'ends_at', 'kept_bytes']
  await store.run(
    `INSERT INTO line_trace (line_id, portal_id, bodies, started_at, ends_at, kept_bytes)
     VALUES (?, ?, ?, ?, ?, ?) ${onDuplicateSet(store, 'line_id', changed)}`,
    [lineId, portalId, bodies, startedAt, endsAt, keptBytes],
  )
}

/** False if it was ended already; with `endsAt` also if it was begun anew meanwhile. */
export async function endTrace(store: Store, lineId: number, endsAt?: number): Promise<boolean> {
  const { changes } = await store.run(
    `DELETE FROM line_trace WHERE line_id = ?${endsAt === undefined ? '' : ' AND ends_at = ?'}`,
    endsAt === undefined ? [lineId] : [lineId, endsAt],
  )
  return changes > 0
}
