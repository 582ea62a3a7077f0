import { type Config, parseConfig } from '#config'
import { ConfigError } from '#config/config-error.ts'
import { readEnvironment } from '#config/env.ts'
import { connectors } from '#connectors'
import { systemClock } from '../core/clock.ts'
import { SettingsError } from '../core/errors.ts'
import { migrateUp } from '../db/engine/migrator.ts'
import { MissingKeyError } from '../lines/key-operations.ts'
import { createRootLog } from '../log/index.ts'
import { secretFieldsOf } from '../log/process-log.ts'
import { dialects } from '../portal/dialects/index.ts'
import { openServices, type Services } from '../services.ts'
import { escapeControls, toPrintableJson } from './printable.ts'

/** Exit codes of sysexits(3) that the command line uses. */
export const EXIT = { ok: 0, failure: 1, usage: 64, config: 78 } as const

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

/** Runs `work` on a store that is up to date, without starting a hub. Warnings of the parts go to stderr. */
export async function withServices<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const config = readConfig()
  const log = createRootLog('warn', secretFieldsOf([...connectors, ...dialects]), process.stderr)
  const { publicUrl = `http://${config.host}:${config.port}` } = config
  const clocks = { clock: systemClock, wall: systemClock }
  const services = openServices(config, { connectors, dialects, ...clocks, log, publicUrl })
  try {
    await migrateUp(services.store)
    return await work(services)
  } finally {
    await services.close()
  }
}

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
  if (error instanceof MissingKeyError) return { line: error.message, exitCode: EXIT.config }
  if (error instanceof SettingsError) {
    const line = error.fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
    return { line, exitCode: EXIT.failure }
  }
  const message = error instanceof Error ? error.message : 'unknown failure'
  const [line = message] = message.split('\n')
  const exitCode = error instanceof CommandError ? error.exitCode : EXIT.failure
  return { line: `${line}${causeOf(error, line)}`, exitCode }
}

/** What the system said (`ECONNREFUSED`), where our own words don't say it already. */
function causeOf(error: unknown, line: string): string {
  const { cause } = error as { cause?: unknown }
  const { code } = (cause ?? {}) as { code?: unknown }
  return typeof code === 'string' && !line.includes(code) ? ` (${code})` : ''
}
