import type { Command } from 'commander'
import {
  migrateDown,
  migrateUp,
  pendingMigrations,
  unlockMigrations,
} from '../db/engine/migrator.ts'
import { Store } from '../db/engine/store.ts'
import { CommandError, describeStore, print, readConfig } from './context.ts'

/** `hub migrate` and `hub check`. */
export function addMaintenanceCommands(program: Command): void {
  program
    .command('migrate')
    .description('bring the store up to date (a starting hub does it by itself)')
    .option('--down', 'take back the last batch of migrations instead; deletes what they hold')
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
  readonly unlock?: boolean
  readonly json?: boolean
}

async function migrate({ down, unlock, json }: MigrateOptions): Promise<void> {
  const store = new Store(readConfig().database)
  try {
    if (unlock) await unlockMigrations(store)
    const names = down ? await migrateDown(store) : await migrateUp(store)
    const verb = down ? 'taken back' : 'applied'
    print(
      json === true,
      down ? { reverted: names } : { applied: names },
      names.length === 0 ? `Nothing was to be ${verb}.` : `${verb}:\n${names.join('\n')}`,
    )
  } finally {
    await store.close()
  }
}

async function check(isJson: boolean): Promise<void> {
  const config = readConfig()
  const { database } = config
  const where = describeStore(database)
  const store = new Store(database)
  try {
    await store.ping()
    const pending = await pendingMigrations(store)
    const found = {
      listen: `${config.host}:${config.port}`,
      publicUrl: config.publicUrl ?? null,
      store: where,
      pendingMigrations: pending,
      roles: [...config.roles],
      workers: config.workers,
      allowPrivateTargets: config.allowPrivateTargets,
      warnings: config.strangers.map(({ variable, problem }) => `${variable} ${problem}`),
    }
    print(
      isJson,
      { ok: true, ...found },
      Object.entries(found)
        .map(
          ([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') || 'none' : value}`,
        )
        .join('\n'),
    )
  } catch (error) {
    throw new CommandError(`the store ${where} can not be used: ${describe(error)}`, {
      cause: error,
    })
  } finally {
    await store.close()
  }
}

function describe(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  const { code, message } = (cause ?? error) as { code?: unknown; message?: unknown }
  return typeof code === 'string' ? code : String(message).slice(0, 200)
}
