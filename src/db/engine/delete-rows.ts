import { StoreLockedError } from '../../core/errors.ts'
import { aroundLocks } from './locks.ts'
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
  /** Rows that somebody holds locked are not passed over: StoreLockedError. */
  readonly isComplete?: boolean
}

/**
 * Deletes rows by their keys, in as many small transactions as it takes: there may be a million of them, and ranges would
 * lock the gaps that writers are about to fill. Gives how many. Ends early, in good order, when `signal` aborts;
 * passes over rows that somebody holds locked.
 */
export async function deleteRows(
  store: Store,
  table: TableName,
  { where, bindings, isComplete = false }: RowSelection,
  signal?: AbortSignal,
): Promise<number> {
  const key = TABLES[table].key.map((column) => `\`${column}\``)
  const isRow = `(${key.map((column) => `${column} = ?`).join(' AND ')})`
  for (let deleted = 0; ; ) {
    const found = await store.rows<Record<string, unknown>>(
      `SELECT ${key.join(', ')} FROM ${table} WHERE ${where} LIMIT ${FIND}`,
      bindings,
    )
    let deletedNow = 0
    for (let from = 0; from < found.length && !signal?.aborted; from += DELETE) {
      const { results, locked } = await aroundLocks(
        found.slice(from, from + DELETE),
        async (part) => {
          const { changes } = await store.run(
            `DELETE FROM ${table} WHERE ${part.map(() => isRow).join(' OR ')}`,
            part.flatMap((row) => TABLES[table].key.map((column) => row[column])),
            { failsWhenLocked: true },
          )
          return [changes]
        },
      )
      if (isComplete && locked.length > 0) throw stillLocked(table)
      deletedNow += results.reduce((sum, changes) => sum + changes, 0)
    }
    deleted += deletedNow
    // Nothing but rows that somebody holds locked: they are left for the next time.
    const isStuck = deletedNow === 0
    if (found.length < FIND || isStuck || signal?.aborted) return deleted
  }
}

function stillLocked(table: string): StoreLockedError {
  return new StoreLockedError(`rows of ${table} stay locked by somebody else`)
}
