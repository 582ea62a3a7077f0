import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** Something that has happened on a line and was not looked at yet. */
export interface CommEvent {
  readonly id: number
  /** A type of PROTOCOL §7, or one of the hub's own: `operator.message`, `dialog.open`, `dialog.close`, `tag.added`, `message.lost`. */
  readonly type: string
  /** Its number in the inbox, if it is there; of `message.lost` that of the message in the outbox. */
  readonly seq?: number
  readonly chatId?: string
  /** As the portal reads it. */
  readonly payload: JsonObject
  /** What the channel answered, of a message that was sent. */
  readonly note?: JsonObject
  readonly createdAt: number
}

interface EventRow {
  id: number
  seq: number | null
  type: string
  chat_id: string | null
  payload: string
  note: string | null
  created_at: number
}

/** The oldest first. */
export async function readCommEvents(
  store: Store,
  lineId: number,
  limit: number,
): Promise<CommEvent[]> {
  const rows = await store.rows<EventRow>(
    `SELECT id, seq, type, chat_id, payload, note, created_at FROM comm_event WHERE line_id = ? ORDER BY id LIMIT ?`,
    [lineId, limit],
  )
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    payload: JSON.parse(row.payload) as JsonObject,
    createdAt: row.created_at,
    ...given({ seq: row.seq, chatId: row.chat_id }),
    ...(row.note === null ? {} : { note: JSON.parse(row.note) as JsonObject }),
  }))
}

/** By their numbers, never as a range: one with a lower number may be committed later. */
export function deleteCommEvents(ids: readonly number[]): Statement[] {
  if (ids.length === 0) return []
  return [{ sql: `DELETE FROM comm_event WHERE id IN ${marks(ids.length)}`, bindings: ids }]
}
