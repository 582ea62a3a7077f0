import { given } from '../../core/given.ts'
import { type LastFailure, type LockoutState, UNLOCKED } from '../../core/inbox.ts'

/** The columns of `inbox_line` that hold a line's lockout. A further one is added in a migration, in LockoutState and here. */
export interface LockoutRow {
  attempt: number
  locked_until: number | null
  first_failed_at: number | null
  last_error: string | null
  probe_size: number
  strikes: number
  /** JSON. */
  last_failure: string | null
}

/** In the order of `lockoutValues`. */
export const LOCKOUT_COLUMNS = [
  'attempt',
  'locked_until',
  'first_failed_at',
  'last_error',
  'probe_size',
  'strikes',
  'last_failure',
] as const satisfies readonly (keyof LockoutRow)[]

/** Of the column's 500 characters. */
const MAX_ERROR_LENGTH = 500

export function toLockout(row: LockoutRow): LockoutState {
  return {
    attempt: row.attempt,
    ...given({
      lockedUntil: row.locked_until,
      firstFailedAt: row.first_failed_at,
      lastError: row.last_error,
      lastFailure: row.last_failure && (JSON.parse(row.last_failure) as LastFailure),
    }),
    probeSize: row.probe_size,
    strikes: row.strikes,
  }
}

function toRow(lockout: LockoutState): LockoutRow {
  return {
    attempt: lockout.attempt,
    locked_until: lockout.lockedUntil ?? null,
    first_failed_at: lockout.firstFailedAt ?? null,
    last_error: lockout.lastError?.slice(0, MAX_ERROR_LENGTH) ?? null,
    probe_size: lockout.probeSize,
    strikes: lockout.strikes,
    last_failure: lockout.lastFailure ? JSON.stringify(lockout.lastFailure) : null,
  }
}

/** What goes into LOCKOUT_COLUMNS. */
export function lockoutValues(lockout: LockoutState): unknown[] {
  const row = toRow(lockout)
  return LOCKOUT_COLUMNS.map((column) => row[column])
}

/** Would writing `lockout` change anything? */
export function isLockoutChanged(row: LockoutRow, lockout: LockoutState): boolean {
  const next = toRow(lockout)
  return LOCKOUT_COLUMNS.some((column) => row[column] !== next[column])
}

/** A part of an UPDATE: `bindings` belong to the placeholders of `sql`. */
export function setLockout(lockout: LockoutState): { sql: string; bindings: unknown[] } {
  const sql = LOCKOUT_COLUMNS.map((column) => `${column} = ?`).join(', ')
  return { sql, bindings: lockoutValues(lockout) }
}

/** The same for a line that nothing is wrong with, and that waits for no confirmation either. */
export function clearLockout(): { sql: string; bindings: unknown[] } {
  const { sql, bindings } = setLockout(UNLOCKED)
  return { sql: `${sql}, ack_until = NULL, ack_seqs = NULL`, bindings }
}
