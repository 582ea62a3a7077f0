import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o600
const OTHERS = 0o077
const SQLITE_HEAD = Buffer.from('SQLite format 3\0')
/** SQLite's own code for it. */
const NOT_A_DATABASE = 26
/** Beside the store: what SQLite keeps of its writes, the key of its secrets (key-file.ts) and the admin token (token-file.ts). */
const COMPANIONS = ['', '-wal', '-shm', '-journal', '.key', '.admin-token']

/** The file of a SQLite store can't be used as it is. `message` is one line for the operator. */
export class StoreFileError extends Error {
  override name = 'StoreFileError'
  readonly code = 'HUB_STORE_FILE'
}

/** What the system says, and SQLite (its primary codes), in words. */
const REASONS: Readonly<Record<string | number, string>> = {
  EACCES: 'this user has no right to it or to its folder',
  EPERM: 'this user has no right to it or to its folder',
  EROFS: 'its disk is read-only',
  ENOENT: 'its folder can not be made',
  ENOTDIR: 'a part of its path is a file, not a folder',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'its name is too long',
  8: 'this user has no right to write it',
  10: 'the disk reports an error',
  11: 'it is damaged',
  13: 'the disk is full',
  14: 'this user has no right to it or to its folder',
  26: "it isn't an SQLite database",
}

/** What the system or SQLite has against it; undefined if there are no words for it. */
export function reasonInWords(error: unknown): string | undefined {
  const { code, errcode } = error as { code?: string; errcode?: number }
  return REASONS[errcode === undefined ? String(code) : errcode & 0xff]
}

/** In words where there are any for it: a StoreFileError, else the error itself. */
export function explainFile(file: string, error: unknown): unknown {
  const reason = reasonInWords(error)
  if (reason === undefined) return error
  return new StoreFileError(`the store's file ${file} can not be used: ${reason}`, { cause: error })
}

/** What was found of a store's files that others than its owner had rights to. */
export interface GuardedFiles {
  /** They are the owner's alone now. */
  readonly narrowed: readonly string[]
  /** Their rights can't be changed: they are another user's, or on a disk without rights. */
  readonly open: readonly string[]
}

/**
 * Makes the store's file, where there is none, and leaves only its owner rights to it and to what lies beside it: they hold
 * what people have written. SQLite gives `-wal` and `-shm` the rights of the file, so this comes before it opens that. Throws StoreFileError.
 */
export function guardStoreFiles(file: string): GuardedFiles {
  makeStoreFolder(file)
  try {
    makeFile(file)
  } catch (error) {
    throw explainFile(file, error)
  }
  if (statSync(file).isDirectory()) {
    throw new StoreFileError(`the store's file ${file} can not be used: it is a folder`)
  }
  const isShared = (statSync(file).mode & OTHERS) !== 0
  if (isShared && isForeign(file)) throw explainFile(file, { errcode: NOT_A_DATABASE })
  const narrowed: string[] = []
  const open: string[] = []
  for (const path of COMPANIONS.map((ending) => file + ending)) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    if ((mode & OTHERS) !== 0) (narrow(path) ? narrowed : open).push(path)
  }
  return { narrowed, open }
}

/**
 * Is it some other file, whose rights are none of our business? Opens and closes it, which in the process that has the store
 * open would drop SQLite's locks: to be asked only of a file whose rights aren't those that this process would have given it.
 */
function isForeign(file: string): boolean {
  const head = Buffer.alloc(SQLITE_HEAD.length)
  const descriptor = openSync(file, 'r')
  try {
    return readSync(descriptor, head) > 0 && !head.equals(SQLITE_HEAD)
  } finally {
    closeSync(descriptor)
  }
}

/** The folder that a store's file lies in. Throws StoreFileError. */
export function makeStoreFolder(file: string): void {
  try {
    makeFolder(dirname(file))
  } catch (error) {
    throw explainFile(file, error)
  }
}

/** One by one: Node's own recursion never ends, deaf to signals, where the system makes no folders, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, 0o700)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
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
