import { inPieces } from '../engine/pieces.ts'
import { markRows } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** One exchange as it is kept. `item` is JSON. */
export interface KeptItem {
  readonly lineId: number
  readonly portalId: string
  readonly at: number
  readonly item: string
}

export interface FoundItem {
  readonly id: number
  readonly item: string
}

const COLUMNS = 5

/** Appends exchanges, and counts their bytes to the lines' traces. Throws StoreUnavailableError. */
export async function addItems(store: Store, items: readonly KeptItem[]): Promise<void> {
  const bytes = new Map<number, number>()
  for (const piece of inPieces(items, COLUMNS)) {
    await store.run(
      `INSERT INTO trace_item (line_id, portal_id, at, size, item) VALUES ${markRows(piece.length, COLUMNS)}`,
      piece.flatMap(({ lineId, portalId, at, item }) => {
        const size = Buffer.byteLength(item)
        bytes.set(lineId, (bytes.get(lineId) ?? 0) + size)
        return [lineId, portalId, at, size, item]
      }),
    )
  }
  for (const [lineId, size] of bytes) {
    await store.run('UPDATE line_trace SET kept_bytes = kept_bytes + ? WHERE line_id = ?', [
      size,
      lineId,
    ])
  }
}

export interface ItemPage {
  /** The last id of the page before. */
  readonly after: number
  /** Epoch ms. */
  readonly since: number
  readonly limit: number
}

/** In the order in which the exchanges ended. */
export async function findItems(
  store: Store,
  lineId: number,
  { after, since, limit }: ItemPage,
): Promise<FoundItem[]> {
  return await store.rows<FoundItem>(
    'SELECT id, item FROM trace_item WHERE line_id = ? AND id > ? AND at >= ? ORDER BY id LIMIT ?',
    [lineId, after, since, limit],
  )
}

/** Bytes that are kept of a portal's exchanges, and of one of its lines. */
export async function countBytes(
  store: Store,
  portalId: string,
  lineId: number,
): Promise<{ readonly portal: number; readonly line: number }> {
  const rows = await store.rows<{ line_id: number; bytes: number | string }>(
    'SELECT line_id, SUM(size) AS bytes FROM trace_item WHERE portal_id = ? GROUP BY line_id',
    [portalId],
  )
  const line = rows.find((row) => row.line_id === lineId)
  return {
    portal: rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    line: Number(line?.bytes ?? 0),
  }
}
