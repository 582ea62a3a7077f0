import { fileURLToPath } from 'node:url'
import type { Knex } from 'knex'
import { StoreUnavailableError } from '../core/errors.ts'
import { classifyFault } from './faults.ts'
import type { Store } from './store.ts'

const CONFIG: Knex.MigratorConfig = {
  directory: fileURLToPath(new URL('../../migrations', import.meta.url)),
  tableName: 'hub_migration',
  loadExtensions: ['.ts'],
}
const LOCK_RETRY_MS = 250
const LOCK_WAIT_MS = 60_000

/** Brings the store up to date; gives the names of what was applied. Several processes may call it at once. */
export async function migrateUp(store: Store): Promise<string[]> {
  const deadline = Date.now() + LOCK_WAIT_MS
  for (;;) {
    try {
      return await unhurried(store, async () => {
        const [, applied] = (await store.knex.migrate.latest(CONFIG)) as [number, string[]]
        return applied
      })
    } catch (error) {
      if (classifyFault(error) === 'unavailable') throw unreachable(error)
      // Another process is at it: wait until it has finished, then look again.
      const isOthers = isLocked(error) || classifyFault(error) === 'conflict'
      if (!isOthers || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS))
    }
  }
}

/** Takes back the last batch of migrations; gives their names. */
export async function migrateDown(store: Store): Promise<string[]> {
  return await unhurried(store, async () => {
    const [, reverted] = (await store.knex.migrate.rollback(CONFIG)) as [number, string[]]
    return reverted
  })
}

/** A statement of a migration may take minutes on a large table. */
async function unhurried<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const { limitMs } = store.patience
  store.patience.limitMs = Number.POSITIVE_INFINITY
  try {
    return await work()
  } finally {
    store.patience.limitMs = limitMs
  }
}

/** Names of migrations that have not been applied. */
export async function pendingMigrations(store: Store): Promise<string[]> {
  try {
    const [, pending] = (await store.knex.migrate.list(CONFIG)) as [unknown, { file: string }[]]
    return pending.map(({ file }) => file)
  } catch (error) {
    if (classifyFault(error) === 'unavailable') throw unreachable(error)
    throw error
  }
}

function unreachable(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError('the store is not reachable', { cause })
}

/** Two processes that start at once may also both try to make knex's own tables. */
function isLocked(error: unknown): boolean {
  const { name, code } = error as { name?: unknown; code?: unknown }
  return name === 'MigrationLocked' || code === 'ER_TABLE_EXISTS_ERROR' || code === 'ER_DUP_ENTRY'
}
