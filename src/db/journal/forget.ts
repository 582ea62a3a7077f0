import { inTerms } from '../engine/pieces.ts'
import type { Store } from '../engine/store.ts'
import { decodeRow, idsOf } from './codec.ts'
import { lookupOf } from './slots.ts'

/** Rows of one look. */
const PAGE = 200
/** Keys of one transaction. */
const DELETE = 200

/**
 * Deletes what the journal knows of a line: the keys that lead to its entries, then these. Entries say what their keys are,
 * so that the keys need no index of their own.
 */
export async function forgetLine(store: Store, lineId: number): Promise<void> {
  for (;;) {
    const rows = await store.rows<{ slot: number; part: number; steps: string }>(
      'SELECT slot, part, steps FROM journal_entry WHERE line_id = ? LIMIT ?',
      [lineId, PAGE],
    )
    if (rows.length === 0) return
    const keys = rows.flatMap(({ slot, steps }) => {
      const ids = decodeRow(steps, slot).flatMap((step) => idsOf(step, slot))
      return ids.map((id) => [lookupOf(id, slot), lineId, slot])
    })
    for (let from = 0; from < keys.length; from += DELETE) {
      const part = keys.slice(from, from + DELETE)
      const isKey = '(lookup = ? AND of_line = ? AND slot = ?)'
      await store.run(
        `DELETE FROM journal_key WHERE ${part.map(() => isKey).join(' OR ')}`,
        part.flat(),
      )
      await store.letOthersIn()
    }
    for (const part of inTerms(rows, 3)) {
      const isEntry = '(slot = ? AND line_id = ? AND part = ?)'
      await store.run(
        `DELETE FROM journal_entry WHERE ${part.map(() => isEntry).join(' OR ')}`,
        part.flatMap((row) => [row.slot, lineId, row.part]),
      )
    }
  }
}
