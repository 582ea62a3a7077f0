import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { DatabaseConfig } from './store.ts'
import { makeStoreFolder, reasonInWords, StoreFileError } from './store-files.ts'

export interface KeptToken {
  readonly token: string
  /** Absent: of a store in memory, where it ends with the process. */
  readonly path?: string
  /** It was made just now: this once it may be shown. */
  readonly isNew: boolean
}

const TOKEN_BYTES = 32
/** As HUB_ADMIN_TOKEN must have. */
const MIN_LENGTH = 24

/**
 * The admin token of a SQLite store for which none is configured: a file beside the store (mode 0600), made on first use. Undefined for
 * other stores. Throws StoreFileError.
 */
export function resolveAdminToken(database: DatabaseConfig): KeptToken | undefined {
  if (database.kind !== 'sqlite') return undefined
  const made = randomBytes(TOKEN_BYTES).toString('base64url')
  if (database.file === ':memory:') return { token: made, isNew: true }
  const path = `${database.file}.admin-token`
  makeStoreFolder(database.file)
  try {
    // `wx`: of two processes that start at once exactly one makes the file, the other reads it.
    writeFileSync(path, `${made}\n`, { flag: 'wx', mode: 0o600 })
    return { token: made, path, isNew: true }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw unusable(path, 'made', error)
  }
  return { token: readToken(path), path, isNew: false }
}

function readToken(path: string): string {
  let token: string
  try {
    token = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw unusable(path, 'read', error)
  }
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= MIN_LENGTH) return token
  throw new StoreFileError(
    `the file of the admin token ${path} does not hold one of at least ${MIN_LENGTH} characters`,
  )
}

function unusable(path: string, what: 'made' | 'read', cause: unknown): StoreFileError {
  const reason = reasonInWords(cause)
  const why = reason === undefined ? '' : `: ${reason}`
  return new StoreFileError(`the file of the admin token ${path} can not be ${what}${why}`, {
    cause,
  })
}
