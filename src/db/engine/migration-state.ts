import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Store } from './store.ts'
import { StoreFileError } from './store-files.ts'

/** Where the migrations are, and the table that names those which a store has had. */
export const MIGRATIONS = {
  directory: fileURLToPath(new URL('../../../migrations', import.meta.url)),
  tableName: 'hub_migration',
} as const

/** A store that has had migrations which this code doesn't know. `message` is one line for the operator. */
export class NewerStoreError extends Error {
  override name = 'NewerStoreError'
  readonly code = 'HUB_STORE_NEWER'
}

export interface MigrationState {
  /** In the order in which they were applied. */
  readonly applied: readonly string[]
  readonly pending: string[]
  /** Applied by code that has more migrations than this. */
  readonly unknown: readonly string[]
}

/**
 * Looks and changes nothing: a store without any tables has had none. Throws StoreFileError for a file with another program's
 * tables; StoreUnavailableError.
 */
export async function readMigrations(store: Store): Promise<MigrationState> {
  const files = await readdir(MIGRATIONS.directory)
  const known = files.filter((name) => name.endsWith('.ts')).sort()
  const applied = await readApplied(store)
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  }
}

/** Throws NewerStoreError, StoreUnavailableError. */
export async function requireKnown(store: Store): Promise<void> {
  const { unknown } = await readMigrations(store)
  if (unknown.length === 0) return
  throw new NewerStoreError(
    `the store was made by a newer version of the hub (${unknown.join(', ')}): install that version again, or take these migrations back with it (hub migrate --down)`,
  )
}

async function readApplied(store: Store): Promise<string[]> {
  const tables = await readTables(store)
  if (!tables.includes(MIGRATIONS.tableName)) {
    requireOwn(store, tables)
    return []
  }
  const sql = `SELECT name FROM ${MIGRATIONS.tableName} ORDER BY id`
  return (await store.rows<{ name: string }>(sql)).map(({ name }) => name)
}

async function readTables(store: Store): Promise<string[]> {
  const rows = await store.rows<{ name: string }>(
    store.dialect === 'sqlite'
      ? "SELECT name FROM sqlite_master WHERE type = 'table'"
      : `SELECT table_name AS name FROM information_schema.tables
         WHERE table_schema = DATABASE() AND table_name = '${MIGRATIONS.tableName}'`,
  )
  return rows.map(({ name }) => name)
}

/** Somebody may have named the wrong file. A database on a server is chosen with more care, and may be shared. */
function requireOwn({ dialect }: Store, [stranger]: readonly string[]): void {
  if (dialect !== 'sqlite' || stranger === undefined) return
  throw new StoreFileError(`the store's file is another program's: it has ${stranger}`)
}
