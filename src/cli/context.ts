import { existsSync } from 'node:fs'
import { type Config, parseConfig } from '#config'
import { ConfigError } from '#config/config-error.ts'
import { readEnvironment } from '#config/env.ts'
import { connectors } from '#connectors'
import { systemClock } from '../core/clock.ts'
import { SettingsError } from '../core/errors.ts'
import { KeyFileError } from '../db/engine/key-file.ts'
import { NewerStoreError, readMigrations } from '../db/engine/migration-state.ts'
import { migrateUp, pendingMigrations } from '../db/engine/migrator.ts'
import { Store } from '../db/engine/store.ts'
import { StoreFileError } from '../db/engine/store-files.ts'
import { findLiveHubs } from '../lease/live-hubs.ts'
import { MissingKeyError } from '../lines/key-operations.ts'
import { createRootLog } from '../log/index.ts'
import { secretFieldsOf } from '../log/process-log.ts'
import { dialects } from '../portal/dialects/index.ts'
import { openServices, type Services } from '../services.ts'
import { escapeControls, toPrintableJson } from './printable.ts'

/** Exit codes of sysexits(3) that the command line uses. */
export const EXIT = { ok: 0, failure: 1, usage: 64, config: 78 } as const

const CONFIG_FAULTS = [MissingKeyError, NewerStoreError, StoreFileError, KeyFileError]

/** A command that can't be carried out; `message` is one line for the operator. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly exitCode: number = EXIT.failure
}

/** A command that was written wrongly. */
export class UsageError extends CommandError {
  override name = 'UsageError'
  override readonly exitCode = EXIT.usage
}

/** Throws ConfigError with every fault. */
export function readConfig(): Config {
  return parseConfig(readEnvironment())
}

export interface ServicesUse {
  /** A store that has nothing in it yet is made. Otherwise the command sees an empty one, and the real one is left as it is. */
  readonly makesStore?: boolean
  /** It seals secrets: with a key that isn't the store's, no hub would start on it any more. Throws MissingKeyError. */
  readonly seals?: boolean
}

/**
 * Runs `work` on the store, without starting a hub. Warnings of the parts go to stderr. Only `start` and `migrate` change what a
 * store is made of, so one that isn't up to date is refused; throws CommandError, NewerStoreError.
 */
export async function withServices<T>(
  work: (services: Services) => Promise<T>,
  { makesStore = false, seals = false }: ServicesUse = {},
): Promise<T> {
  const config = readConfig()
  const isNew = await hasNothing(config.database)
  await using services = open(isNew && !makesStore ? withEmptyStore(config) : config)
  if (isNew) await migrateUp(services.store)
  else await requireMigrated(services.store)
  if (seals) {
    await services.keyOperations.requireKeys()
    await services.keyOperations.noteKey()
  }
  return await work(services)
}

function open(config: Config): Services & AsyncDisposable {
  const log = createRootLog('warn', secretFieldsOf([...connectors, ...dialects]), process.stderr)
  const { publicUrl = `http://${config.host}:${config.port}` } = config
  const clocks = { clock: systemClock, wall: systemClock }
  const services = openServices(config, { connectors, dialects, ...clocks, log, publicUrl })
  return { ...services, [Symbol.asyncDispose]: () => services.close() }
}

function withEmptyStore(config: Config): Config {
  return { ...config, database: { kind: 'sqlite', file: ':memory:' } }
}

/** Makes nothing: to open a file of SQLite's would make it. */
async function hasNothing(database: Config['database']): Promise<boolean> {
  if (database.kind === 'sqlite' && !existsSync(database.file)) return true
  const store = new Store(database)
  try {
    return (await readMigrations(store)).applied.length === 0
  } finally {
    await store.close()
  }
}

/** Throws CommandError, NewerStoreError. */
export async function requireMigrated(store: Store): Promise<void> {
  const pending = await pendingMigrations(store)
  if (pending.length === 0) return
  throw new CommandError(
    `the store is not up to date (${pending.join(', ')}): start the hub, or run 'hub migrate'`,
  )
}

/** A hub whose tables change under it loses messages. */
export async function requireNoHub(store: Store): Promise<void> {
  const alive = await findLiveHubs(store)
  if (alive.length === 0) return
  const where = alive.map(({ host, pid }) => `${host} (process ${pid})`).join(', ')
  throw new CommandError(`a hub runs on this store, stop it first: ${where}`)
}

/** For as long as it takes. */
export function openStore(database: Config['database']): Store & AsyncDisposable {
  const store = new Store(database)
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() })
}

/** The end of what a command says that would delete something. */
export const REPEAT = 'nothing was done, repeat it with --yes'

/** Every command prints either text for people or, with `--json`, one JSON document. */
export function print(isJson: boolean, value: unknown, text: string): void {
  process.stdout.write(`${isJson ? toPrintableJson(value) : text}\n`)
}

/** Columns as wide as their widest cell. Cells may hold what channels and portals have named. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows].map((row) => row.map(escapeControls))
  const widths = headings.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  )
  return all
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Where the store is, without its password. */
export function describeStore(database: Config['database']): string {
  if (database.kind === 'sqlite') return `sqlite:${database.file}`
  const { user, socketPath, host, port, database: name } = database
  return `mysql://${user}@${socketPath ?? `${host}:${port}`}/${name}`
}

/** One line on stderr, and the exit code that goes with it. */
export function explain(error: unknown): { readonly line: string; readonly exitCode: number } {
  if (error instanceof ConfigError) {
    return { line: error.message.split('\n').join('; '), exitCode: EXIT.config }
  }
  if (isConfigFault(error)) {
    return { line: (error as Error).message, exitCode: EXIT.config }
  }
  if (error instanceof SettingsError) {
    const line = error.fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
    return { line, exitCode: EXIT.failure }
  }
  const message = error instanceof Error ? withoutStatement(error) : 'unknown failure'
  const [line = message] = message.split('\n')
  const exitCode = error instanceof CommandError ? error.exitCode : EXIT.failure
  return { line: `${line}${causeOf(error, line)}`, exitCode }
}

/** Does it keep the hub from starting until somebody has changed the configuration or the installation? */
export function isConfigFault(error: unknown): boolean {
  return CONFIG_FAULTS.some((fault) => error instanceof fault)
}

/** The drivers' errors begin with the statement and its values, which are people's texts and sealed secrets. */
function withoutStatement(error: Error): string {
  const { sqlMessage, code } = error as { sqlMessage?: unknown; code?: unknown }
  if (typeof sqlMessage === 'string') return sqlMessage
  return code === 'ERR_SQLITE_ERROR' ? (error.message.split(' - ').at(-1) ?? '') : error.message
}

/** What the system said (`ECONNREFUSED`), where our own words don't say it already. */
function causeOf(error: unknown, line: string): string {
  const { cause } = error as { cause?: unknown }
  const { code } = (cause ?? {}) as { code?: unknown }
  const isOfSystem = typeof code === 'string' && !code.startsWith('HUB_')
  return isOfSystem && !line.includes(code) ? ` (${code})` : ''
}
