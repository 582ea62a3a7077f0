import { lockFree } from '../engine/leased-rows.ts'
import { takeFree } from '../engine/locks.ts'
import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { forUpdate, insertIgnore, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { setAsideParked } from '../lines/parked-lines.ts'
import { readHeldCalls } from './jobs.ts'

/** A line whose communications this process holds. */
export interface LeasedComm {
  readonly lineId: number
  readonly portalId: string
}

interface LeaseRow {
  line_id: number
  portal_id: string
}

const toLeased = (row: LeaseRow): LeasedComm => ({ lineId: row.line_id, portalId: row.portal_id })

/** Takes those of the lines that are still due and free, for `token`. `ids` in ascending order. */
export async function claimDueComm(
  store: Store,
  token: string,
  ids: readonly number[],
  now: number,
  off: ReadonlySet<string>,
): Promise<LeasedComm[]> {
  const wanted = await setAsideParked(store, 'comm_line', ids, { off, now })
  return await takeFree(store.locks, { table: 'comm_line', ids: wanted, now }, (part) =>
    claim(store, token, part, now),
  )
}

async function claim(
  store: Store,
  token: string,
  ids: readonly number[],
  now: number,
): Promise<LeasedComm[]> {
  const work = async (runner: StatementRunner): Promise<Finish<LeasedComm[]>> => {
    const [, , claimed] = await runner.batch([
      lockFree(runner, 'comm_line', ids, now),
      {
        sql: `UPDATE comm_line SET owner = ?, due_at = NULL
          WHERE line_id IN ${marks(ids.length)} AND owner IS NULL AND due_at <= ?
          AND EXISTS (SELECT 1 FROM hub_process WHERE token = ? AND state = 'live')`,
        bindings: [token, ...ids, now, token],
      },
      {
        sql: `SELECT line_id, portal_id FROM comm_line WHERE line_id IN ${marks(ids.length)} AND owner = ?`,
        bindings: [...ids, token],
      },
    ])
    return { statements: [], value: ((claimed?.rows ?? []) as LeaseRow[]).map(toLeased) }
  }
  return await store.shortTransaction(work, { failsWhenLocked: true })
}

/** Lines that are held under `token`, wanted when the outcome of a claim is uncertain. Reads the whole table. */
export async function findOwnedComm(store: Store, token: string): Promise<LeasedComm[]> {
  const rows = await store.rows<LeaseRow>(
    'SELECT line_id, portal_id FROM comm_line WHERE owner = ?',
    [token],
  )
  return rows.map(toLeased)
}

export interface CommRelease {
  readonly token: string
  readonly lineId: number
  /** How long after its last message a dialog counts as open, ms. */
  readonly dialogIdleMs: number
  /** Nothing of the line is to be looked at before then: its channel can't be written to, or a fault of ours. */
  readonly notBefore?: number
}

/** Lets a line go. When it is due again is asked of the store, with its row locked: whoever puts something in locks it, too. */
export async function releaseComm(store: Store, release: CommRelease, now: number): Promise<void> {
  const { token, lineId, dialogIdleMs, notBefore } = release
  await store.transaction(async (trx) => {
    const [row] = await trx.rows<{ owner: string | null }>(
      `SELECT owner FROM comm_line WHERE line_id = ?${forUpdate(trx)}`,
      [lineId],
    )
    if (row?.owner !== token) return
    const dueAt = await nextDueAt(trx, lineId, dialogIdleMs, now)
    const later = dueAt === undefined ? null : Math.max(dueAt, notBefore ?? dueAt)
    await trx.run('UPDATE comm_line SET owner = NULL, due_at = ? WHERE line_id = ?', [
      later,
      lineId,
    ])
  })
}

async function nextDueAt(
  trx: Transaction,
  lineId: number,
  dialogIdleMs: number,
  now: number,
): Promise<number | undefined> {
  const [event] = await trx.rows('SELECT id FROM comm_event WHERE line_id = ? LIMIT 1', [lineId])
  if (event) return now
  const [call] = await readHeldCalls(trx, lineId, 1)
  if (call !== undefined) return now
  const instants: number[] = []
  for (const table of ['job', 'broadcast_run', 'notification_task']) {
    const [first] = await trx.rows<{ run_at: number }>(
      `SELECT run_at FROM ${table} WHERE line_id = ? AND run_at IS NOT NULL ORDER BY run_at LIMIT 1`,
      [lineId],
    )
    if (first) instants.push(first.run_at)
  }
  const [dialog] = await trx.rows<{ dialog_at: number }>(
    `SELECT dialog_at FROM recipient WHERE line_id = ? AND is_dialog_open = 1 AND dialog_at IS NOT NULL
     ORDER BY dialog_at LIMIT 1`,
    [lineId],
  )
  if (dialog) instants.push(dialog.dialog_at + dialogIdleMs)
  return instants.length > 0 ? Math.min(...instants) : undefined
}

/**
 * From now on the line's events are copied for its communications. The flag is set under the row that every commit of the
 * line locks, so it holds for whatever is committed after this. To be run before the transaction that gives the line something to do.
 */
export async function followLine(store: Store, { lineId, portalId }: LeasedComm): Promise<void> {
  const [known] = await store.rows<{ line_id: number }>(
    `SELECT c.line_id FROM comm_line c JOIN inbox_line i ON i.line_id = c.line_id
     WHERE c.line_id = ? AND i.is_followed = 1`,
    [lineId],
  )
  if (known) return
  await store.transaction(
    async (trx) => {
      await trx.run('UPDATE inbox_line SET is_followed = 1 WHERE line_id = ?', [lineId])
      await trx.run(`${insertIgnore(trx)} comm_line (line_id, portal_id) VALUES (?, ?)`, [
        lineId,
        portalId,
      ])
    },
    { isRepeatable: true },
  )
}

/** To be read before a plan is made. */
export async function readTurn(store: Store, lineId: number): Promise<number> {
  const [row] = await store.rows<{ turn: number }>('SELECT turn FROM comm_line WHERE line_id = ?', [
    lineId,
  ])
  return row?.turn ?? 0
}

/** What was planned for the lines before this is void: whoever holds them plans anew. */
export function turnLines(lineIds: readonly number[]): Statement {
  return {
    sql: `UPDATE comm_line SET turn = turn + 1 WHERE line_id IN ${marks(lineIds.length)}`,
    bindings: lineIds,
  }
}

/** A line of a portal by its number, whatever its status. */
export async function findBot(
  store: Store,
  { id, portalId }: { readonly id: number; readonly portalId: string },
): Promise<{ id: number; portalId: string; connector: string } | undefined> {
  const [row] = await store.rows<{ connector: string }>(
    'SELECT connector FROM line WHERE id = ? AND portal_id = ?',
    [id, portalId],
  )
  return row && { id, portalId, connector: row.connector }
}

/** There is work for the line that is due then. Its row stays locked until the commit: a holder that lets it go sees what was put in. */
export function stirLineAt(lineId: number, dueAt: number): Statement {
  return {
    sql: `UPDATE comm_line SET stirs = stirs + 1,
      due_at = CASE WHEN owner IS NULL AND (due_at IS NULL OR due_at > ?) THEN ? ELSE due_at END
      WHERE line_id = ?`,
    bindings: [dueAt, dueAt, lineId],
  }
}

/** Does the hub follow any line? */
export async function isAnyFollowed(store: Store): Promise<boolean> {
  const rows = await store.rows('SELECT line_id FROM comm_line LIMIT 1')
  return rows.length > 0
}

/** How many of them a line has. */
export async function countOfLine(
  store: Pick<Transaction, 'rows'>,
  table: 'script' | 'comm_trigger' | 'broadcast',
  lineId: number,
): Promise<number> {
  const named = table === 'script' ? ' AND code IS NOT NULL' : ''
  const [row] = await store.rows<{ count: number }>(
    `SELECT COUNT(*) AS count FROM ${table} WHERE line_id = ?${named}`,
    [lineId],
  )
  return Number(row?.count ?? 0)
}

/** Since when the line is due that has waited longest and that nobody has in hand. */
export async function readCommDueAt(store: Store, now: number): Promise<number | undefined> {
  const [row] = await store.rows<{ due_at: number }>(
    'SELECT due_at FROM comm_line WHERE due_at <= ? ORDER BY due_at LIMIT 1',
    [now],
  )
  return row?.due_at
}
