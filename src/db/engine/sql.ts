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
