import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { createDatabase } from './mariadb.ts'
import { withStore } from './with-store.ts'

export interface FileTemplate extends AsyncDisposable {
  readonly path: string
}

/** Makes an SQLite file with the hub's tables, to copy: the migrations cost each test 17 ms of processor time more. */
export async function createFileTemplate(): Promise<FileTemplate> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-sqlite-template-'))
  const path = join(folder, 'hub.sqlite')
  await withStore(`sqlite:${path}`, migrateUp)
  return {
    path,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Makes a database with the hub's tables, for `createFromTemplate`, and returns its name. */
export async function createTemplate(serverUrl: string): Promise<string> {
  const name = await createDatabase(serverUrl)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  await withStore(url.href, migrateUp)
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
