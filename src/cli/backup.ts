import { existsSync } from 'node:fs'
import { copyFile, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '#config'
import { ArchiveError } from '../archive/archive-file.ts'
import { type Manifest, makeBackup, placeBackup, readBackup } from '../archive/backup.ts'
import { exportStore } from '../archive/export.ts'
import { checkArchive } from '../archive/import.ts'
import { systemClock } from '../core/clock.ts'
import { copySqlite, examineSqlite, withSnapshot } from '../db/archive/sqlite-copy.ts'
import { keyPath, resolveSecretKey } from '../db/engine/key-file.ts'
import { readMigrations } from '../db/engine/migration-state.ts'
import { createSecretBox } from '../db/engine/secret-box.ts'
import type { Store } from '../db/engine/store.ts'
import { SealedValues } from '../db/lines/sealed-values.ts'
import { KeyOperations } from '../lines/key-operations.ts'
import {
  CommandError,
  openStore,
  print,
  REPEAT,
  readConfig,
  requireMigrated,
  requireNoHub,
} from './context.ts'
import { bringIn } from './move.ts'
import { tellRows } from './tell.ts'

interface RestoreOptions {
  readonly yes?: boolean
  readonly json?: boolean
}

/** `hub backup` and `hub restore`. */
export function addBackupCommands(program: Command): void {
  program
    .command('backup <folder>')
    .description(
      'copy the store, with its key if that lies beside it, while hubs run; an earlier backup in the folder is replaced',
    )
    .option('--json', 'print JSON')
    .action((folder: string, options: { json?: boolean }) => backup(folder, options.json === true))
  program
    .command('restore <folder>')
    .description('put a backup in the place of the store; the hub must be stopped')
    .option('--yes', 'replace the store that is there')
    .option('--json', 'print JSON')
    .action((folder: string, options: RestoreOptions) => restore(folder, options))
}

async function backup(folder: string, isJson: boolean): Promise<void> {
  const config = readConfig()
  const { database } = config
  await using store = openStore(database)
  await requireMigrated(store)
  const key = resolveSecretKey(database, config.secretKey)
  const box = createSecretBox(key, config.previousSecretKey)
  const how = { clock: systemClock, isGiven: config.secretKey !== undefined }
  await new KeyOperations(new SealedValues(store, box), box.keys, how).requireKeys()
  const manifest = await makeBackup(folder, {
    kind: database.kind === 'sqlite' ? 'sqlite' : 'rows',
    keyId: box.keys.current,
    keyFile: database.kind === 'sqlite' && !config.secretKey ? keyPath(database.file) : undefined,
    now: Date.now(),
    writeStore: (file) =>
      database.kind === 'sqlite' ? copySqlite(store, file) : writeRows(store, file, key, isJson),
  })
  await examine(`${folder}.new`, manifest)
  await placeBackup(folder)
  const about = manifest.key
    ? 'The key is in it: keep it where nobody else can read it.'
    : 'The key is not in it: keep HUB_SECRET_KEY elsewhere.'
  print(
    isJson,
    { folder, ...manifest },
    `The backup in ${folder} is whole and can be read. ${about}`,
  )
}

async function writeRows(store: Store, file: string, key: Buffer, isJson: boolean): Promise<void> {
  const migrations = (await readMigrations(store)).applied
  await withSnapshot(store, (rows) =>
    exportStore(rows, {
      path: file,
      migrations,
      keyId: createSecretBox(key).keys.current,
      resumeId: undefined,
      now: Date.now(),
      onBegin: async () => undefined,
      onPage: async () => undefined,
      onProgress: tellRows(isJson),
    }),
  )
}

/** Reads a backup as a restore would. Throws ArchiveError. */
async function examine(folder: string, manifest: Manifest): Promise<void> {
  const file = join(folder, manifest.store)
  if (manifest.kind === 'rows') {
    await checkArchive(file)
    return
  }
  const fault = examineSqlite(file)
  if (fault !== undefined) throw new ArchiveError(`the backup's store is damaged: ${fault}`)
}

async function restore(folder: string, { yes, json }: RestoreOptions): Promise<void> {
  const config = readConfig()
  const manifest = await readBackup(folder)
  const key = await keyOf(folder, manifest, config)
  await examine(folder, manifest)
  if (manifest.kind === 'rows') {
    await bringIn(join(folder, manifest.store), { config, key, isJson: json === true })
  } else await putBack(folder, manifest, { config, isConfirmed: yes === true })
  print(
    json === true,
    { restored: folder, at: manifest.at },
    `The store is that of ${manifest.at}.`,
  )
}

/** Throws CommandError if the key that the backup needs isn't at hand. */
async function keyOf(folder: string, manifest: Manifest, config: Config): Promise<Buffer> {
  const own = manifest.key && (await readFile(join(folder, manifest.key), 'utf8'))
  const key = config.secretKey ?? (own ? Buffer.from(own.trim(), 'base64') : undefined)
  if (key && createSecretBox(key).keys.current === manifest.keyId) return key
  throw new CommandError(
    `the backup's secrets are sealed with the key ${manifest.keyId}: set HUB_SECRET_KEY to it${own ? ', or to nothing, for the key lies in the backup' : ''}`,
  )
}

async function putBack(
  folder: string,
  manifest: Manifest,
  { config, isConfirmed }: { config: Config; isConfirmed: boolean },
): Promise<void> {
  const { database } = config
  if (database.kind !== 'sqlite') {
    throw new CommandError(
      "the backup is SQLite's: restore it there, then hub export and hub import bring it to MySQL",
    )
  }
  const { file } = database
  if (existsSync(file)) {
    await requireStopped(database)
    if (!isConfirmed) throw new CommandError(`this replaces the store ${file}: ${REPEAT}`)
  } else {
    // Makes the folder, with the rights that it needs.
    await openStore(database).close()
  }
  await copyFile(join(folder, manifest.store), `${file}.restoring`)
  for (const ending of ['-wal', '-shm']) await rm(file + ending, { force: true })
  if (manifest.key && !config.secretKey) await copyFile(join(folder, manifest.key), keyPath(file))
  await rename(`${file}.restoring`, file)
}

async function requireStopped(database: Config['database']): Promise<void> {
  await using store = openStore(database)
  const { applied } = await readMigrations(store)
  if (applied.length > 0) await requireNoHub(store)
}
