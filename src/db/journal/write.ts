import type { JournalLine } from '../../core/journal.ts'
import { inPieces } from '../engine/pieces.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { insertIgnore, markRows } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { type DatedStep, encodeStep, idsOf, splitBySlot } from './codec.ts'
import { lookupOf } from './slots.ts'

export interface NotedStep {
  readonly line: JournalLine
  readonly step: DatedStep
}

/** Of a row: a TEXT column of MySQL takes 65 535 bytes. */
const MAX_ROW_BYTES = 48_000
const MAX_PART = 2 ** 31

interface OpenRow {
  readonly slot: number
  readonly lineId: number
  at: number
  steps: string
}

/**
 * Writes steps of many lines in one transaction: those of a line and a second become one row. Repeating it after a lost
 * connection does no harm. Throws StoreUnavailableError.
 */
export async function writeJournal(store: Store, noted: readonly NotedStep[]): Promise<void> {
  const { rows, keys } = toRows(noted)
  await store.shortTransaction(
    async (runner) => {
      await runner.batch([
        ...insert(
          `${insertIgnore(runner)} journal_entry (slot, line_id, part, at, steps)`,
          5,
          rows,
        ),
        ...insert(`${insertIgnore(runner)} journal_key (lookup, line_id, slot)`, 3, keys),
      ])
      return { statements: [], value: undefined }
    },
    { isRepeatable: true, failsWhenLocked: true },
  )
}

function insert(into: string, width: number, rows: readonly (readonly unknown[])[]): Statement[] {
  return inPieces(rows, width).map((part) => ({
    sql: `${into} VALUES ${markRows(part.length, width)}`,
    bindings: part.flat(),
  }))
}

/** In the order of their keys: neighbours in the table come one after another, and two processes meet in the same order. */
function toRows(noted: readonly NotedStep[]): { rows: unknown[][]; keys: number[][] } {
  const open = new Map<string, OpenRow>()
  const full: OpenRow[] = []
  const keys = new Map<string, number[]>()
  for (const { line, step } of noted) {
    for (const [slot, part] of splitBySlot(step)) {
      addStep(open, full, { slot, lineId: line.lineId, step: part })
      for (const id of idsOf(part)) {
        const key = [lookupOf(line.portalId, id, slot), line.lineId, slot]
        keys.set(key.join(':'), key)
      }
    }
  }
  const rows = [...full, ...open.values()]
    .sort((a, b) => a.slot - b.slot || a.lineId - b.lineId)
    .map(({ slot, lineId, at, steps }) => {
      return [slot, lineId, Math.floor(Math.random() * MAX_PART), at, `[${steps}]`]
    })
  return { rows, keys: [...keys.values()].sort(byNumbers) }
}

function addStep(
  open: Map<string, OpenRow>,
  full: OpenRow[],
  { slot, lineId, step }: { slot: number; lineId: number; step: DatedStep },
): void {
  const text = JSON.stringify(encodeStep(step, slot))
  const key = `${slot}:${lineId}`
  const row = open.get(key)
  if (!row) {
    open.set(key, { slot, lineId, at: step.at, steps: text })
    return
  }
  // Three bytes for each unit at most, and most of it is ASCII: rows are cut far below the limit.
  if ((row.steps.length + text.length) * 3 <= MAX_ROW_BYTES) {
    row.steps += `,${text}`
    row.at = Math.max(row.at, step.at)
    return
  }
  full.push(row)
  open.set(key, { slot, lineId, at: step.at, steps: text })
}

function byNumbers(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0)
}
