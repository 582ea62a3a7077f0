import type { LeasedLine, LockoutState, StoredEvent } from '../core/inbox.ts'
import type { Finish, Statement, StatementRunner } from './short-transaction.ts'
import { byLineAndSeq, forUpdate, insertIgnore, marks, onDuplicateSet } from './sql.ts'
import type { Store, Transaction } from './store.ts'

/** How one attempt on a line ended, as it goes to the store. */
export interface Settlement {
  readonly lineId: number
  /** Taken by the portal: these leave the queue. */
  readonly accepted: readonly number[]
  /** Given up: these go to the dead letters. */
  readonly rejected: readonly { readonly seq: number; readonly reason: string }[]
  readonly lockout: LockoutState
  readonly next: /** Keep the line if it has events beyond `emptyUpTo`, else let it go idle. Undefined: events are known to remain. */
    | { readonly kind: 'continue'; readonly emptyUpTo?: number }
    /** Let the line go until `dueAt`. */
    | { readonly kind: 'wait'; readonly dueAt: number }
    | { readonly kind: 'await-ack'; readonly until: number; readonly seqs: readonly number[] }
}

export type SettleOutcome =
  /** Another process holds the line now; nothing was changed. */
  | { readonly kind: 'lost' }
  /** Still ours; `tail` is the number of the last event in the store. */
  | {
      readonly kind: 'kept'
      readonly tail: number
      readonly replays: number
      readonly purgeUntil: number
    }
  /** Let go when `tail` was the number of the last event. */
  | { readonly kind: 'released'; readonly tail: number }

interface LeaseRow {
  line_id: number
  portal_id: string
  seq: number
  purge_until: number
  replays: number
  attempt: number
  locked_until: number | null
  first_failed_at: number | null
  last_error: string | null
  probe_size: number
  strikes: number
  ack_until: number | null
  ack_seqs: string | null
}

const LEASE_COLUMNS = `line_id, portal_id, seq, purge_until, replays, attempt, locked_until, first_failed_at,
  last_error, probe_size, strikes, ack_until, ack_seqs`
const MAX_ERROR_LENGTH = 500

/**
 * Takes up to `limit` due lines for `token`. Two short statements instead of one with a LIMIT, which SQLite lacks: the
 * first looks without locking, the second takes only what is still free. The cost depends on the number of lines that
 * are due, not on how many exist or are locked.
 */
export async function claimDueLines(
  store: Store,
  token: string,
  limit: number,
  now: number,
): Promise<LeasedLine[]> {
  const due = await store.rows<{ line_id: number }>(
    'SELECT line_id FROM inbox_line WHERE due_at <= ? ORDER BY due_at LIMIT ?',
    [now, limit],
  )
  if (due.length === 0) return []
  const ids = due.map((row) => row.line_id).sort((a, b) => a - b)
  return await store.transaction(async (trx) => {
    await trx.run(
      `UPDATE inbox_line SET owner = ?, due_at = NULL
       WHERE line_id IN ${marks(ids.length)} AND owner IS NULL AND due_at <= ?
       AND EXISTS (SELECT 1 FROM hub_process WHERE token = ? AND state = 'live')`,
      [token, ...ids, now, token],
    )
    return await readLeases(trx, token, ids)
  })
}

/** Lines that are ours in the store, wanted after a commit whose outcome isn't known. Reads the whole table. */
export async function findOwnedLines(store: Store, token: string): Promise<LeasedLine[]> {
  const rows = await store.rows<LeaseRow>(
    `SELECT ${LEASE_COLUMNS} FROM inbox_line WHERE owner = ?`,
    [token],
  )
  return rows.map(toLeasedLine)
}

/** Up to `limit` events of a line beyond `after`, in order. */
export async function readEvents(
  store: Store,
  lineId: number,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const rows = await store.rows<{
    seq: number
    type: string
    payload: string
    created_at: number
  }>(
    'SELECT seq, type, payload, created_at FROM inbox_event WHERE line_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    [lineId, after, limit],
  )
  return rows.map((row) => ({
    seq: row.seq,
    type: row.type,
    payload: row.payload,
    createdAt: row.created_at,
  }))
}

/**
 * Settles the attempts of many lines in one transaction. Each names `token`: of lines that are no longer ours nothing
 * is changed. Repeating it does no harm: what is deleted stays deleted.
 */
