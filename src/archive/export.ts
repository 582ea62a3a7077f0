import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import {
  type Cell,
  countRows,
  movingTables,
  type Rows,
  readColumns,
  readPage,
} from '../db/archive/tables-read.ts'
import type { TableName } from '../db/engine/tables.ts'
import {
  ArchiveError,
  type End,
  FORMAT,
  type Header,
  type Placed,
  readArchive,
  type Sum,
  type TableHead,
  TableSum,
} from './archive-file.ts'
import type { Progress } from './progress.ts'

export interface ExportJob {
  readonly path: string
  readonly migrations: readonly string[]
  readonly keyId: string
  /** Of an export that was broken off and may go on, for nothing has changed in the store since. */
  readonly resumeId: number | undefined
  readonly now: number
  /** Called once, before the first row: a file that is to go on must be known by its id. */
  onBegin(id: number): Promise<void>
  /** Called about every page. */
  onPage(): Promise<void>
  readonly onProgress: Progress
}

export interface ExportResult {
  readonly rows: number
  readonly tables: Readonly<Record<string, Sum>>
  readonly isResumed: boolean
}

const PAGE_ROWS = 1000
const OWNER_ONLY = 0o600

/**
 * Writes everything of a store into a file. One that an earlier export has begun goes on where it ends; any other file that is
 * there is refused (ArchiveError). Throws StoreUnavailableError, and what the file system says.
 */
export async function exportStore(store: Rows, job: ExportJob): Promise<ExportResult> {
  const begun = await findBegun(job)
  const file = await open(job.path, begun ? 'r+' : 'w', OWNER_ONLY)
  try {
    const writer = new Writer(file, begun?.endsAt ?? 0)
    const total = await countAll(store)
    await file.truncate(begun?.endsAt ?? 0)
    const id = begun?.id ?? randomInt(2 ** 48 - 1)
    await job.onBegin(id)
    if (!begun) await writer.write([JSON.stringify(headerOf(job, id))])
    const tables = await writeTables(store, job, { writer, begun, total })
    await writer.write([JSON.stringify({ end: true, tables } satisfies End)])
    await file.sync()
    return { rows: total, tables, isResumed: begun !== undefined }
  } finally {
    await file.close()
  }
}

interface Begun {
  readonly id: number
  /** Behind the last whole line. */
  readonly endsAt: number
  readonly sums: ReadonlyMap<string, TableSum>
  readonly last?: Extract<Placed, { kind: 'row' }>
  readonly head?: TableHead
}

/** What an earlier export has left in the file. Throws ArchiveError if the file is anything else than its beginning. */
async function findBegun({ path, resumeId }: ExportJob): Promise<Begun | undefined> {
  if (!existsSync(path)) return undefined
  const sums = new Map<string, TableSum>()
  let found: Omit<Begun, 'sums'> | undefined
  for await (const entry of readArchive(path)) {
    if (entry.kind === 'end') throw new ArchiveError(`${path} is a whole export already`)
    if (entry.kind === 'header') found = { id: entry.header.id, endsAt: entry.endsAt }
    if (!found) break
    if (entry.kind === 'table') {
      sums.set(entry.head.table, new TableSum())
      const { last: _, ...rest } = found
      found = { ...rest, head: entry.head, endsAt: entry.endsAt }
    }
    if (entry.kind === 'row') {
      sums.get(found.head?.table ?? '')?.add(entry.line)
      found = { ...found, last: entry, endsAt: entry.endsAt }
    }
  }
  if (!found) throw new ArchiveError(`${path} is there already, and isn't an export`)
  // A hub has run since: what it has changed isn't in the first part.
  return found.id === resumeId ? { ...found, sums } : undefined
}

function headerOf({ migrations, keyId, now }: ExportJob, id: number): Header {
  return { format: FORMAT, version: 1, id, at: new Date(now).toISOString(), migrations, keyId }
}

async function countAll(store: Rows): Promise<number> {
  let total = 0
  for (const table of movingTables()) total += await countRows(store, table)
  return total
}

async function writeTables(
  store: Rows,
  job: ExportJob,
  { writer, begun, total }: { writer: Writer; begun: Begun | undefined; total: number },
): Promise<Record<string, Sum>> {
  const sums: Record<string, Sum> = {}
  let done = 0
  for (const table of movingTables()) {
    const known = begun?.sums.get(table)
    const sum = known ?? new TableSum()
    const isLast = begun?.head?.table === table
    if (!known || isLast) {
      const from = isLast ? begun.last?.row : undefined
      const before = done + sum.value.rows
      await writeTable(
        store,
        { table, sum, writer, after: from, hasHead: isLast },
        async (rows) => {
          await job.onPage()
          job.onProgress(before + rows, total)
        },
      )
    }
    sums[table] = sum.value
    done += sum.value.rows
  }
  return sums
}

interface TableJob {
  readonly table: TableName
  readonly sum: TableSum
  readonly writer: Writer
  readonly after: readonly Cell[] | undefined
  readonly hasHead: boolean
}

async function writeTable(
  store: Rows,
  { table, sum, writer, after, hasHead }: TableJob,
  onPage: (rows: number) => Promise<void>,
): Promise<void> {
  const columns = await readColumns(store, table)
  if (!hasHead) await writer.write([JSON.stringify({ table, columns } satisfies TableHead)])
  let last = after
  for (let rows = 0; ; ) {
    const page = await readPage(store, {
      ...{ table, columns, limit: PAGE_ROWS },
      ...(last ? { after: last } : {}),
    })
    const lines = page.map((row) => JSON.stringify(row))
    for (const line of lines) sum.add(line)
    await writer.write(lines)
    rows += page.length
    await onPage(rows)
    if (page.length < PAGE_ROWS) return
    last = page.at(-1)
  }
}

class Writer {
  readonly #file: FileHandle
  #at: number

  constructor(file: FileHandle, at: number) {
    this.#file = file
    this.#at = at
  }

  async write(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, from, bytes.length - from, this.#at)
      from += bytesWritten
      this.#at += bytesWritten
    }
  }
}
