import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { DatabaseConfig } from './store.ts'
import { makeStoreFolder, reasonInWords } from './store-files.ts'

/** A key file that is there but can't be used: starting with another key would make every stored secret unreadable. */
export class KeyFileError extends Error {
  override name = 'KeyFileError'
  readonly code = 'HUB_KEY_FILE'
}

/**
 * The key that encrypts secrets at rest: the configured one; for SQLite without one a file beside the store, made on
 * first use (mode 0600). A store in memory gets a key of its own that is gone with it. Throws KeyFileError, StoreFileError.
 */
export function resolveSecretKey(database: DatabaseConfig, configured: Buffer | undefined): Buffer {
  if (configured) return configured
  if (database.kind !== 'sqlite') throw new KeyFileError('HUB_SECRET_KEY is required with mysql:')
  if (database.file === ':memory:') return randomBytes(32)
  const path = keyPath(database.file)
  makeStoreFolder(database.file)
  try {
    // `wx`: of two processes that start at once exactly one makes the file, the other reads it.
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') {
      throw unusable(path, 'made', error)
    }
  }
  return readKeyFile(path)
}

/** The same without making one: undefined if there is none yet. */
export function findSecretKey(
  database: DatabaseConfig,
  configured: Buffer | undefined,
): Buffer | undefined {
  if (configured || database.kind !== 'sqlite') return configured
  const path = keyPath(database.file)
  return existsSync(path) ? readKeyFile(path) : undefined
}

/** Where the key of a SQLite store lies that has none from the configuration. */
export function keyPath(file: string): string {
  return `${file}.key`
}

function readKeyFile(path: string): Buffer {
  const key = Buffer.from(readText(path).trim(), 'base64')
  if (key.length !== 32) {
    throw new KeyFileError(`the key file ${path} does not hold 32 bytes in base64`)
  }
  return key
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unusable(path, 'read', error)
  }
}

function unusable(path: string, what: 'made' | 'read', cause: unknown): KeyFileError {
  const reason = reasonInWords(cause)
  const why = reason === undefined ? '' : `: ${reason}`
  return new KeyFileError(`the key file ${path} can not be ${what}${why}`, { cause })
}
