import type { Knex } from 'knex'
import { StoreUnavailableError } from '../../core/errors.ts'
import { classifyFault, type FaultKind } from './faults.ts'
import { MIGRATIONS, readMigrations, requireKnown } from './migration-state.ts'
import type { Store } from './store.ts'

const CONFIG = {
  ...MIGRATIONS,
  loadExtensions: ['.ts'],
} satisfies Knex.MigratorConfig
const LOCK_TABLE = `${CONFIG.tableName}_lock`
const CONTENDED: ReadonlySet<FaultKind> = new Set(['conflict', 'locked'])
const LOCK_RETRY_MS = 250
const LOCK_WAIT_MS = 60_000

/**
 * Brings the store up to date; gives the names of what was applied. Several processes may call it at once. Throws
 * NewerStoreError, StoreUnavailableError.
 */
export async function migrateUp(store: Store): Promise<string[]> {
  await requireKnown(store)
  const deadline = Date.now() + LOCK_WAIT_MS
  for (;;) {
    try {
      return await unhurried(store, async () => {
        await ensureLock(store)
        const [, applied] = (await store.knex.migrate.latest(CONFIG)) as [number, string[]]
        return applied
      })
    } catch (error) {
      if (classifyFault(error) === 'unavailable') throw unreachable(error)
      // Another process is at it: wait until it has finished, then look again.
      const isOthers = isLocked(error) || CONTENDED.has(classifyFault(error))
      if (!isOthers) throw error
      if (Date.now() > deadline) throw stillLocked(error)
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS))
    }
  }
}

/** Frees the lock that a process left behind which was killed while it migrated. No other may be migrating. */
export async function unlockMigrations(store: Store): Promise<void> {
  await ensureLock(store)
  await store.knex(LOCK_TABLE).update({ is_locked: 0 })
}

/**
 * Makes knex's tables before knex does, since it isn't safe against two processes that start on an empty store: both may
 * put a row into the lock, and knex, which locks when it has changed exactly one row, can then never lock again. With a
 * fixed key there is only one.
 */
async function ensureLock(store: Store): Promise<void> {
  await ensureTable(store, CONFIG.tableName, (table) => {
    table.increments()
    table.string('name')
    table.integer('batch')
    table.timestamp('migration_time')
  })
  await ensureTable(store, LOCK_TABLE, (table) => {
    table.integer('index').primary()
    table.integer('is_locked')
  })
  const { knex } = store
  await knex(LOCK_TABLE).insert({ index: 1, is_locked: 0 }).onConflict('index').ignore()
  await knex(LOCK_TABLE).whereNot({ index: 1 }).delete()
}

/** Asks first: the hub's user may have no right to create tables. */
async function ensureTable(
  { knex }: Store,
  name: string,
  define: (table: Knex.CreateTableBuilder) => void,
): Promise<void> {
  if (await knex.schema.hasTable(name)) return
  try {
    await knex.schema.createTable(name, define)
  } catch (error) {
    // Another process was faster.
    if (!(await knex.schema.hasTable(name))) throw error
  }
}

/** Takes back the last migration, or nothing if there is none; gives its name. Throws NewerStoreError. */
export async function migrateDown(store: Store): Promise<string[]> {
  await requireKnown(store)
  return await unhurried(store, async () => {
    const [, reverted] = (await store.knex.migrate.down(CONFIG)) as [number, string[]]
    return reverted
  })
}

/** Applies the next migration alone. False if there is none. */
export async function migrateOneUp(store: Store): Promise<boolean> {
  const [, applied] = (await store.knex.migrate.up(CONFIG)) as [number, string[]]
  return applied.length > 0
}

/** A statement of a migration may take minutes on a large table, and nothing else waits while it waits for SQLite's lock. */
async function unhurried<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const { limitMs } = store.patience
  store.patience.limitMs = Number.POSITIVE_INFINITY
  await setBusyTimeout(store, MIGRATION_BUSY_MS)
  try {
    return await work()
  } finally {
    store.patience.limitMs = limitMs
    await setBusyTimeout(store, 0)
  }
}

const MIGRATION_BUSY_MS = 5000

async function setBusyTimeout(store: Store, ms: number): Promise<void> {
  if (store.dialect === 'sqlite') await store.rows(`PRAGMA busy_timeout = ${ms}`)
}

/** Names of migrations that have not been applied. Throws NewerStoreError, StoreUnavailableError. */
export async function pendingMigrations(store: Store): Promise<string[]> {
  await requireKnown(store)
  return (await readMigrations(store)).pending
}

function unreachable(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError('the store is not reachable', { cause })
}

function stillLocked(cause: unknown): Error {
  const message = `another process has held the lock of the migrations for ${LOCK_WAIT_MS / 1000} s; if it was killed while it migrated, run 'hub migrate --unlock'`
  return new Error(message, { cause })
}

/** Two processes that start at once may also both try to make knex's own tables. */
function isLocked(error: unknown): boolean {
  const { name, code } = error as { name?: unknown; code?: unknown }
  return name === 'MigrationLocked' || code === 'ER_TABLE_EXISTS_ERROR' || code === 'ER_DUP_ENTRY'
}
