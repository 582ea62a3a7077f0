import { CONTROL_TYPE, HEALTH_TYPE, type LockoutState, UNLOCKED } from '../../core/inbox.ts'
import { inPieces, whereByLine } from '../engine/pieces.ts'
import { forUpdate, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { PARKED_MS } from '../lines/parked-lines.ts'
import { LOCKOUT_COLUMNS, type LockoutRow, setLockout, toLockout } from './lockout-columns.ts'
import { deleteEvents } from './settle.ts'

/** What `inbox_line` says of a line, without its events. */
export interface InboxState {
  /** Events up to this number are void. */
  readonly purgeUntil: number
  /** Until an attempt has succeeded, also while one is due or under way. */
  readonly lockout?: LockoutState
}

interface StatusRow extends LockoutRow {
  line_id: number
  seq: number
  purge_until: number
  due_at: number | null
  owner: string | null
  ack_seqs: string | null
}

const STATUS_COLUMNS = `line_id, seq, purge_until, due_at, owner, ack_seqs,
  ${LOCKOUT_COLUMNS.join(', ')}`

/** How the inbox stands for these lines. A line that isn't there is absent from the answer. */
export async function readInboxStates(
  store: Store,
  lineIds: readonly number[],
): Promise<Map<number, InboxState>> {
  const states = new Map<number, InboxState>()
  for (const part of inPieces(lineIds, 1)) {
    const rows = await store.rows<StatusRow>(
      `SELECT ${STATUS_COLUMNS} FROM inbox_line WHERE line_id IN ${marks(part.length)}`,
      part,
    )
    for (const row of rows) {
      const { purge_until: purgeUntil } = row
      const lockout = row.attempt > 0 ? { lockout: toLockout(row) } : {}
      states.set(row.line_id, { purgeUntil, ...lockout })
    }
  }
  return states
}

/** When events were queued, named by line and number. */
export async function readQueuedAt(
  store: Store,
  seqs: ReadonlyMap<number, number>,
): Promise<Map<number, number>> {
  const queuedAt = new Map<number, number>()
  const one = new Map([...seqs].map(([lineId, seq]) => [lineId, [seq]]))
  for (const { sql, bindings } of whereByLine('seq', one)) {
    const rows = await store.rows<{ line_id: number; created_at: number }>(
      `SELECT line_id, created_at FROM inbox_event WHERE ${sql}`,
      bindings,
    )
    for (const row of rows) queuedAt.set(row.line_id, row.created_at)
  }
  return queuedAt
}

/**
 * Makes a line due now, whatever its lock says; lock and count stay as they are for the case that the attempt fails. A
 * line that is held or idle needs nothing.
 */
export async function makeDueNow(store: Store, lineId: number, now: number): Promise<void> {
  await store.run(
    `UPDATE inbox_line SET due_at = ?, nudged_at = ?
     WHERE line_id = ? AND due_at > ? AND ack_until IS NULL`,
    [now, now, lineId, now],
  )
}

const NUDGE_EVERY_MS = 60_000
const NUDGE_BATCH = 500

/**
 * A portal showed life: its locked lines are due now, each at most once a minute. Gives how many became due. Works
 * through them in batches so that a portal with many lines holds no long transaction.
 */
export async function nudgePortal(store: Store, portalId: string, now: number): Promise<number> {
  let nudged = 0
  for (;;) {
    const found = await store.rows<{ line_id: number }>(
      `SELECT line_id FROM inbox_line WHERE portal_id = ? AND due_at > ? AND due_at < ? AND attempt > 0 AND ack_until IS NULL
       AND (nudged_at IS NULL OR nudged_at <= ?) ORDER BY line_id LIMIT ?`,
      [portalId, now, PARKED_MS, now - NUDGE_EVERY_MS, NUDGE_BATCH],
    )
    if (found.length === 0) return nudged
    const ids = found.map((row) => row.line_id)
    // Asked again, for meanwhile the line may have been tried and may wait for a confirmation, or for nothing.
    const { changes } = await store.run(
      `UPDATE inbox_line SET due_at = ?, nudged_at = ? WHERE line_id IN ${marks(ids.length)} AND due_at > ? AND due_at < ?
       AND attempt > 0 AND ack_until IS NULL`,
      [now, now, ...ids, now, PARKED_MS],
    )
    nudged += changes
    if (found.length < NUDGE_BATCH) return nudged
  }
}

/** Portals that have locked lines: only they need to be watched for signs of life. */
export async function portalsWithLockedLines(store: Store, now: number): Promise<string[]> {
  const rows = await store.rows<{ portal_id: string }>(
    'SELECT DISTINCT portal_id FROM inbox_line WHERE due_at > ? AND due_at < ? AND attempt > 0',
    [now, PARKED_MS],
  )
  return rows.map((row) => row.portal_id)
}

/**
 * The late acknowledgement: takes these events out of the queue. When all that the line was waiting for is confirmed the
 * line goes on at once, with lock and count cleared. Gives the numbers of the events that were taken out.
 */
export async function confirmEvents(
  store: Store,
  lineId: number,
  seqs: readonly number[],
  now: number,
): Promise<number[]> {
  return await store.transaction(async (trx) => {
    const [row] = await trx.rows<StatusRow>(
      `SELECT ${STATUS_COLUMNS} FROM inbox_line WHERE line_id = ?${forUpdate(trx)}`,
      [lineId],
    )
    if (!row) return []
    const events = await trx.rows<{ seq: number }>(
      `SELECT seq FROM inbox_event WHERE line_id = ? AND seq > ? AND type NOT IN (?, ?) AND seq IN ${marks(seqs.length)}`,
      [lineId, row.purge_until, CONTROL_TYPE, HEALTH_TYPE, ...seqs],
    )
    const taken = events.map(({ seq }) => seq)
    await trx.batch(deleteEvents(new Map([[lineId, taken]])))
    if (row.ack_seqs !== null) await settleAwaited(trx, row, new Set(seqs), now)
    return taken
  })
}

async function settleAwaited(
  trx: Transaction,
  row: StatusRow,
  confirmed: ReadonlySet<number>,
  now: number,
): Promise<void> {
  const awaited = JSON.parse(row.ack_seqs ?? '[]') as number[]
  const open = awaited.filter((seq) => !confirmed.has(seq))
  if (open.length > 0) {
    await trx.run('UPDATE inbox_line SET ack_seqs = ? WHERE line_id = ?', [
      JSON.stringify(open),
      row.line_id,
    ])
    return
  }
  const lastAwaited = Math.max(...awaited)
  const { sql, bindings } = setLockout({ ...UNLOCKED, probeSize: row.probe_size * 2 })
  await trx.run(
    `UPDATE inbox_line SET ack_until = NULL, ack_seqs = NULL, ${sql}, due_at = ? WHERE line_id = ?`,
    [
      ...bindings,
      // A line that a process holds is being settled right now; it will look for more by itself.
      row.owner === null && row.seq > lastAwaited ? now : null,
      row.line_id,
    ],
  )
}

/** Clocks of several machines may differ by this much before a due time in the future means that one was wrong. */
const STRAY_AFTER_MS = 10_000

/**
 * Lines that are due in the future although nothing locks them were made due by a clock that was ahead, before it was
 * set back: they are due now. Gives how many there were.
 */
export async function recallStrayLines(store: Store, now: number): Promise<number> {
  const found = await store.rows<{ line_id: number }>(
    'SELECT line_id FROM inbox_line WHERE due_at > ? AND due_at < ? AND attempt = 0 AND ack_until IS NULL',
    [now + STRAY_AFTER_MS, PARKED_MS],
  )
  for (const { line_id: lineId } of found) {
    await store.run(
      'UPDATE inbox_line SET due_at = ? WHERE line_id = ? AND due_at > ? AND due_at < ? AND attempt = 0 AND ack_until IS NULL',
      [now, lineId, now + STRAY_AFTER_MS, PARKED_MS],
    )
  }
  return found.length
}
