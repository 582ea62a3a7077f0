import type { Transaction } from '../engine/store.ts'
import { TABLES, type TableName, tablesWhere } from '../engine/tables.ts'

/** A value of a row as JSON has it. The hub's columns hold numbers, texts and, here and there, bytes. */
export type Cell = null | number | string | { readonly base64: string }

/** What reading needs of a store or of a transaction. */
export type Rows = Pick<Transaction, 'rows' | 'dialect'>

/**
 * Processes and migrations are a store's own: they don't move to another. Links to the console and its sessions live for hours
 * at most, and whoever needs one makes a new one; the traffic of the last minutes is of no use elsewhere.
 */
const OWN: ReadonlySet<string> = new Set([
  ...['hub_process', 'hub_migration', 'hub_migration_lock'],
  ...['console_link', 'console_session', 'console_traffic', 'console_hour'],
])

/** Rows of `hub_state` that speak of moves themselves. */
export const MOVE_STATES = ['export-until', 'export-id', 'exported-at', 'import-id', 'import-done']

/** The tables that move, in the order of the list of tables. */
export function movingTables(): TableName[] {
  return tablesWhere(() => true).filter((name) => !OWN.has(name))
}

/**
 * A table's columns by name, in alphabetical order: stores that came to their columns in another order agree on it. Without those
 * that the store computes: SQLite leaves them out by itself.
 */
export async function readColumns(store: Rows, table: TableName): Promise<string[]> {
  const rows = await store.rows<{ name: string }>(
    store.dialect === 'sqlite'
      ? 'SELECT name FROM pragma_table_info(?)'
      : `SELECT column_name AS name FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name = ? AND COALESCE(generation_expression, '') = ''`,
    [table],
  )
  return rows.map(({ name }) => name).sort()
}

export async function countRows(store: Rows, table: TableName): Promise<number> {
  const { sql, bindings } = ownRows(table)
  const [row] = await store.rows<{ count: number | string }>(
    `SELECT COUNT(*) AS count FROM ${quoted(store, table)} WHERE ${sql}`,
    bindings,
  )
  return Number(row?.count ?? 0)
}

export interface RowPage {
  readonly table: TableName
  readonly columns: readonly string[]
  /** The last row of the page before. */
  readonly after?: readonly Cell[]
  readonly limit: number
}

/** Rows in the order of the primary key, their values in the order of `columns`. */
export async function readPage(store: Rows, page: RowPage): Promise<Cell[][]> {
  const { table, columns, after, limit } = page
  const key: readonly string[] = TABLES[table].key
  const own = ownRows(table)
  const behind = after && behindKey(store, page, key)
  const names = columns.map((name) => quoted(store, name)).join(', ')
  const order = key.map((name) => quoted(store, name)).join(', ')
  const rows = await store.rows<Record<string, unknown>>(
    `SELECT ${names} FROM ${quoted(store, table)}
     WHERE ${own.sql}${behind ? ` AND (${behind.sql})` : ''} ORDER BY ${order} LIMIT ?`,
    [...own.bindings, ...(behind?.bindings ?? []), limit],
  )
  return rows.map((row) => columns.map((name) => toCell(row[name])))
}

/** Back to what a statement binds. */
export function fromCell(cell: Cell): null | number | string | Buffer {
  return typeof cell === 'object' && cell !== null ? Buffer.from(cell.base64, 'base64') : cell
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' || typeof value === 'string') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  throw new TypeError(`a column holds a ${typeof value}, which has no place in an export`)
}

/** `key` and `index` are words of SQL. */
export function quoted({ dialect }: Pick<Rows, 'dialect'>, name: string): string {
  return dialect === 'mysql' ? `\`${name}\`` : `"${name}"`
}

function ownRows(table: TableName): { sql: string; bindings: readonly string[] } {
  if (table !== 'hub_state') return { sql: '1 = 1', bindings: [] }
  const marks = MOVE_STATES.map(() => '?').join(', ')
  return { sql: `name NOT IN (${marks})`, bindings: MOVE_STATES }
}

/**
 * `(a > ?) OR (a = ? AND b > ?)`, with `a >= ?` before it: MySQL finds the beginning by the index that way, and reads the whole
 * table for a comparison of tuples.
 */
function behindKey(
  store: Rows,
  { columns, after = [] }: RowPage,
  key: readonly string[],
): { sql: string; bindings: unknown[] } {
  const last = key.map((name) => fromCell(after[columns.indexOf(name)] ?? null))
  const terms = key.map((name, index) => {
    const equal = key.slice(0, index).map((one) => `${quoted(store, one)} = ?`)
    return `(${[...equal, `${quoted(store, name)} > ?`].join(' AND ')})`
  })
  return {
    sql: `${quoted(store, key[0] ?? '')} >= ? AND (${terms.join(' OR ')})`,
    bindings: [last[0], ...key.flatMap((_, index) => last.slice(0, index + 1))],
  }
}
