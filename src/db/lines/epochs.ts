import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** How many lines one statement asks for. */
const PART = 500

/** The lines' epochs as they are stored now; a line that is gone has none. */
export async function readEpochs(
  store: Store,
  lineIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const epochs = new Map<number, number>()
  for (let from = 0; from < lineIds.length; from += PART) {
    const part = lineIds.slice(from, from + PART)
    const rows = await store.rows<{ line_id: number; epoch: number }>(
      `SELECT line_id, epoch FROM inbox_line WHERE line_id IN ${marks(part.length)}`,
      part,
    )
    for (const { line_id: id, epoch } of rows) epochs.set(id, epoch)
  }
  return epochs
}
