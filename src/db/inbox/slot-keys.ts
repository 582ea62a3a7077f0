import type { Store } from '../engine/store.ts'
import type { ClosedSlot } from './seen-memory.ts'

export interface SlotKey {
  readonly line_id: number
  readonly hash: Uint8Array | string
}

/** Keys of a slot behind `after`, in order. */
export async function readSlotKeys(
  store: Store,
  { table }: ClosedSlot,
  after: SlotKey | undefined,
  limit: number,
): Promise<SlotKey[]> {
  const order = `ORDER BY line_id, hash LIMIT ${limit}`
  if (!after) return await store.rows(`SELECT line_id, hash FROM ${table} ${order}`)
  return await store.rows(
    // MySQL finds the beginning by `>=`; for the OR alone it would read the table from its start.
    `SELECT line_id, hash FROM ${table} WHERE line_id >= ? AND (line_id > ? OR hash > ?) ${order}`,
    [after.line_id, after.line_id, after.hash],
  )
}
