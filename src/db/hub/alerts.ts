import { insertIgnore } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { readState, writeState } from './hub-state.ts'

/** Lines that have something in common, by their connector. */
export interface LinesFound {
  readonly connector: string
  /** Of lines, or of what was looked for in them. */
  readonly count: number
  /** The first few lines, as `portal/connector/line`. */
  readonly lines: readonly string[]
}

const MAX_NAME = 255
/** Rows older than this say nothing any more. */
const KEPT_MS = 24 * 3600 * 1000
const MAX_EXAMPLES = 10
/** Dead letters that one look reads; what is beyond is in the next. */
const MAX_DEAD = 5000

/**
 * True for one process alone within `holdMs`: that one may send the alert of this name. What was sent in the future was so by a
 * clock that is wrong, and holds nothing. Throws StoreUnavailableError.
 */
export async function claimAlert(
  store: Store,
  name: string,
  now: number,
  holdMs: number,
): Promise<boolean> {
  const key = name.slice(0, MAX_NAME)
  const { changes } = await store.run(
    'UPDATE hub_alert SET sent_at = ? WHERE name = ? AND (sent_at <= ? OR sent_at > ?)',
    [now, key, now - holdMs, now + holdMs],
  )
  if (changes > 0) return true
  const inserted = await store.run(
    `${insertIgnore(store)} hub_alert (name, sent_at) VALUES (?, ?)`,
    [key, now],
  )
  if (inserted.changes === 0) return false
  await store.run('DELETE FROM hub_alert WHERE sent_at < ?', [now - KEPT_MS])
  return true
}

/** Was an alert of this name sent within `holdMs`? Throws StoreUnavailableError. */
export async function isAlertHeld(
  store: Store,
  name: string,
  now: number,
  holdMs: number,
): Promise<boolean> {
  const rows = await store.rows(
    'SELECT name FROM hub_alert WHERE name = ? AND sent_at > ? AND sent_at <= ?',
    [name.slice(0, MAX_NAME), now - holdMs, now + holdMs],
  )
  return rows.length > 0
}

/** The present health of a line; undefined: nobody knows, or it is gone. Throws StoreUnavailableError. */
export async function readHealthByName(store: Store, name: string): Promise<string | undefined> {
  const [portalId, connector, ...line] = name.split('/')
  const [row] = await store.rows<{ state: string }>(
    `SELECT line_health.state AS state FROM line JOIN line_health ON line_health.line_id = line.id
     WHERE line.portal_id = ? AND line.connector = ? AND line.external_id = ?`,
    [portalId ?? '', connector ?? '', line.join('/')],
  )
  return row?.state
}

/**
 * Lines whose portal has not answered since a moment up to `until`, and that no look before has found. Reads one row of each line, for there is no index
 * on the moment: 10 ms for 100 000. Throws StoreUnavailableError.
 */
export async function findOldLocks(store: Store, until: number): Promise<LinesFound[]> {
  const after = (await readState(store, 'alert-locks')) ?? 0
  if (until <= after) return []
  const window = 'inbox_line.first_failed_at > ? AND inbox_line.first_failed_at <= ?'
  const counts = await store.rows<{ connector: string; count: number }>(
    `SELECT line.connector AS connector, COUNT(*) AS count FROM inbox_line JOIN line ON line.id = inbox_line.line_id
     WHERE ${window} GROUP BY line.connector`,
    [after, until],
  )
  const found: LinesFound[] = []
  for (const { connector, count } of counts) {
    const rows = await store.rows<LineRow>(
      `SELECT line.portal_id AS portal_id, line.external_id AS external_id
       FROM inbox_line JOIN line ON line.id = inbox_line.line_id
       WHERE ${window} AND line.connector = ? ORDER BY line.id LIMIT ${MAX_EXAMPLES}`,
      [after, until, connector],
    )
    const lines = rows.map((row) => `${row.portal_id}/${connector}/${row.external_id}`)
    found.push({ connector, count: Number(count), lines })
  }
  await writeState(store, 'alert-locks', until)
  return found
}

/** Does a line still wait for its portal? Throws StoreUnavailableError. */
export async function isLineLocked(store: Store, name: string): Promise<boolean> {
  const [portalId, connector, ...line] = name.split('/')
  const rows = await store.rows(
    `SELECT line.id FROM line JOIN inbox_line ON inbox_line.line_id = line.id
     WHERE line.portal_id = ? AND line.connector = ? AND line.external_id = ? AND inbox_line.first_failed_at IS NOT NULL`,
    [portalId ?? '', connector ?? '', line.join('/')],
  )
  return rows.length > 0
}

/**
 * What has become a dead letter up to `until`, and that no look before has found; the first look of all begins at `since`, for
 * what lay there before is no event. Throws StoreUnavailableError.
 */
export async function findNewDeadLetters(
  store: Store,
  until: number,
  since: number,
): Promise<LinesFound[]> {
  const after = (await readState(store, 'alert-dead-letters')) ?? since
  if (until <= after) return []
  const rows = await store.rows<LineRow & { connector: string; dead_at: number }>(
    `SELECT line.portal_id AS portal_id, line.connector AS connector, line.external_id AS external_id, dead.dead_at AS dead_at
     FROM (SELECT line_id, dead_at FROM dead_letter WHERE dead_at > ? AND dead_at <= ? ORDER BY dead_at LIMIT ${MAX_DEAD}) dead
     JOIN line ON line.id = dead.line_id`,
    [after, until],
  )
  const groups = Map.groupBy(rows, ({ connector }) => connector)
  const found = [...groups].map(([connector, same]): LinesFound => {
    const names = same.map((row) => `${row.portal_id}/${connector}/${row.external_id}`)
    return { connector, count: same.length, lines: [...new Set(names)].slice(0, MAX_EXAMPLES) }
  })
  const isAll = rows.length < MAX_DEAD
  const last = Math.max(...rows.map((row) => row.dead_at))
  await writeState(store, 'alert-dead-letters', isAll ? until : last)
  return found
}

interface LineRow {
  readonly portal_id: string
  readonly external_id: string
}
