import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { Config } from '#config'
import { ArchiveError } from '../archive/archive-file.ts'
import { exportStore } from '../archive/export.ts'
import {
  type ArchiveContents,
  checkArchive,
  findDifferences,
  findFilled,
  importRows,
  requireSameColumns,
} from '../archive/import.ts'
import {
  endExport,
  forgetAllStates,
  forgetState,
  holdForExport,
  prepareExport,
} from '../db/archive/marks.ts'
import { resolveSecretKey } from '../db/engine/key-file.ts'
import { readMigrations } from '../db/engine/migration-state.ts'
import { migrateOneUp, migrateUp, pendingMigrations } from '../db/engine/migrator.ts'
import { createSecretBox } from '../db/engine/secret-box.ts'
import type { Store } from '../db/engine/store.ts'
import { readState, writeState } from '../db/hub/hub-state.ts'
import { ProcessRepository } from '../db/hub/processes.ts'
import {
  CommandError,
  openStore,
  print,
  readConfig,
  requireMigrated,
  requireNoHub,
} from './context.ts'
import { grouped, tellRows } from './tell.ts'

interface JsonOption {
  readonly json?: boolean
}

/** `hub export` and `hub import`. */
export function addMoveCommands(program: Command): void {
  program
    .command('export <file>')
    .description(
      'write everything in the store to a file of JSON lines; the hub must be stopped. Broken off, it goes on when it is repeated',
    )
    .option('--json', 'print JSON')
    .action((file: string, options: JsonOption) => exportTo(file, options.json === true))
  program
    .command('import <file>')
    .description(
      'bring an export into an empty store, also of another kind. Broken off, it goes on when it is repeated',
    )
    .option('--json', 'print JSON')
    .action((file: string, options: JsonOption) => importFrom(file, options.json === true))
}

async function exportTo(path: string, isJson: boolean): Promise<void> {
  const config = readConfig()
  await using store = openStore(config.database)
  await requireMigrated(store)
  await requireNoHub(store)
  const box = createSecretBox(resolveSecretKey(config.database, config.secretKey))
  await prepareExport(store)
  const hold = await Hold.take(store)
  try {
    // A hub that has come up since looks for an export when it can be seen itself.
    await requireNoHub(store)
    await freeDead(store)
    const result = await exportStore(store, {
      path,
      migrations: (await readMigrations(store)).applied,
      keyId: box.keys.current,
      resumeId: await readState(store, 'export-id'),
      now: Date.now(),
      onBegin: (id) => writeState(store, 'export-id', id),
      onPage: () => hold.keep(),
      onProgress: tellRows(isJson),
    })
    await forgetState(store, ['export-id'])
    await writeState(store, 'exported-at', Date.now())
    const key = config.secretKey ? 'its HUB_SECRET_KEY' : "the store's .key file"
    print(
      isJson,
      { file: path, rows: result.rows, isResumed: result.isResumed, tables: result.tables },
      `${result.rows} rows written to ${path}. The store that takes them needs the same key (${key}) as HUB_SECRET_KEY.\nDo not start the hub on this store again: what it delivers then, the other one delivers too.`,
    )
  } finally {
    await endExport(store)
  }
}

/** The store while it is exported: no other export, and no start of a hub. */
class Hold {
  readonly #store: Store
  #until: number
  #keptAt = performance.now()

  private constructor(store: Store, until: number) {
    this.#store = store
    this.#until = until
  }

  static async take(store: Store): Promise<Hold> {
    const until = await holdForExport(store)
    if (until !== undefined) return new Hold(store, until)
    throw new CommandError(
      'another export of this store is under way; one that was killed holds it for 30 s',
    )
  }

  /** To be called often. Throws CommandError if the store was lost to another export. */
  async keep(): Promise<void> {
    if (performance.now() - this.#keptAt < KEEP_EVERY_MS) return
    const until = await holdForExport(this.#store, this.#until)
    if (until === undefined) throw new CommandError('another export has taken the store')
    this.#until = until
    this.#keptAt = performance.now()
  }
}

const KEEP_EVERY_MS = 5000

/** What killed processes have held is nobody's in the new store. */
async function freeDead(store: Store): Promise<void> {
  const processes = new ProcessRepository(store)
  const tokens = (await processes.list()).map(({ token }) => token)
  await processes.free(tokens, Date.now())
}

async function importFrom(path: string, isJson: boolean): Promise<void> {
  const config = readConfig()
  const key = resolveSecretKey(config.database, config.secretKey)
  const { rows, tables, resumedAt } = await bringIn(path, { config, key, isJson })
  print(
    isJson,
    { rows, resumedAt, tables },
    `${grouped(rows)} rows are in the store, and equal to the file's.`,
  )
}

export interface BringIn {
  readonly config: Config
  readonly key: Buffer
  readonly isJson: boolean
}

/** Brings an export into an empty store and compares the two. Throws ArchiveError, CommandError. */
export async function bringIn(
  path: string,
  { config, key, isJson }: BringIn,
): Promise<ArchiveContents & { readonly resumedAt: number }> {
  if (!existsSync(path)) throw new CommandError(`there is no file ${path}`)
  const contents = await checkArchive(path)
  requireKey(contents, createSecretBox(key).keys.current)
  await using store = openStore(config.database)
  const done = await prepareImport(store, contents)
  await importRows(store, { path, contents, done, onProgress: tellRows(isJson) })
  const different = await findDifferences(store, contents)
  if (different.length > 0) {
    throw new CommandError(`the store does not hold what the file does: ${different.join(', ')}`)
  }
  await migrateUp(store)
  await forgetState(store, ['import-id', 'import-done'])
  return { ...contents, resumedAt: done }
}

function requireKey({ header }: ArchiveContents, current: string): void {
  if (header.keyId === current) return
  throw new CommandError(
    `the file's secrets are sealed with the key ${header.keyId}, and HUB_SECRET_KEY is ${current}: set it to the key of the store that was exported (SQLite keeps it in the .key file beside the store)`,
  )
}

/** Gives how many rows of this file are in the store already. Throws CommandError if it has any others. */
async function prepareImport(store: Store, contents: ArchiveContents): Promise<number> {
  const { header } = contents
  const { applied, pending } = await readMigrations(store)
  if (applied.length > 0) await requireNoHub(store)
  if (applied.length > 0 && (await readState(store, 'import-id')) === header.id) {
    return (await readState(store, 'import-done')) ?? 0
  }
  const unknown = header.migrations.filter((name) => ![...applied, ...pending].includes(name))
  if (unknown.length > 0) {
    throw new ArchiveError(
      `the file was written by a newer version of the hub (${unknown.join(', ')})`,
    )
  }
  if (applied.length > header.migrations.length) {
    throw new CommandError(
      'the file is from an older version of the hub: import it into an empty store, without any tables',
    )
  }
  const filled = applied.length > 0 ? await findFilled(store) : []
  if (filled.length > 0) {
    throw new CommandError(
      `the store is not empty (${filled.join(', ')}): an import needs an empty one`,
    )
  }
  await migrateTo(store, header.migrations)
  await requireSameColumns(store, contents)
  await forgetAllStates(store)
  await writeState(store, 'import-id', header.id)
  await writeState(store, 'import-done', 0)
  return 0
}

/** The tables as the file has them; later migrations change its rows once they are in. */
async function migrateTo(store: Store, names: readonly string[]): Promise<void> {
  if ((await pendingMigrations(store)).length === 0) return
  while ((await readMigrations(store)).applied.length < names.length) {
    if (!(await migrateOneUp(store))) return
  }
}
