import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o600
const OTHERS = 0o077
/** Beside the store: what SQLite keeps of its writes, and the key of its secrets (key-file.ts). */
const COMPANIONS = ['', '-wal', '-shm', '-journal', '.key']

/** What was found of a store's files that others than its owner had rights to. */
export interface GuardedFiles {
  /** They are the owner's alone now. */
  readonly narrowed: readonly string[]
  /** Their rights can't be changed: they are another user's, or on a disk without rights. */
  readonly open: readonly string[]
}

/**
 * Makes the store's file, where there is none, and leaves only its owner rights to it and to what lies beside it: they hold
 * what people have written. SQLite gives `-wal` and `-shm` the rights of the file, so this comes before it opens that.
 */
export function guardStoreFiles(file: string): GuardedFiles {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  makeFile(file)
  const narrowed: string[] = []
  const open: string[] = []
  for (const path of COMPANIONS.map((ending) => file + ending)) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    if ((mode & OTHERS) !== 0) (narrow(path) ? narrowed : open).push(path)
  }
  return { narrowed, open }
}

/** Never opens a file that is there: closing it would drop the locks that SQLite holds on it elsewhere in this process. */
function makeFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', OWNER_ONLY))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** False if it can't be done. */
function narrow(path: string): boolean {
  try {
    chmodSync(path, OWNER_ONLY)
    return (statSync(path).mode & OTHERS) === 0
  } catch (error) {
    // Another process that ends takes `-wal` and `-shm` with it.
    if (codeOf(error) === 'ENOENT') return true
    return false
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}
