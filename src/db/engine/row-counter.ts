import { BoundedMap } from '../../core/bounded-map.ts'
import { inPieces } from './pieces.ts'
import { marks } from './sql.ts'
import type { Store } from './store.ts'

/** Rows of one line; `isMinimum` while the hub is still counting a long queue bit by bit. */
export interface RowCount {
  readonly count: number
  readonly isMinimum: boolean
  /** The number of the first row. */
  readonly firstSeq: number
}

export interface CountedRows {
  /** Its primary key, or an index with the columns of `where` before `seq`, gives a line's rows in order. May name the index. */
  readonly table: string
  /** Columns and what they must be, beside the line. */
  readonly where?: Readonly<Record<string, string | number>>
}

/** Rows that are counted in one statement, and remembered as one slice. */
const SLICE_ROWS = 5000
/** Rows that one call may count beyond the first slice of each line. */
const MAX_ROWS = 200_000
/** Lines in one statement; SQLite takes 500 parts of a UNION. */
const LINES_AT_ONCE = 50
/** Long queues that are remembered. */
const MAX_LINES = 2000

/** So many rows lie behind the number `after`, up to and with `upTo`. */
interface Slice {
  readonly after: number
  readonly upTo: number
  readonly count: number
}

interface Counted {
  readonly line_id: number
  readonly count: number
  readonly first_seq: number | null
  readonly last_seq: number | null
}

/**
 * How many rows lines have in a queue that grows at its end and shrinks at its beginning. A queue of a million rows is
 * counted once, in slices; whoever asks again pays for what has changed. Rows that left from the middle are noticed when
 * their slice is the first.
 */
export class RowCounter {
  readonly #store: Store
  readonly #table: string
  /** Beside the line. */
  readonly #where: string
  readonly #bindings: readonly (string | number)[]
  readonly #slices = new BoundedMap<number, readonly Slice[]>(MAX_LINES)

  constructor(store: Store, { table, where = {} }: CountedRows) {
    this.#store = store
    const columns = Object.keys(where).map((column) => ` AND ${column} = ?`)
    this.#table = table
    this.#where = columns.join('')
    this.#bindings = Object.values(where)
  }

  /** A line without rows is absent. `after`: rows of a line up to this number don't count. Throws StoreUnavailableError. */
  async count(
    lineIds: readonly number[],
    after: ReadonlyMap<number, number> = new Map(),
  ): Promise<Map<number, RowCount>> {
    const counts = new Map<number, RowCount>()
    const budget = { rows: MAX_ROWS }
    const filled = await this.#withRows(lineIds)
    for (let from = 0; from < filled.length; from += LINES_AT_ONCE) {
      const part = filled.slice(from, from + LINES_AT_ONCE)
      await this.#store.letOthersIn()
      for (const first of await this.#countFirst(part, after)) {
        if (first.count > 0) counts.set(first.line_id, await this.#goOn(first, budget))
      }
    }
    return counts
  }

  /** Most lines have nothing in most queues: one statement finds those that do. */
  async #withRows(lineIds: readonly number[]): Promise<readonly number[]> {
    if (lineIds.length === 1) return lineIds
    const found: number[] = []
    for (const part of inPieces(lineIds, 1)) {
      const rows = await this.#store.rows<{ id: number }>(
        // Not by EXISTS: MariaDB may make a join of it, and read the whole table for it.
        `SELECT id FROM line WHERE id IN ${marks(part.length)} AND
         (SELECT 1 FROM ${this.#table} WHERE line_id = line.id${this.#where} LIMIT 1) = 1`,
        [...part, ...this.#bindings],
      )
      found.push(...rows.map(({ id }) => id))
    }
    return found
  }

  /** The first slice of each line, anew each time. */
  async #countFirst(
    lineIds: readonly number[],
    after: ReadonlyMap<number, number>,
  ): Promise<Counted[]> {
    const one = `SELECT ? AS line_id, COUNT(*) AS count, MIN(seq) AS first_seq, MAX(seq) AS last_seq
      FROM (SELECT seq FROM ${this.#table} WHERE line_id = ?${this.#where} AND seq > ? ORDER BY seq LIMIT ${SLICE_ROWS}) first_rows`
    return await this.#store.rows<Counted>(
      lineIds.map(() => one).join(' UNION ALL '),
      lineIds.flatMap((id) => [id, id, ...this.#bindings, after.get(id) ?? -1]),
    )
  }

  async #goOn(first: Counted, budget: { rows: number }): Promise<RowCount> {
    const { line_id: lineId, count, first_seq: firstSeq, last_seq: lastSeq } = first
    if (count < SLICE_ROWS || firstSeq === null || lastSeq === null) {
      this.#slices.delete(lineId)
      return { count, isMinimum: false, firstSeq: firstSeq ?? 0 }
    }
    const slices = await this.#remembered(lineId, firstSeq)
    if (slices.length === 0) slices.push({ after: firstSeq - 1, upTo: lastSeq, count })
    let tail = 0
    let isMinimum = true
    while (isMinimum && budget.rows > 0) {
      const after = slices.at(-1)?.upTo ?? 0
      const next = await this.#countNext(lineId, after)
      budget.rows -= next.count
      isMinimum = next.count === SLICE_ROWS && next.last_seq !== null
      if (isMinimum) slices.push({ after, upTo: Number(next.last_seq), count: next.count })
      else tail = next.count
    }
    this.#slices.set(lineId, slices)
    const sum = slices.reduce((total, slice) => total + slice.count, tail)
    return { count: sum, isMinimum, firstSeq }
  }

  /** The slices that are left, the first of them counted anew: some of its rows may have gone. */
  async #remembered(lineId: number, firstSeq: number): Promise<Slice[]> {
    const known = this.#slices.get(lineId) ?? []
    const [first, ...others] = known.filter(({ upTo }) => upTo >= firstSeq)
    // Rows have come back before all that were counted.
    if (!first || firstSeq <= (known[0]?.after ?? 0)) return []
    const [left] = await this.#store.rows<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${this.#table} WHERE line_id = ?${this.#where} AND seq >= ? AND seq <= ?`,
      [lineId, ...this.#bindings, firstSeq, first.upTo],
    )
    return [{ ...first, count: left?.count ?? 0 }, ...others]
  }

  async #countNext(lineId: number, after: number): Promise<Counted> {
    await this.#store.letOthersIn()
    const [row] = await this.#store.rows<Counted>(
      `SELECT COUNT(*) AS count, MAX(seq) AS last_seq
       FROM (SELECT seq FROM ${this.#table} WHERE line_id = ?${this.#where} AND seq > ? ORDER BY seq LIMIT ${SLICE_ROWS}) next_rows`,
      [lineId, ...this.#bindings, after],
    )
    return row ?? { line_id: lineId, count: 0, first_seq: null, last_seq: null }
  }
}
