import { inPieces } from '../engine/pieces.ts'
import { markRows } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import type { TableName } from '../engine/tables.ts'
import { type Cell, fromCell, quoted } from './tables-read.ts'

/** Rows of one table, their values in the order of `columns`. */
export interface TableRows {
  readonly table: TableName
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** Writes rows and `done` into the state `import-done`, in one transaction: after a kill it says what is in the store. */
export async function writeRows(
  store: Store,
  groups: readonly TableRows[],
  done: number,
): Promise<void> {
  await store.transaction(
    async (trx) => {
      for (const group of groups) await insert(trx, group)
      await trx.run("UPDATE hub_state SET value = ? WHERE name = 'import-done'", [done])
    },
    { isRepeatable: false },
  )
}

async function insert(trx: Transaction, { table, columns, rows }: TableRows): Promise<void> {
  const names = columns.map((name) => quoted(trx, name)).join(', ')
  for (const piece of inPieces(rows, columns.length)) {
    await trx.run(
      `INSERT INTO ${quoted(trx, table)} (${names}) VALUES ${markRows(piece.length, columns.length)}`,
      piece.flatMap((row) => row.map(fromCell)),
    )
  }
}
