import type { Store } from './store.ts'
import { TABLES, type TableName } from './tables.ts'

/** Rows that are looked for at a time. */
const FIND = 1000
/** Rows of one statement, and so of one transaction: it takes a few milliseconds, and writers wait no longer for it. */
const DELETE = 100

export interface RowSelection {
  /** What follows WHERE; an index should lead to the rows, for they are looked for once per thousand. */
  readonly where: string
  readonly bindings: readonly unknown[]
}

/**
 * Deletes rows by their keys, in as many small transactions as it takes: there may be a million of them, and ranges would
 * lock the gaps that writers are about to fill. Gives how many. Ends early, in good order, when `signal` aborts.
 */
export async function deleteRows(
  store: Store,
  table: TableName,
  { where, bindings }: RowSelection,
  signal?: AbortSignal,
): Promise<number> {
  const key = TABLES[table].key.map((column) => `\`${column}\``)
  const isRow = `(${key.map((column) => `${column} = ?`).join(' AND ')})`
  for (let deleted = 0; ; ) {
    const found = await store.rows<Record<string, unknown>>(
      `SELECT ${key.join(', ')} FROM ${table} WHERE ${where} LIMIT ${FIND}`,
      bindings,
    )
    for (let from = 0; from < found.length && !signal?.aborted; from += DELETE) {
      const part = found.slice(from, from + DELETE)
      const { changes } = await store.run(
        `DELETE FROM ${table} WHERE ${part.map(() => isRow).join(' OR ')}`,
        part.flatMap((row) => TABLES[table].key.map((column) => row[column])),
      )
      deleted += changes
    }
    if (found.length < FIND || signal?.aborted) return deleted
  }
}
