import type { Command } from 'commander'
import { type Loss, lossesOfLast } from '../db/engine/migration-losses.ts'
import { readMigrations } from '../db/engine/migration-state.ts'
import {
  migrateDown,
  migrateUp,
  pendingMigrations,
  unlockMigrations,
} from '../db/engine/migrator.ts'
import type { Store } from '../db/engine/store.ts'
import { MissingKeyError } from '../lines/key-operations.ts'
import {
  CommandError,
  describeStore,
  isConfigFault,
  openStore,
  print,
  REPEAT,
  readConfig,
  requireNoHub,
} from './context.ts'
import { Patient } from './doctor-check.ts'
import { lookAtKeys } from './doctor-checks.ts'
import { warningsOfConfig } from './warnings.ts'

/** `hub migrate` and `hub check`. */
export function addMaintenanceCommands(program: Command): void {
  program
    .command('migrate')
    .description('bring the store up to date (a starting hub does it by itself)')
    .option('--down', 'take back the last migration instead, with what it holds; first says what')
    .option('--yes', 'with --down: do it')
    .option('--unlock', 'first free the lock of a process that was killed while it migrated')
    .option('--json', 'print JSON')
    .action((options: MigrateOptions) => migrate(options))
  program
    .command('check')
    .description('read the configuration, try the store, print what was found')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => check(options.json === true))
}

interface MigrateOptions {
  readonly down?: boolean
  readonly yes?: boolean
  readonly unlock?: boolean
  readonly json?: boolean
}

async function migrate(options: MigrateOptions): Promise<void> {
  const { down, unlock, json } = options
  const { database } = readConfig()
  await using store = openStore(database)
  if (unlock) await unlockMigrations(store)
  if (down) return await takeBack(store, options)
  const applied = await migrateUp(store)
  const text =
    applied.length === 0 ? 'Nothing was to be applied.' : `applied:\n${applied.join('\n')}`
  print(json === true, { applied }, text)
}

/** Of the last migration. Without `--yes` it only says what would be lost. Throws CommandError while a hub runs. */
async function takeBack(store: Store, { yes, json }: MigrateOptions): Promise<void> {
  const { applied } = await readMigrations(store)
  const last = applied.at(-1)
  if (last === undefined)
    return print(json === true, { reverted: [] }, 'Nothing was to be taken back.')
  await requireNoHub(store)
  const lost = await lossesOfLast(store, applied.length)
  if (!yes)
    throw new CommandError(`${last} would be taken back: ${describeLosses(lost)}; ${REPEAT}`)
  const reverted = await migrateDown(store)
  print(json === true, { reverted, lost }, `taken back: ${last} (${describeLosses(lost)})`)
}

function describeLosses(lost: readonly Loss[]): string {
  if (lost.length === 0) return 'nothing is deleted'
  return `deleted with it ${lost.map(({ what, rows }) => `${what} (${rows} rows)`).join(', ')}`
}

/** Throws what keeps the hub from starting. */
async function check(isJson: boolean): Promise<void> {
  const config = readConfig()
  const where = describeStore(config.database)
  await using patient = new Patient(config)
  const { store } = patient
  const pending = await inStore(where, async () => {
    await store.ping()
    return await pendingMigrations(store)
  })
  const keys = await lookAtKeys(patient)
  if (keys.state === 'broken') throw new MissingKeyError(keys.message)
  const found = {
    listen: `${config.host}:${config.port}`,
    publicUrl: config.publicUrl ?? null,
    store: where,
    pendingMigrations: pending,
    roles: [...config.roles],
    workers: config.workers,
    allowPrivateTargets: config.allowPrivateTargets,
    warnings: await warningsOfConfig(config),
  }
  const words = Object.entries(found).map(([name, value]) => {
    return `${name}: ${Array.isArray(value) ? value.join(', ') || 'none' : value}`
  })
  print(isJson, { ok: true, ...found }, words.join('\n'))
}

/** Errors of the store get its address. */
async function inStore<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isConfigFault(error)) throw error
    const { cause } = error as { cause?: unknown }
    const { code, message } = (cause ?? error) as { code?: unknown; message?: unknown }
    const reason = typeof code === 'string' ? code : String(message).slice(0, 200)
    throw new CommandError(`the store ${where} can not be used: ${reason}`, { cause: error })
  }
}
