import type { StatementRunner } from './short-transaction.ts'

/** `(?, ?, …)` for `count` values. */
export function marks(count: number): string {
  return `(${Array(count).fill('?').join(', ')})`
}

/** `count` rows of `width` values each, for a multi-row INSERT. */
export function markRows(count: number, width: number): string {
  return Array(count).fill(marks(width)).join(', ')
}

/** `FOR UPDATE` where the store has row locks; SQLite's transactions hold the whole store already. */
export function forUpdate(transaction: Pick<StatementRunner, 'dialect'>): string {
  return transaction.dialect === 'mysql' ? ' FOR UPDATE' : ''
}

/** The same for rows that must stay as they are until the commit; others may lock them so, too. */
export function forShare(transaction: Pick<StatementRunner, 'dialect'>): string {
  return transaction.dialect === 'mysql' ? ' LOCK IN SHARE MODE' : ''
}

/**
 * How long a statement that locks rows of many lines waits for them. A lock is held for the milliseconds of a commit; one that
 * lasts longer has been left behind, and everybody whose rows come in the same statement waits with it.
 */
const LOCK_LIMIT_MS = 200

/**
 * A SELECT that locks the rows it finds by their keys and gives up early (fault `locked`). The servers' own limit for lock waits takes whole
 * seconds and `SKIP LOCKED` is missing on some, so it is a limit on the statement: each server reads its own form of it and takes
 * the other's, or both, for a comment. Only for SELECT: on a cluster, writing includes waiting for the other nodes.
 */
export function lockRows(transaction: Pick<StatementRunner, 'dialect'>, select: string): string {
  if (transaction.dialect !== 'mysql') return select
  const limited = select
    .replace(/^SELECT/, `SELECT /*+ MAX_EXECUTION_TIME(${LOCK_LIMIT_MS}) */`)
    // A small table would be read from end to end, and other rows' locks waited for.
    .replace(/FROM (\w+)\s+WHERE/, 'FROM $1 FORCE INDEX (PRIMARY) WHERE')
  return `/*M! SET STATEMENT max_statement_time=${LOCK_LIMIT_MS / 1000} FOR */ ${limited} FOR UPDATE`
}

/** Of a table that is locked as a whole. The servers' own limit is a day. */
const TABLE_LOCK_LIMIT_S = 1

/** An INSERT that gives up early (fault `locked`) when somebody holds the whole table: each server reads its own form of it. */
export function impatientInsert(
  transaction: Pick<StatementRunner, 'dialect'>,
  insert: string,
): string {
  if (transaction.dialect !== 'mysql') return insert
  const limit = `lock_wait_timeout=${TABLE_LOCK_LIMIT_S}`
  return `/*M! SET STATEMENT ${limit} FOR */ ${insert.replace(/^INSERT/, `INSERT /*+ SET_VAR(${limit}) */`)}`
}

/** A join that reads its tables in the order in which they are named, whatever a server guesses of them. */
export function orderedJoin({ dialect }: Pick<StatementRunner, 'dialect'>): string {
  return dialect === 'mysql' ? 'STRAIGHT_JOIN' : 'CROSS JOIN'
}

/** The beginning of an INSERT that passes over rows whose key exists. */
export function insertIgnore(transaction: Pick<StatementRunner, 'dialect'>): string {
  return transaction.dialect === 'mysql' ? 'INSERT IGNORE INTO' : 'INSERT OR IGNORE INTO'
}

/** The end of an INSERT that overwrites `columns` of rows whose key exists. `VALUES()` is what MariaDB and MySQL share. */
export function onDuplicateSet(
  transaction: Pick<StatementRunner, 'dialect'>,
  key: string,
  columns: readonly string[],
): string {
  if (transaction.dialect === 'mysql') {
    return `ON DUPLICATE KEY UPDATE ${columns.map((c) => `${c} = VALUES(${c})`).join(', ')}`
  }
  return `ON CONFLICT (${key}) DO UPDATE SET ${columns.map((c) => `${c} = excluded.${c}`).join(', ')}`
}
