import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { isRecord } from '../core/json.ts'
import type { Cell } from '../db/archive/tables-read.ts'

/**
 * A store as a file: JSON lines. First the header, then for each table a line that names its columns and a line for each row, an
 * array of values; at last the end, with a digest of every table.
 */
export const FORMAT = 'openlines-hub-store'

export interface Header {
  readonly format: typeof FORMAT
  readonly version: 1
  /** 48 random bits: which export it is. */
  readonly id: number
  readonly at: string
  /** The names of those that the store had. */
  readonly migrations: readonly string[]
  /** Of the key that secrets are sealed with. */
  readonly keyId: string
}

export interface TableHead {
  readonly table: string
  readonly columns: readonly string[]
}

/** Of a table: how many rows, and a digest that doesn't depend on their order. */
export interface Sum {
  readonly rows: number
  readonly digest: string
}

export interface End {
  readonly end: true
  readonly tables: Readonly<Record<string, Sum>>
}

/** A file that isn't a whole export. `message` is one line for the operator. */
export class ArchiveError extends Error {
  override name = 'ArchiveError'
  readonly code = 'HUB_ARCHIVE'
}

/** Adds rows up to a Sum. */
export class TableSum {
  #rows = 0
  readonly #digest = Buffer.alloc(32)

  /** `line`: the row as it stands in the file. */
  add(line: string): void {
    const hash = createHash('sha256').update(line).digest()
    for (let index = 0; index < hash.length; index++) {
      this.#digest[index] = (this.#digest[index] ?? 0) ^ (hash[index] ?? 0)
    }
    this.#rows += 1
  }

  get value(): Sum {
    return { rows: this.#rows, digest: this.#digest.toString('hex') }
  }
}

export type Entry =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'table'; readonly head: TableHead }
  | { readonly kind: 'row'; readonly row: readonly Cell[]; readonly line: string }
  | { readonly kind: 'end'; readonly end: End }

/** An entry and where its line ends in the file, in bytes. */
export type Placed = Entry & { readonly endsAt: number }

/** A row longer than any that a store holds: what has no line breaks at all isn't an export. */
const MAX_LINE = 256 * 1024 * 1024

/** The entries of a file up to its last whole line. Throws ArchiveError on a line that no export writes. */
export async function* readArchive(path: string): AsyncGenerator<Placed> {
  let number = 0
  for await (const { line, endsAt } of readLines(path)) {
    number += 1
    yield { ...readEntry(line, number), endsAt }
  }
}

async function* readLines(path: string): AsyncGenerator<{ line: string; endsAt: number }> {
  let rest: Buffer[] = []
  let restBytes = 0
  let at = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Buffer
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      const line = Buffer.concat([...rest, bytes.subarray(from, end)]).toString('utf8')
      rest = []
      restBytes = 0
      from = end + 1
      yield { line, endsAt: at + from }
    }
    rest.push(bytes.subarray(from))
    restBytes += bytes.length - from
    at += bytes.length
    if (restBytes > MAX_LINE) throw foreign(1)
  }
}

function readEntry(line: string, number: number): Entry {
  const value = parse(line, number)
  if (Array.isArray(value) && number > 1) return { kind: 'row', row: value as Cell[], line }
  if (!isRecord(value)) throw foreign(number)
  if (number === 1) return { kind: 'header', header: readHeader(value) }
  if (typeof value['table'] === 'string' && Array.isArray(value['columns'])) {
    return { kind: 'table', head: value as unknown as TableHead }
  }
  if (value['end'] === true && isRecord(value['tables'])) {
    return { kind: 'end', end: value as unknown as End }
  }
  throw foreign(number)
}

function readHeader(value: Record<string, unknown>): Header {
  if (value['format'] !== FORMAT) throw foreign(1)
  if (value['version'] !== 1) {
    throw new ArchiveError('the file was written by a newer version of the hub')
  }
  const isWhole =
    Number.isSafeInteger(value['id']) &&
    Array.isArray(value['migrations']) &&
    typeof value['keyId'] === 'string'
  if (!isWhole) throw foreign(1)
  return value as unknown as Header
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw foreign(number, error)
  }
}

function foreign(line: number, cause?: unknown): ArchiveError {
  const message = `the file isn't an export of a hub: line ${line} can not be read`
  return new ArchiveError(message, { cause })
}
