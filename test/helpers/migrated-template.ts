import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { parseConfig } from '#config'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { createDatabase } from './mariadb.ts'

const KEY = Buffer.alloc(32).toString('base64')

/** Makes a database with the hub's tables, for `createFromTemplate`, and returns its name. */
export async function createTemplate(serverUrl: string): Promise<string> {
  const name = await createDatabase(serverUrl)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const config = parseConfig({ HUB_DATABASE_URL: url.href, HUB_SECRET_KEY: KEY })
  const store = new Store(config.database)
  try {
    await migrateUp(store)
  } finally {
    await store.close()
  }
  return name
}

/**
 * Creates a database with the tables of `template` and returns its name: 25 ms instead of the 85 ms of the migrations.
 * Of the rows only those are copied that tell which migrations were applied.
 */
export async function createFromTemplate(serverUrl: string, template: string): Promise<string> {
  const name = await createDatabase(serverUrl)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  url.searchParams.set('multipleStatements', 'true')
  const connection = await createConnection(url.href)
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?',
      [template],
    )
    const tables = rows.map((row) => String(row['name']))
    const makes = tables.map((table) => `CREATE TABLE ${table} LIKE ${template}.${table}`)
    const copies = tables
      .filter((table) => table.startsWith('hub_migration'))
      .map((table) => `INSERT INTO ${table} SELECT * FROM ${template}.${table}`)
    await connection.query([...makes, ...copies].join(';'))
  } finally {
    await connection.end()
  }
  return name
}
