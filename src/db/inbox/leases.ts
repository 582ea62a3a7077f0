import type { LeasedLine, StoredEvent } from '../../core/inbox.ts'
import { freeLines, lockFree } from '../engine/leased-rows.ts'
import { aroundLocks, takeFree } from '../engine/locks.ts'
import { inTerms } from '../engine/pieces.ts'
import type { Finish, StatementRunner } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { setAsideParked } from '../lines/parked-lines.ts'
import { LOCKOUT_COLUMNS, type LockoutRow, toLockout } from './lockout-columns.ts'

/** A line's row as its holder sees it. */
export interface LeaseRow extends LockoutRow {
  line_id: number
  portal_id: string
  lease: number
  seq: number
  purge_until: number
  replays: number
  ack_until: number | null
  ack_seqs: string | null
}

export const LEASE_COLUMNS = `line_id, portal_id, lease, seq, purge_until, replays,
  ${LOCKOUT_COLUMNS.join(', ')}, ack_until, ack_seqs`

/**
 * Takes those of the lines that are still due and free for `token`: they were found without locking anything (`findDue`).
 * Lines that somebody holds locked are left out, and those of portals that are switched `off`. `ids` in ascending order, as
 * everywhere.
 */
export async function claimDueLines(
  store: Store,
  token: string,
  ids: readonly number[],
  now: number,
  off: ReadonlySet<string> = new Set(),
): Promise<LeasedLine[]> {
  const wanted = await setAsideParked(store, 'inbox_line', ids, { off, now })
  return await takeFree(store.locks, { table: 'inbox_line', ids: wanted, now }, (part) =>
    claimLines(store, token, part, now),
  )
}

async function claimLines(
  store: Store,
  token: string,
  ids: readonly number[],
  now: number,
): Promise<LeasedLine[]> {
  const work = async (runner: StatementRunner): Promise<Finish<LeasedLine[]>> => {
    const [, , claimed] = await runner.batch([
      lockFree(runner, 'inbox_line', ids, now),
      {
        sql: `UPDATE inbox_line SET owner = ?, due_at = NULL, lease = lease + 1
       WHERE line_id IN ${marks(ids.length)} AND owner IS NULL AND due_at <= ?
       AND EXISTS (SELECT 1 FROM hub_process WHERE token = ? AND state = 'live')`,
        bindings: [token, ...ids, now, token],
      },
      {
        sql: `SELECT ${LEASE_COLUMNS} FROM inbox_line WHERE line_id IN ${marks(ids.length)} AND owner = ?`,
        bindings: [...ids, token],
      },
    ])
    return { statements: [], value: ((claimed?.rows ?? []) as LeaseRow[]).map(toLeasedLine) }
  }
  return await store.shortTransaction(work, { failsWhenLocked: true })
}

/** Does `token` hold the line, under this lease still? */
export async function isHeld(
  store: Store,
  {
    lineId,
    token,
    lease,
  }: { readonly lineId: number; readonly token: string; readonly lease: number },
): Promise<boolean> {
  const rows = await store.rows(
    'SELECT 1 FROM inbox_line WHERE line_id = ? AND owner = ? AND lease = ?',
    [lineId, token, lease],
  )
  return rows.length > 0
}

/** Lines that are held under `token`, wanted after a commit of uncertain outcome. Reads the whole table. */
export async function findOwnedLines(store: Store, token: string): Promise<LeasedLine[]> {
  const rows = await store.rows<LeaseRow>(
    `SELECT ${LEASE_COLUMNS} FROM inbox_line WHERE owner = ?`,
    [token],
  )
  return rows.map(toLeasedLine)
}

export interface EventPage {
  readonly after: number
  readonly limit: number
  /** The page ends with the event that reaches so many bytes: some are a few hundred kilobytes each. */
  readonly maxBytes: number
}

/** Events of a line beyond `after`, in order. `isAll`: there are certainly no more. */
export async function readEvents(
  store: Store,
  lineId: number,
  { after, limit, maxBytes }: EventPage,
): Promise<{ events: StoredEvent[]; isAll: boolean }> {
  const rows = await store.rows<{
    seq: number
    type: string
    payload: string
    created_at: number
  }>(
    // Joined, for where a bound comes from a subquery MariaDB reads on to the end of the line: 150 ms for each page of 300 000.
    `SELECT e.seq, e.type, e.payload, e.created_at FROM (
       SELECT seq, SUM(size) OVER (ORDER BY seq) - size AS bytes_before FROM (
         SELECT seq, OCTET_LENGTH(payload) AS size FROM inbox_event
         WHERE line_id = ? AND seq > ? ORDER BY seq LIMIT ?
       ) AS sizes
     ) AS sums JOIN inbox_event e ON e.line_id = ? AND e.seq = sums.seq
     WHERE sums.bytes_before < ? ORDER BY e.seq`,
    [lineId, after, limit, lineId, maxBytes],
  )
  const events = rows.map((row) => ({
    seq: row.seq,
    type: row.type,
    payload: row.payload,
    createdAt: row.created_at,
  }))
  const bytes = rows.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0)
  return { events, isAll: events.length < limit && bytes < maxBytes }
}

/**
 * Gives lines back uncounted: their next attempt is due at once, wherever. One that somebody holds locked stays ours, until
 * the process is swept.
 */
export async function releaseLines(
  store: Store,
  token: string,
  lineIds: readonly number[],
  now: number,
): Promise<void> {
  for (let from = 0; from < lineIds.length; from += MAX_RELEASE) {
    await aroundLocks(lineIds.slice(from, from + MAX_RELEASE), (part) =>
      freeLines(store, 'inbox_line', { ids: part, owners: [token] }, now),
    )
  }
}

/** Gives back lines of leases that nobody has begun to work on: they are due at once. Throws StoreLockedError. */
export async function returnLeases(
  store: Store,
  token: string,
  leases: readonly { readonly lineId: number; readonly lease: number }[],
  now: number,
): Promise<void> {
  for (const part of inTerms(leases, 2)) {
    await store.run(
      `UPDATE inbox_line SET owner = NULL, due_at = ?
       WHERE owner = ? AND (${part.map(() => '(line_id = ? AND lease = ?)').join(' OR ')})`,
      [now, token, ...part.flatMap(({ lineId, lease }) => [lineId, lease])],
      { failsWhenLocked: true },
    )
  }
}

const MAX_RELEASE = 500

function toLeasedLine(row: LeaseRow): LeasedLine {
  return {
    lineId: row.line_id,
    portalId: row.portal_id,
    lease: row.lease,
    tail: row.seq,
    purgeUntil: row.purge_until,
    replays: row.replays,
    lockout: toLockout(row),
    ...(row.ack_until === null
      ? {}
      : {
          awaiting: { until: row.ack_until, seqs: JSON.parse(row.ack_seqs ?? '[]') as number[] },
        }),
  }
}
