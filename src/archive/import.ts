import { STATE_TABLES } from '../db/archive/marks.ts'
import { type TableRows, writeRows } from '../db/archive/rows-write.ts'
import {
  type Cell,
  countRows,
  movingTables,
  readColumns,
  readPage,
} from '../db/archive/tables-read.ts'
import type { Store } from '../db/engine/store.ts'
import type { TableName } from '../db/engine/tables.ts'
import {
  ArchiveError,
  type Entry,
  type Header,
  readArchive,
  type Sum,
  TableSum,
} from './archive-file.ts'
import type { Progress } from './progress.ts'

export interface ArchiveContents {
  readonly header: Header
  readonly rows: number
  readonly tables: Readonly<Record<string, Sum>>
  /** By table. */
  readonly columns: ReadonlyMap<TableName, readonly string[]>
}

/** Reads a file from end to end. Throws ArchiveError if anything of it is missing or isn't as it was written. */
export async function checkArchive(path: string): Promise<ArchiveContents> {
  const reader = new Checker()
  for await (const entry of readArchive(path)) reader.add(entry)
  return reader.contents
}

class Checker {
  readonly #sums = new Map<string, TableSum>()
  readonly #columns = new Map<TableName, readonly string[]>()
  #header: Header | undefined
  #sum: TableSum | undefined
  #width = 0
  #end: Readonly<Record<string, Sum>> | undefined

  add(entry: Entry): void {
    if (this.#end) throw new ArchiveError('the file goes on behind its end')
    switch (entry.kind) {
      case 'header':
        this.#header = entry.header
        break
      case 'table':
        this.#sum = new TableSum()
        this.#width = entry.head.columns.length
        this.#sums.set(entry.head.table, this.#sum)
        this.#columns.set(toHead(entry.head).table, entry.head.columns)
        break
      case 'row':
        if (!this.#sum || entry.row.length !== this.#width) throw damaged()
        this.#sum.add(entry.line)
        break
      case 'end':
        this.#end = entry.end.tables
    }
  }

  get contents(): ArchiveContents {
    if (!this.#header) throw new ArchiveError("the file isn't an export of a hub: it is empty")
    if (!this.#end) throw new ArchiveError('the file is cut: its end is missing')
    const tables = Object.fromEntries([...this.#sums].map(([table, { value }]) => [table, value]))
    if (!isEqual(tables, this.#end)) throw damaged()
    const rows = Object.values(tables).reduce((all, one) => all + one.rows, 0)
    return { header: this.#header, rows, tables, columns: this.#columns }
  }
}

export interface ImportJob {
  readonly path: string
  readonly contents: ArchiveContents
  /** Rows that an earlier import of this file has brought in. */
  readonly done: number
  readonly onProgress: Progress
}

/** Rows of one transaction, and their characters: some 10 ms on SQLite. */
const CHUNK_ROWS = 1000
const CHUNK_LENGTH = 1024 * 1024

/** Brings the rows of a file that was checked into a store that has its tables and no rows. Throws StoreUnavailableError. */
export async function importRows(store: Store, job: ImportJob): Promise<void> {
  const { path, contents, onProgress } = job
  let seen = 0
  let head: { table: TableName; columns: readonly string[] } | undefined
  let chunk: { groups: Group[]; rows: number; length: number } = emptyChunk()
  const flush = async (): Promise<void> => {
    await writeRows(store, chunk.groups, seen)
    onProgress(seen, contents.rows)
    chunk = emptyChunk()
  }
  for await (const entry of readArchive(path)) {
    if (entry.kind === 'table') head = toHead(entry.head)
    if (entry.kind !== 'row' || !head) continue
    seen += 1
    if (seen <= job.done) continue
    addTo(chunk.groups, head, entry.row)
    chunk.rows += 1
    chunk.length += entry.line.length
    if (chunk.rows >= CHUNK_ROWS || chunk.length >= CHUNK_LENGTH) await flush()
  }
  await flush()
}

/** Throws ArchiveError if the store, with the migrations of the file, has other columns than it. */
export async function requireSameColumns(
  store: Store,
  { columns }: ArchiveContents,
): Promise<void> {
  for (const [table, own] of columns) {
    const found = await readColumns(store, table)
    if (found.join() !== own.join()) {
      throw new ArchiveError(`the file's table ${table} has other columns than the store's`)
    }
  }
}

/** What of the file isn't in the store as it is there: the names of the tables. */
export async function findDifferences(
  store: Store,
  { tables, columns }: ArchiveContents,
): Promise<string[]> {
  const different: string[] = []
  // Not all that there are today: a file of an earlier version has fewer.
  for (const table of columns.keys()) {
    const found = await sumOf(store, table)
    if (!isSame(found, tables[table])) different.push(table)
  }
  return different
}

/** The tables that have rows. What a hub notes of itself at its first start isn't worth keeping. */
export async function findFilled(store: Store): Promise<string[]> {
  const filled: string[] = []
  for (const table of movingTables().filter((name) => !STATE_TABLES.has(name))) {
    if ((await countRows(store, table)) > 0) filled.push(table)
  }
  return filled
}

async function sumOf(store: Store, table: TableName): Promise<Sum> {
  const sum = new TableSum()
  const columns = await readColumns(store, table)
  for (let after: Cell[] | undefined; ; ) {
    const page = await readPage(store, {
      ...{ table, columns, limit: CHUNK_ROWS },
      ...(after ? { after } : {}),
    })
    for (const row of page) sum.add(JSON.stringify(row))
    if (page.length < CHUNK_ROWS) return sum.value
    after = page.at(-1)
  }
}

interface Group extends TableRows {
  readonly rows: (readonly Cell[])[]
}

function emptyChunk() {
  return { groups: [], rows: 0, length: 0 }
}

function addTo(
  groups: Group[],
  { table, columns }: { table: TableName; columns: readonly string[] },
  row: readonly Cell[],
): void {
  const last = groups.at(-1)
  if (last?.table === table) last.rows.push(row)
  else groups.push({ table, columns, rows: [row] })
}

function toHead({ table, columns }: { table: string; columns: readonly string[] }) {
  const known = movingTables().find((name) => name === table)
  if (known) return { table: known, columns }
  throw new ArchiveError(`the file has a table ${table.slice(0, 64)} that the hub does not know`)
}

function damaged(): ArchiveError {
  return new ArchiveError("the file is damaged: its rows aren't those that were written")
}

function isEqual(
  found: Readonly<Record<string, Sum>>,
  told: Readonly<Record<string, Sum>>,
): boolean {
  const names = new Set([...Object.keys(found), ...Object.keys(told)])
  return [...names].every((name) => isSame(found[name], told[name]))
}

function isSame(one: Sum = NOTHING, other: Sum = NOTHING): boolean {
  return one.rows === other.rows && one.digest === other.digest
}

const NOTHING: Sum = new TableSum().value