export async function settleLines(
  store: Store,
  token: string,
  settlements: readonly Settlement[],
  now: number,
  burial: Burial = KEEP_DEAD,
): Promise<SettleOutcome[]> {
  return await store.shortTransaction(
    (runner) => prepareSettle(runner, token, settlements, now, burial),
    { isRepeatable: true },
  )
}

async function prepareSettle(
  runner: StatementRunner,
  token: string,
  settlements: readonly Settlement[],
  now: number,
  burial: Burial,
): Promise<Finish<SettleOutcome[]>> {
  const ids = settlements.map(({ lineId }) => lineId).sort((a, b) => a - b)
  const [locked] = await runner.batch([
    {
      sql: `SELECT ${LEASE_COLUMNS} FROM inbox_line
        WHERE line_id IN ${marks(ids.length)} AND owner = ? ORDER BY line_id${forUpdate(runner)}`,
      bindings: [...ids, token],
    },
  ])
  const held = new Map(((locked?.rows ?? []) as LeaseRow[]).map((row) => [row.line_id, row]))
  const ours = settlements.filter(({ lineId }) => held.has(lineId))
  const changed: unknown[][] = []
  const outcomes = new Map<number, SettleOutcome>()
  for (const settlement of ours) {
    const row = held.get(settlement.lineId)
    if (!row) continue
    const isKept = keepsLine(settlement, row.seq)
    const { seq: tail, replays, purge_until: purgeUntil } = row
    outcomes.set(
      row.line_id,
      isKept ? { kind: 'kept', tail, replays, purgeUntil } : { kind: 'released', tail },
    )
    if (!isKept || isLockoutChanged(row, settlement.lockout)) {
      changed.push(toStateRow(row, settlement, isKept ? token : null))
    }
  }
  return {
    statements: [...removeEvents(runner, ours, now, burial), ...writeStates(runner, changed)],
    value: settlements.map(({ lineId }) => outcomes.get(lineId) ?? { kind: 'lost' }),
  }
}

function keepsLine({ next }: Settlement, tail: number): boolean {
  if (next.kind !== 'continue') return false
  return next.emptyUpTo === undefined || tail > next.emptyUpTo
}

const STATE_COLUMNS = [
  'due_at',
  'owner',
  'attempt',
  'locked_until',
  'first_failed_at',
  'last_error',
  'probe_size',
  'strikes',
  'ack_until',
  'ack_seqs',
]

function toStateRow(row: LeaseRow, { next, lockout }: Settlement, owner: string | null): unknown[] {
  const isAwaiting = next.kind === 'await-ack'
  const dueAt = next.kind === 'wait' ? next.dueAt : isAwaiting ? next.until : null
  return [
    row.line_id,
    row.portal_id,
    dueAt,
    owner,
    lockout.attempt,
    lockout.lockedUntil ?? null,
    lockout.firstFailedAt ?? null,
    lockout.lastError?.slice(0, MAX_ERROR_LENGTH) ?? null,
    lockout.probeSize,
    lockout.strikes,
    isAwaiting ? next.until : null,
    isAwaiting ? JSON.stringify(next.seqs) : null,
  ]
}

function writeStates(runner: StatementRunner, states: readonly unknown[][]): Statement[] {
  if (states.length === 0) return []
  return [
    {
      sql: `INSERT INTO inbox_line (line_id, portal_id, ${STATE_COLUMNS.join(', ')})
        VALUES ${states.map((state) => marks(state.length)).join(', ')}
        ${onDuplicateSet(runner, 'line_id', STATE_COLUMNS)}`,
      bindings: states.flat(),
    },
  ]
}

function removeEvents(
  runner: StatementRunner,
  settlements: readonly Settlement[],
  now: number,
  burial: Burial,
): Statement[] {
  const gone = new Map<number, number[]>()
  const burials: Statement[] = []
  for (const { lineId, accepted, rejected } of settlements) {
    gone.set(lineId, [...accepted, ...rejected.map(({ seq }) => seq)])
    for (const { seq, reason } of rejected) {
      burials.push(...buryEvents(runner, lineId, [seq], { ...burial, reason }, now))
    }
  }
  return [...burials, ...deleteEvents(gone)]
}

/** What becomes of events that are given up. */
export interface Burial {
  /** False where dead letters are to be deleted at once (HUB_DEAD_LETTER_DAYS=0). */
  readonly isKept: boolean
}

const KEEP_DEAD: Burial = { isKept: true }

