import type { JournalLine } from '../../core/journal.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { impatientInsert, insertIgnore, markRows } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { type DatedStep, encodeStep, idsOf, splitBySlot } from './codec.ts'
import { lookupOf } from './slots.ts'

export interface NotedStep {
  readonly line: JournalLine
  readonly step: DatedStep
}

/** Of a row, in UTF-16 units, each three bytes at most: a TEXT column of MySQL takes 65 535 bytes. */
const MAX_ROW_LENGTH = 16_000
const MAX_PART = 2 ** 31
/** Rows of one statement: few sizes, so that SQLite has compiled all of them before long. */
const STATEMENT_ROWS = [256, 32, 4, 1] as const

type Row = readonly (number | string)[]

interface OpenRow {
  readonly slot: number
  readonly lineId: number
  at: number
  steps: string
}

/** An id that leads to a line and a slot: `lookup`, line, slot. */
export type JournalKey = readonly [lookup: number, lineId: number, slot: number]

/**
 * Writes steps of many lines in one transaction: those of a line and a second become one row. Gives the keys that lead there,
 * which are to be written, too. Repeating it after a lost connection does no harm. Throws StoreUnavailableError.
 */
export async function writeSteps(store: Store, noted: readonly NotedStep[]): Promise<JournalKey[]> {
  const { rows, keys } = toRows(noted)
  await write(store, 'journal_entry (slot, line_id, part, at, steps)', rows)
  return keys
}

/** The same for keys, in the order of `byLookup`. Many at once cost far less than a few: they are neighbours then. */
export async function writeKeys(store: Store, keys: readonly JournalKey[]): Promise<void> {
  await write(store, 'journal_key (lookup, of_line, slot)', keys)
}

async function write(store: Store, table: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  await store.shortTransaction(
    async (runner) => {
      const into = impatientInsert(runner, `${insertIgnore(runner)} ${table}`)
      await runner.batch(insert(into, rows))
      return { statements: [], value: undefined }
    },
    { isRepeatable: true, failsWhenLocked: true },
  )
}

function insert(into: string, rows: readonly Row[]): Statement[] {
  const width = rows[0]?.length ?? 0
  const statements: Statement[] = []
  let from = 0
  for (const size of STATEMENT_ROWS) {
    for (; rows.length - from >= size; from += size) {
      const bindings = rows.slice(from, from + size).flat()
      statements.push({ sql: `${into} VALUES ${markRows(size, width)}`, bindings })
    }
  }
  return statements
}

/** In the order of their keys: neighbours in the table come one after another, and two processes meet in the same order. */
function toRows(noted: readonly NotedStep[]): { rows: Row[]; keys: JournalKey[] } {
  const open = new Map<number, Map<number, OpenRow>>()
  const all: OpenRow[] = []
  const keys: JournalKey[] = []
  for (const { line, step } of noted) {
    const { lineId } = line
    for (const { slot, step: part } of splitBySlot(step)) {
      let lines = open.get(slot)
      if (!lines) {
        lines = new Map()
        open.set(slot, lines)
      }
      const row = lines.get(lineId)
      const added = addStep(row, { slot, lineId, step: part })
      if (added !== row) {
        lines.set(lineId, added)
        all.push(added)
      }
      for (const id of idsOf(part, slot)) keys.push([lookupOf(id, slot), lineId, slot])
    }
  }
  all.sort((a, b) => a.slot - b.slot || a.lineId - b.lineId)
  const rows = all.map(({ slot, lineId, at, steps }) => {
    return [slot, lineId, Math.floor(Math.random() * MAX_PART), at, `[${steps}]`]
  })
  return { rows, keys }
}

/** The row that has the step now: the one that is open, or a new one. */
function addStep(
  row: OpenRow | undefined,
  { slot, lineId, step }: { slot: number; lineId: number; step: DatedStep },
): OpenRow {
  const text = JSON.stringify(encodeStep(step, slot))
  if (row && row.steps.length + text.length <= MAX_ROW_LENGTH) {
    row.steps += `,${text}`
    row.at = Math.max(row.at, step.at)
    return row
  }
  return { slot, lineId, at: step.at, steps: text }
}

/** The order of the table. */
export function byLookup(a: JournalKey, b: JournalKey): number {
  return a[0] - b[0] || a[1] - b[1]
}
