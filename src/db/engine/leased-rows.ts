import type { Finish, Statement, StatementRunner } from './short-transaction.ts'
import { lockRows, marks } from './sql.ts'
import type { Store } from './store.ts'
import { TABLES, type Table, type TableName } from './tables.ts'

/** Locks those of the lines that are due and held by nobody; gives up early if somebody else has one locked. */
export function lockFree(
  runner: StatementRunner,
  table: TableName,
  ids: readonly number[],
  now: number,
): Statement {
  const select = `SELECT line_id FROM ${table} WHERE line_id IN ${marks(ids.length)}
    AND owner IS NULL AND due_at <= ? ORDER BY line_id`
  return { sql: lockRows(runner, select), bindings: [...ids, now] }
}

export interface HeldRows {
  readonly ids: readonly number[]
  /** Tokens of the processes that may hold them. */
  readonly owners: readonly string[]
}

/** Makes lines that are held by `owners` due for everybody; gives which. Throws StoreLockedError if one of them is locked. */
export async function freeLines(
  store: Store,
  table: TableName,
  { ids, owners }: HeldRows,
  now: number,
): Promise<number[]> {
  const { hasDueAt }: Table = TABLES[table]
  const where = `line_id IN ${marks(ids.length)} AND owner IN ${marks(owners.length)}`
  const bindings = [...ids, ...owners]
  const work = async (runner: StatementRunner): Promise<Finish<number[]>> => {
    const [held] = await runner.batch([
      {
        sql: lockRows(runner, `SELECT line_id FROM ${table} WHERE ${where} ORDER BY line_id`),
        bindings,
      },
      {
        sql: `UPDATE ${table} SET owner = NULL${hasDueAt ? ', due_at = ?' : ''} WHERE ${where}`,
        bindings: [...(hasDueAt ? [now] : []), ...bindings],
      },
    ])
    const value = ((held?.rows ?? []) as { line_id: number }[]).map((row) => row.line_id)
    return { statements: [], value }
  }
  return await store.shortTransaction(work, { isRepeatable: true, failsWhenLocked: true })
}
