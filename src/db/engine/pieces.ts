import type { Statement, StatementOutcome, StatementRunner } from './short-transaction.ts'
import { marks } from './sql.ts'

/**
 * What one statement may hold where its size grows with what came in. SQLite takes 32 766 placeholders, and conditions
 * joined by OR or AND up to a depth of 1 000; MySQL takes what fits into `max_allowed_packet`, 16 MiB by default on MariaDB.
 * A request of a messenger may bring 1 000 updates with dozens of items each: whatever exceeds these limits is cut into
 * several statements of the same transaction.
 */
const MAX_BINDINGS = 10_000
const MAX_TERMS = 400

/** A condition with its values. */
export interface Where {
  readonly sql: string
  readonly bindings: readonly unknown[]
}

/** Cuts rows that take `width` placeholders each. */
export function inPieces<T>(rows: readonly T[], width: number): T[][] {
  return cut(rows, Math.max(1, Math.floor(MAX_BINDINGS / width)))
}

/** The same for rows that each become a term of an OR. */
export function inTerms<T>(rows: readonly T[], width: number): T[][] {
  return cut(rows, Math.max(1, Math.min(MAX_TERMS, Math.floor(MAX_BINDINGS / width))))
}

function cut<T>(rows: readonly T[], size: number): T[][] {
  const pieces: T[][] = []
  for (let from = 0; from < rows.length; from += size) pieces.push(rows.slice(from, from + size))
  return pieces
}

/**
 * `(line_id = ? AND <column> IN (…)) OR …` for values of many lines, as many conditions as it takes; finds rows by a key that
 * begins with the line, on both stores. `prefix` is the table's name in a join, with its full stop.
 */
export function whereByLine(
  column: string,
  values: ReadonlyMap<number, readonly unknown[]>,
  prefix = '',
): Where[] {
  const terms = [...values].flatMap(([lineId, all]) =>
    inPieces([...new Set(all)], 1).map((part) => ({ lineId, part })),
  )
  const wheres: Where[] = []
  let open: typeof terms = []
  let bindings = 0
  const close = (): void => {
    if (open.length === 0) return
    wheres.push({
      sql: open
        .map(({ part }) => `(${prefix}line_id = ? AND ${prefix}${column} IN ${marks(part.length)})`)
        .join(' OR '),
      bindings: open.flatMap(({ lineId, part }) => [lineId, ...part]),
    })
    open = []
    bindings = 0
  }
  for (const term of terms) {
    const isFull = open.length >= MAX_TERMS || bindings + term.part.length > MAX_BINDINGS
    if (isFull) close()
    open.push(term)
    bindings += term.part.length + 1
  }
  close()
  return wheres
}

/** Values by line, for `whereByLine`. */
export function groupByLine<T>(
  items: readonly T[],
  lineOf: (item: T) => number,
  valuesOf: (item: T) => readonly unknown[],
): Map<number, unknown[]> {
  const groups = new Map<number, unknown[]>()
  for (const item of items) {
    const lineId = lineOf(item)
    const known = groups.get(lineId)
    if (known) known.push(...valuesOf(item))
    else groups.set(lineId, [...valuesOf(item)])
  }
  return groups
}

/** Runs all statements in one batch; gives one outcome per group, as if its statements had been one. */
export async function runGroups(
  runner: StatementRunner,
  groups: readonly (readonly Statement[])[],
): Promise<StatementOutcome[]> {
  const statements = groups.flat()
  const outcomes = statements.length > 0 ? await runner.batch(statements) : []
  let from = 0
  return groups.map(({ length }) => {
    const own = outcomes.slice(from, from + length)
    from += length
    const [only] = own
    if (only && own.length === 1) return only
    return {
      rows: own.flatMap(({ rows }) => rows),
      changes: own.reduce((sum, { changes }) => sum + changes, 0),
    }
  })
}
