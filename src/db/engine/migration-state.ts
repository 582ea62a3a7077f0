import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { StoreUnavailableError } from '../../core/errors.ts'
import { classifyFault } from './faults.ts'
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

export function unreachable(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError('the store is not reachable', { cause })
}

async function readApplied(store: Store): Promise<string[]> {
  const { knex } = store
  try {
    if (!(await knex.schema.hasTable(MIGRATIONS.tableName))) {
      await requireEmpty(store)
      return []
    }
    const rows = (await knex(MIGRATIONS.tableName).select('name').orderBy('id')) as {
      name: string
    }[]
    return rows.map(({ name }) => name)
  } catch (error) {
    if (classifyFault(error) === 'unavailable') throw unreachable(error)
    throw error
  }
}

/** Somebody may have named the wrong file. A database on a server is chosen with more care, and may be shared. */
async function requireEmpty({ dialect, knex }: Store): Promise<void> {
  if (dialect !== 'sqlite') return
  const [table] = (await knex('sqlite_master').where({ type: 'table' }).limit(1)) as {
    name: string
  }[]
  if (table) throw new StoreFileError(`the store's file is another program's: it has ${table.name}`)
}
