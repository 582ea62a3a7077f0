import { given } from '../../core/given.ts'
import { HEALTH_TYPE, type LockoutState } from '../../core/inbox.ts'
import { runGroups, whereByLine } from '../engine/pieces.ts'
import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { forUpdate, insertIgnore, lockRows, marks, onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { LEASE_COLUMNS, type LeaseRow } from './leases.ts'
import { isLockoutChanged, LOCKOUT_COLUMNS, lockoutValues } from './lockout-columns.ts'

/** How one attempt on a line ended, as it goes to the store. */
export interface Settlement {
  readonly lineId: number
  /** The number of the lease under which the attempt was made. */
  readonly lease: number
  /** Taken by the portal: these leave the queue. */
  readonly accepted: readonly number[]
  /** Given up: these go to the dead letters. */
  readonly rejected: readonly { readonly seq: number; readonly reason: string }[]
  readonly lockout: LockoutState
  readonly next: /** Keep the line if it has events beyond `emptyUpTo`, else let it go idle. Without a number it is kept in any case. */
    | { readonly kind: 'continue'; readonly emptyUpTo?: number }
    /** Let the line go until `dueAt`. */
    | { readonly kind: 'wait'; readonly dueAt: number }
    | AwaitAck
}

/** Let the line go until `until`, or until all of `seqs` are confirmed. */
export interface AwaitAck {
  readonly kind: 'await-ack'
  readonly until: number
  readonly seqs: readonly number[]
  /** What to do instead if the confirmation has come before this settle. */
  readonly confirmed: { readonly lockout: LockoutState; readonly emptyUpTo?: number }
}

export type SettleOutcome =
  /** The lease is over; nothing was changed. */
  | { readonly kind: 'lost' }
  /** Still ours; `tail` is the number of the last event in the store. */
  | {
      readonly kind: 'kept'
      readonly tail: number
      readonly replays: number
      /** Events up to here are void, those that a replay has brought back since aren't. */
      readonly purgeUntil: number
      /** What was to be awaited had been confirmed before. */
      readonly isConfirmed?: true
    }
  /** Let go when `tail` was the number of the last event. */
  | { readonly kind: 'released'; readonly tail: number }

/** Of the column. A portal's answer takes half of it. */
const MAX_REASON_LENGTH = 1000

/**
 * Settles the attempts of many lines, each once (or it throws), in one transaction. Each names `token` and its lease: of lines that are
 * no longer held by it nothing is changed. Repeating it does no harm: what is deleted stays deleted, and a later lease
 * of the same process is left alone.
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
    { isRepeatable: true, failsWhenLocked: true },
  )
}

async function prepareSettle(
  runner: StatementRunner,
  token: string,
  settlements: readonly Settlement[],
  now: number,
  burial: Burial,
): Promise<Finish<SettleOutcome[]>> {
  const sorted = settlements.toSorted((a, b) => a.lineId - b.lineId)
  const [locked, awaited] = await runGroups(runner, [
    [
      {
        sql: lockRows(
          runner,
          `SELECT ${LEASE_COLUMNS} FROM inbox_line
          WHERE owner = ? AND (${sorted.map(() => '(line_id = ? AND lease = ?)').join(' OR ')})
          ORDER BY line_id`,
        ),
        bindings: [token, ...sorted.flatMap(({ lineId, lease }) => [lineId, lease])],
      },
    ],
    selectAwaited(settlements),
  ])
  const held = new Map(((locked?.rows ?? []) as LeaseRow[]).map((row) => [row.line_id, row]))
  const open = (awaited?.rows ?? []) as AwaitedRow[]
  return planSettle(runner, settlements, { token, held, open, burial }, now)
}

/** An event that is still in the queue, of those that any line awaits. */
export interface AwaitedRow {
  line_id: number
  seq: number
}

/** What a commit knows of the lines that it settles. */
export interface SettleBasis {
  readonly token: string
  /** The locked rows of lines that are held under `token` and the settlement's lease. */
  readonly held: ReadonlyMap<number, LeaseRow>
  readonly open: readonly AwaitedRow[]
  readonly burial: Burial
}

/** Decides what becomes of lines whose rows are locked. */
export function planSettle(
  runner: StatementRunner,
  settlements: readonly Settlement[],
  { token, held, open, burial }: SettleBasis,
  now: number,
): Finish<SettleOutcome[]> {
  requireOneEach(settlements)
  const ours: Settlement[] = []
  const changed: unknown[][] = []
  const outcomes = new Map<number, SettleOutcome>()
  for (const given of settlements) {
    const row = held.get(given.lineId)
    if (!row) continue
    const settlement = given.next.kind === 'await-ack' ? awaitRest(given, given.next, open) : given
    ours.push(settlement)
    const isKept = keepsLine(settlement, row.seq)
    outcomes.set(row.line_id, isKept ? kept(row, given) : { kind: 'released', tail: row.seq })
    if (!isKept || row.ack_until !== null || isLockoutChanged(row, settlement.lockout)) {
      changed.push(toStateRow(row, settlement, isKept ? token : null))
    }
  }
  return {
    statements: [...removeEvents(runner, ours, now, burial), ...writeStates(runner, changed)],
    value: settlements.map(({ lineId }) => outcomes.get(lineId) ?? { kind: 'lost' }),
  }
}

/**
 * `held` knows lines, not leases: the lease of one settle would let another one of its line pass. A group commit that is refused
 * makes them one by one.
 */
function requireOneEach(settlements: readonly Settlement[]): void {
  const lines = new Set<number>()
  for (const { lineId } of settlements) {
    if (lines.has(lineId)) throw new Error(`two settles of line ${lineId} in one commit`)
    lines.add(lineId)
  }
}

function kept(row: LeaseRow, { next }: Settlement): SettleOutcome {
  const { seq: tail, replays, purge_until: purgeUntil } = row
  const isConfirmed = next.kind === 'await-ack'
  return { kind: 'kept', tail, replays, purgeUntil, ...given({ isConfirmed }) }
}

function awaitRest(
  settlement: Settlement,
  { until, seqs, confirmed }: AwaitAck,
  open: readonly AwaitedRow[],
): Settlement {
  const left = new Set(
    open.flatMap(({ line_id: lineId, seq }) => (lineId === settlement.lineId ? [seq] : [])),
  )
  const rest = seqs.filter((seq) => left.has(seq))
  if (rest.length > 0) {
    return { ...settlement, next: { kind: 'await-ack', until, seqs: rest, confirmed } }
  }
  const { lockout, ...emptyUpTo } = confirmed
  return { ...settlement, lockout, next: { kind: 'continue', ...emptyUpTo } }
}

/** Asks which of the events to be awaited are still there: a portal's confirmation may be faster than this settle. */
export function selectAwaited(settlements: readonly Settlement[]): Statement[] {
  const seqs = new Map(
    settlements.flatMap(({ lineId, next }) =>
      next.kind === 'await-ack' ? [[lineId, next.seqs] as const] : [],
    ),
  )
  return whereByLine('seq', seqs).map(({ sql, bindings }) => ({
    sql: `SELECT line_id, seq FROM inbox_event WHERE ${sql}`,
    bindings,
  }))
}

function keepsLine({ next }: Settlement, tail: number): boolean {
  if (next.kind !== 'continue') return false
  return next.emptyUpTo === undefined || tail > next.emptyUpTo
}

const STATE_COLUMNS = ['due_at', 'owner', ...LOCKOUT_COLUMNS, 'ack_until', 'ack_seqs']

function toStateRow(row: LeaseRow, { next, lockout }: Settlement, owner: string | null): unknown[] {
  const isAwaiting = next.kind === 'await-ack'
  const dueAt = next.kind === 'wait' ? next.dueAt : isAwaiting ? next.until : null
  return [
    row.line_id,
    row.portal_id,
    dueAt,
    owner,
    ...lockoutValues(lockout),
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

export const KEEP_DEAD: Burial = { isKept: true }

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
        WHERE line_id = ? AND type <> ? AND seq IN ${marks(seqs.length)}`,
      // How a line was is of no use to anybody later.
      bindings: [
        reason.slice(0, MAX_REASON_LENGTH).toWellFormed(),
        now,
        lineId,
        HEALTH_TYPE,
        ...seqs,
      ],
    },
  ]
}

/** Deletes ids, never ranges: a range would lock the gap that a writer is about to fill. */
export function deleteEvents(gone: ReadonlyMap<number, readonly number[]>): Statement[] {
  return whereByLine('seq', gone).map(({ sql, bindings }) => ({
    sql: `DELETE FROM inbox_event WHERE ${sql}`,
    bindings,
  }))
}

/**
 * Moves the oldest events of a line, up to `upTo`, to the dead letters, at most `limit` of them. Gives their numbers; none
 * means that all are moved. Undefined if the line isn't ours any more.
 */
export async function buryOldest(
  store: Store,
  {
    token,
    lineId,
    lease,
  }: { readonly token: string; readonly lineId: number; readonly lease: number },
  range: { readonly upTo: number; readonly limit: number },
  burial: Burial & { readonly reason: string },
  now: number,
): Promise<readonly number[] | undefined> {
  return await store.transaction(
    async (trx) => {
      const [row] = await trx.rows<{ line_id: number }>(
        `SELECT line_id FROM inbox_line WHERE line_id = ? AND owner = ? AND lease = ?${forUpdate(trx)}`,
        [lineId, token, lease],
      )
      if (!row) return undefined
      const found = await trx.rows<{ seq: number }>(
        'SELECT seq FROM inbox_event WHERE line_id = ? AND seq <= ? ORDER BY seq LIMIT ?',
        [lineId, range.upTo, range.limit],
      )
      const seqs = found.map(({ seq }) => seq)
      if (seqs.length === 0) return []
      await trx.batch([
        ...buryEvents(trx, lineId, seqs, burial, now),
        ...deleteEvents(new Map([[lineId, seqs]])),
      ])
      return seqs
    },
    { isRepeatable: true },
  )
}
