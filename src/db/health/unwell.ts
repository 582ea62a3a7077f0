import type { HealthState } from '../../core/health.ts'
import type { Store } from '../engine/store.ts'

export interface UnwellLines {
  readonly broken: number
  readonly degraded: number
  /** The worst first, and of those the ones that have been so for longest. */
  readonly lineIds: readonly number[]
}

/** Connected lines that somebody should look at, as they were when their portals were told last. */
export async function findUnwell(store: Store, limit: number): Promise<UnwellLines> {
  const of = `FROM line_health JOIN line ON line.id = line_health.line_id AND line.status IN ('connected', 'failing')
    WHERE line_health.state IN ('broken', 'degraded')`
  const counts = await store.rows<{ state: HealthState; n: number }>(
    `SELECT line_health.state AS state, COUNT(*) AS n ${of} GROUP BY line_health.state`,
  )
  const rows = await store.rows<{ line_id: number }>(
    `SELECT line_health.line_id ${of}
     ORDER BY line_health.state, line_health.since, line_health.line_id LIMIT ?`,
    [limit],
  )
  const countOf = (state: HealthState): number =>
    counts.find((count) => count.state === state)?.n ?? 0
  return {
    broken: countOf('broken'),
    degraded: countOf('degraded'),
    lineIds: rows.map((row) => row.line_id),
  }
}
