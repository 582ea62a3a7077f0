import { migrateOneUp } from './migrator.ts'
import { Store } from './store.ts'

/** What is deleted with a table, or with a column of one that stays. */
export interface Loss {
  /** `journal`, `portal.language` */
  readonly what: string
  /** Rows of the table, or rows that have a value in the column. */
  readonly rows: number
}

/** Columns by table. */
type Schema = ReadonlyMap<string, readonly string[]>

/**
 * What taking back the last migration would delete. It is found by trying: migrations are run on an empty store, and what the
 * last of them adds is what goes. `applied`: how many the store has had. Throws StoreUnavailableError.
 */
export async function lossesOfLast(store: Store, applied: number): Promise<Loss[]> {
  const { before, after } = await schemasAround(applied)
  const losses: Loss[] = []
  for (const [table, columns] of after) {
    const kept = before.get(table)
    if (!kept) losses.push({ what: table, rows: await count(store, table) })
    for (const column of kept ? columns.filter((name) => !kept.includes(name)) : []) {
      losses.push({ what: `${table}.${column}`, rows: await count(store, table, column) })
    }
  }
  return losses
}

async function schemasAround(applied: number): Promise<{ before: Schema; after: Schema }> {
  const trial = new Store({ kind: 'sqlite', file: ':memory:' })
  try {
    for (let step = 1; step < applied; step++) await migrateOneUp(trial)
    const before = await readSchema(trial)
    await migrateOneUp(trial)
    return { before, after: await readSchema(trial) }
  } finally {
    await trial.close()
  }
}

async function readSchema(store: Store): Promise<Schema> {
  const rows = await store.rows<{ table: string; column: string }>(
    `SELECT tables.name AS "table", columns.name AS "column"
     FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
     WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'`,
  )
  const columns = Map.groupBy(rows, ({ table }) => table)
  return new Map([...columns].map(([table, own]) => [table, own.map(({ column }) => column)]))
}

async function count(store: Store, table: string, column?: string): Promise<number> {
  const of = column === undefined ? {} : { column }
  const query = store.knex(table).count({ rows: of.column ?? '*' })
  const [row] = (await query) as { rows: number | string }[]
  return Number(row?.rows ?? 0)
}
