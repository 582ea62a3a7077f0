import type { SwitchedOff } from '../../core/portal.ts'
import { takeFree } from '../engine/locks.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/**
 * A line of a portal that is switched off is parked: its due time lies this far beyond the real one. So it stands behind all
 * that is due in the index, costs no look for due lines anything, and gets its own due time back when the portal is switched on.
 */
export const PARKED_MS = 1e15

type ParkedTable = 'inbox_line' | 'outbox_line' | 'comm_line'
const PARKED_TABLES: readonly ParkedTable[] = ['inbox_line', 'outbox_line', 'comm_line']

/** Lines of one statement. */
const PAGE = 500
/** How long the confirmation of a packet is waited for anew: while its portal was switched off it couldn't come. */
const ACK_WAIT_MS = 60_000

/** The portals that are switched off. */
export async function readSwitchedOff(store: Store): Promise<Map<string, SwitchedOff>> {
  const rows = await store.rows<{ id: string; removing_at: number | null }>(
    'SELECT id, removing_at FROM portal WHERE disabled_at IS NOT NULL',
  )
  return new Map(rows.map((row) => [row.id, row.removing_at === null ? 'disabled' : 'removing']))
}

/**
 * Of due lines those whose portal isn't one of `off`. The others are parked, unless the store says that their portal is in
 * service again: then they are left as they are.
 */
export async function setAsideParked(
  store: Store,
  table: ParkedTable,
  ids: readonly number[],
  { off, now }: { readonly off: ReadonlySet<string>; readonly now: number },
): Promise<readonly number[]> {
  if (off.size === 0 || ids.length === 0) return ids
  const rows = await store.rows<{ id: number; portal_id: string }>(
    `SELECT id, portal_id FROM line WHERE id IN ${marks(ids.length)}`,
    ids,
  )
  const isOff = new Set(rows.flatMap(({ id, portal_id: portal }) => (off.has(portal) ? [id] : [])))
  if (isOff.size === 0) return ids
  const wanted = { table, ids: [...isOff], now }
  await takeFree(store.locks, wanted, async (part) => {
    await park(store, table, part, { failsWhenLocked: true })
    return []
  })
  return ids.filter((id) => !isOff.has(id))
}

/** All lines of a portal that nobody holds. */
export async function parkPortal(store: Store, portalId: string): Promise<void> {
  for await (const ids of pagesOf(store, portalId)) {
    for (const table of PARKED_TABLES) await park(store, table, ids)
  }
}

/** The other way round: what waits is due when it was. */
export async function unparkPortal(store: Store, portalId: string, now: number): Promise<void> {
  for await (const ids of pagesOf(store, portalId)) {
    for (const table of PARKED_TABLES) await unpark(store, table, ids, now)
  }
}

/**
 * Parked lines whose portal is in service: somebody parked them while it was switched on, or was killed before he had
 * unparked them all. Gives how many there were.
 */
export async function unparkStrays(store: Store, now: number): Promise<number> {
  let count = 0
  for (const table of PARKED_TABLES) {
    const rows = await store.rows<{ line_id: number }>(
      `SELECT q.line_id FROM ${table} q JOIN line ON line.id = q.line_id JOIN portal ON portal.id = line.portal_id
       WHERE q.due_at >= ? AND portal.disabled_at IS NULL LIMIT ?`,
      [PARKED_MS, PAGE],
    )
    if (rows.length > 0) {
      const ids = rows.map((row) => row.line_id)
      await unpark(store, table, ids, now)
    }
    count += rows.length
  }
  return count
}

async function park(
  store: Store,
  table: ParkedTable,
  ids: readonly number[],
  options: { readonly failsWhenLocked?: true } = {},
): Promise<void> {
  await store.run(
    `UPDATE ${table} SET due_at = due_at + ? WHERE line_id IN ${marks(ids.length)} AND owner IS NULL AND due_at < ?
     AND EXISTS (SELECT 1 FROM line JOIN portal ON portal.id = line.portal_id
       WHERE line.id = ${table}.line_id AND portal.disabled_at IS NOT NULL)`,
    [PARKED_MS, ...ids, PARKED_MS],
    options,
  )
}

async function unpark(
  store: Store,
  table: ParkedTable,
  ids: readonly number[],
  now: number,
): Promise<void> {
  if (table === 'inbox_line') {
    await store.run(
      `UPDATE inbox_line SET due_at = ?, ack_until = ?
       WHERE line_id IN ${marks(ids.length)} AND due_at >= ? AND ack_until IS NOT NULL`,
      [now + ACK_WAIT_MS, now + ACK_WAIT_MS, ...ids, PARKED_MS],
    )
  }
  await store.run(
    `UPDATE ${table} SET due_at = due_at - ? WHERE line_id IN ${marks(ids.length)} AND due_at >= ?`,
    [PARKED_MS, ...ids, PARKED_MS],
  )
}

/** The lines of a portal, page by page. */
async function* pagesOf(store: Store, portalId: string): AsyncGenerator<number[]> {
  for (let after = 0; ; ) {
    const rows = await store.rows<{ id: number }>(
      'SELECT id FROM line WHERE portal_id = ? AND id > ? ORDER BY id LIMIT ?',
      [portalId, after, PAGE],
    )
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(({ id }) => id)
    after = last.id
  }
}
