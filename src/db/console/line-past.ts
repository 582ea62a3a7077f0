import { given } from '../../core/given.ts'
import type { Store } from '../engine/store.ts'
import type { LineHead } from '../lines/lines.ts'

/** The line that has displaced another, if it is still there. */
export async function findDisplacer(
  store: Store,
  lineId: number,
): Promise<Pick<LineHead, 'id' | 'portalId' | 'connector' | 'externalId' | 'name'> | undefined> {
  const [row] = await store.rows<{
    id: number
    portal_id: string
    connector: string
    external_id: string
    name: string | null
  }>(
    `SELECT other.id, other.portal_id, other.connector, other.external_id, other.name
     FROM line JOIN line other ON other.id = line.displaced_by WHERE line.id = ?`,
    [lineId],
  )
  if (!row) return undefined
  const { id, portal_id: portalId, connector, external_id: externalId, name } = row
  return { id, portalId, connector, externalId, ...given({ name }) }
}

export interface DeadLetterHead {
  readonly seq: number
  readonly reason: string
  /** Epoch ms. */
  readonly at: number
}

/** A line's last dead letters, the latest events first. */
export async function findLastDead(
  store: Store,
  lineId: number,
  limit: number,
): Promise<DeadLetterHead[]> {
  const rows = await store.rows<{ seq: number; reason: string; dead_at: number }>(
    'SELECT seq, reason, dead_at FROM dead_letter WHERE line_id = ? ORDER BY seq DESC LIMIT ?',
    [lineId, limit],
  )
  return rows.map(({ seq, reason, dead_at: at }) => ({ seq, reason, at }))
}

/** The event that a line's portal is to take next, by its number. */
export async function findFirstWaiting(store: Store, lineId: number): Promise<number | undefined> {
  const [row] = await store.rows<{ seq: number }>(
    `SELECT e.seq FROM inbox_line l JOIN inbox_event e ON e.line_id = l.line_id AND e.seq > l.purge_until
     WHERE l.line_id = ? ORDER BY e.seq LIMIT 1`,
    [lineId],
  )
  return row?.seq
}