/** Copies events to the dead letters. One that is there already (a repeated commit) stays as it was. */
function buryEvents(
  runner: StatementRunner,
  lineId: number,
  seqs: readonly number[],
  { isKept, reason }: Burial & { readonly reason: string },
  now: number,
): Statement[] {
  if (!isKept) return []
  return [
    {
      sql: `${insertIgnore(runner)} dead_letter (line_id, seq, type, payload, created_at, reason, dead_at)
        SELECT line_id, seq, type, payload, created_at, ?, ? FROM inbox_event
        WHERE line_id = ? AND seq IN ${marks(seqs.length)}`,
      bindings: [reason.slice(0, MAX_ERROR_LENGTH), now, lineId, ...seqs],
    },
  ]
}

/** Deletes ids, never ranges: a range would lock the gap that a writer is about to fill. */
export function deleteEvents(gone: ReadonlyMap<number, readonly number[]>): Statement[] {
  const where = byLineAndSeq(gone)
  return where
    ? [{ sql: `DELETE FROM inbox_event WHERE ${where.sql}`, bindings: where.bindings }]
    : []
}

/**
 * Moves the oldest events of a line, up to `upTo`, to the dead letters, at most `limit` of them. Gives how many; none
 * means that all are moved. Undefined if the line isn't ours any more.
 */
export async function buryOldest(
  store: Store,
  token: string,
  lineId: number,
  range: { readonly upTo: number; readonly limit: number },
  burial: Burial & { readonly reason: string },
  now: number,
): Promise<number | undefined> {
  return await store.transaction(
    async (trx) => {
      const [row] = await trx.rows<{ line_id: number }>(
        `SELECT line_id FROM inbox_line WHERE line_id = ? AND owner = ?${forUpdate(trx)}`,
        [lineId, token],
      )
      if (!row) return undefined
      const found = await trx.rows<{ seq: number }>(
        'SELECT seq FROM inbox_event WHERE line_id = ? AND seq <= ? ORDER BY seq LIMIT ?',
        [lineId, range.upTo, range.limit],
      )
      const seqs = found.map(({ seq }) => seq)
      if (seqs.length === 0) return 0
      await trx.batch([
        ...buryEvents(trx, lineId, seqs, burial, now),
        ...deleteEvents(new Map([[lineId, seqs]])),
      ])
      return seqs.length
    },
    { isRepeatable: true },
  )
}

/** Gives lines back uncounted: their next attempt is due at once, wherever. */
export async function releaseLines(
  store: Store,
  token: string,
  lineIds: readonly number[],
  now: number,
): Promise<void> {
  for (let from = 0; from < lineIds.length; from += MAX_RELEASE) {
    const part = lineIds.slice(from, from + MAX_RELEASE)
    await store.run(
      `UPDATE inbox_line SET owner = NULL, due_at = ? WHERE line_id IN ${marks(part.length)} AND owner = ?`,
      [now, ...part, token],
    )
  }
}

const MAX_RELEASE = 500

async function readLeases(
  trx: Transaction,
  token: string,
  ids: readonly number[],
): Promise<LeasedLine[]> {
  const rows = await trx.rows<LeaseRow>(
    `SELECT ${LEASE_COLUMNS} FROM inbox_line WHERE line_id IN ${marks(ids.length)} AND owner = ?`,
    [...ids, token],
  )
  return rows.map(toLeasedLine)
}

function toLeasedLine(row: LeaseRow): LeasedLine {
  return {
    lineId: row.line_id,
    portalId: row.portal_id,
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

export function toLockout(
  row: Pick<
    LeaseRow,
    'attempt' | 'locked_until' | 'first_failed_at' | 'last_error' | 'probe_size' | 'strikes'
  >,
): LockoutState {
  return {
    attempt: row.attempt,
    ...(row.locked_until === null ? {} : { lockedUntil: row.locked_until }),
    ...(row.first_failed_at === null ? {} : { firstFailedAt: row.first_failed_at }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    probeSize: row.probe_size,
    strikes: row.strikes,
  }
}

function isLockoutChanged(row: LeaseRow, lockout: LockoutState): boolean {
  return (
    row.attempt !== lockout.attempt ||
    row.probe_size !== lockout.probeSize ||
    row.strikes !== lockout.strikes ||
    row.ack_until !== null ||
    row.locked_until !== (lockout.lockedUntil ?? null)
  )
}
