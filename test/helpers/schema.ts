import type { Store } from '../../src/db/engine/store.ts'

export interface SchemaColumn {
  readonly name: string
  readonly isNumber: boolean
  readonly isKey: boolean
  /** An INSERT must name it. */
  readonly isNeeded: boolean
}

/** The tables a store really has, with their columns in order. */
export async function readSchema(store: Store): Promise<Map<string, SchemaColumn[]>> {
  return store.dialect === 'mysql' ? await readMysql(store) : await readSqlite(store)
}

async function readSqlite(store: Store): Promise<Map<string, SchemaColumn[]>> {
  const tables = await store.rows<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  )
  const schema = new Map<string, SchemaColumn[]>()
  for (const { name } of tables) {
    const columns = await store.rows<{
      name: string
      type: string
      notnull: number
      dflt_value: unknown
      pk: number
    }>(`SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${name}')`)
    schema.set(
      name,
      columns.map((column) => ({
        name: column.name,
        isNumber: /int|bool/i.test(column.type),
        isKey: column.pk > 0,
        isNeeded: column.pk > 0 || (column.notnull === 1 && column.dflt_value === null),
      })),
    )
  }
  return schema
}

async function readMysql(store: Store): Promise<Map<string, SchemaColumn[]>> {
  const columns = await store.rows<{
    t: string
    c: string
    type: string
    nullable: string
    preset: string | null
    k: string
  }>(
    `SELECT table_name AS t, column_name AS c, data_type AS type, is_nullable AS nullable, column_default AS preset,
      column_key AS k FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`,
  )
  const schema = new Map<string, SchemaColumn[]>()
  for (const { t, c, type, nullable, preset, k } of columns) {
    const isKey = k === 'PRI'
    const isNeeded = isKey || (nullable === 'NO' && preset === null)
    const column = { name: c, isNumber: /int/i.test(type), isKey, isNeeded }
    schema.set(t, [...(schema.get(t) ?? []), column])
  }
  return schema
}
