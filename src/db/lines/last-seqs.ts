import { inPieces } from '../engine/pieces.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/**
 * The numbers of the last event that somebody in the channel caused and of the last message of the portal; 0: none yet. They
 * follow the clock, see core/ids.ts.
 */
export interface LastSeqs {
  readonly inbox: number
  readonly outbox: number
}

/** By line. */
export async function readLastSeqs(
  store: Store,
  lineIds: readonly number[],
): Promise<Map<number, LastSeqs>> {
  const found = new Map<number, LastSeqs>()
  for (const ids of inPieces(lineIds, 1)) {
    const rows = await store.rows<{ line_id: number; inbox: number; outbox: number | null }>(
      `SELECT inbox_line.line_id, inbox_line.heard_seq AS inbox, outbox_line.seq AS outbox
       FROM inbox_line LEFT JOIN outbox_line ON outbox_line.line_id = inbox_line.line_id
       WHERE inbox_line.line_id IN ${marks(ids.length)}`,
      ids,
    )
    for (const { line_id: lineId, inbox, outbox } of rows) {
      found.set(lineId, { inbox, outbox: outbox ?? 0 })
    }
  }
  return found
}
