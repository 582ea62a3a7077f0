import { outId } from '../../core/ids.ts'
import { toJson } from '../../core/json.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import { inPieces } from '../engine/pieces.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import { IS_OPEN } from '../outbox/piles.ts'

/** What the communications are to look at that isn't in the inbox. */
export type CommEvent = Pick<NewEvent, 'type' | 'payload' | 'chatId' | 'note'> & {
  readonly lineId: number
}

/**
 * Copies a stored event for the communications, behind the statement that stores it. The store copies the payload itself: sent a
 * second time, a commit's events could outgrow what a database takes at once.
 */
export function copyEvent(
  lineId: number,
  { seq, chatId, note }: Pick<NewEvent, 'chatId' | 'note'> & { readonly seq: number },
): Statement {
  return {
    sql: `INSERT INTO comm_event (line_id, seq, type, chat_id, payload, note, created_at)
      SELECT line_id, seq, type, ?, payload, ?, created_at FROM inbox_event WHERE line_id = ? AND seq = ?`,
    bindings: [chatId ?? null, note ?? null, lineId, seq],
  }
}

/** The channel has confirmed that it has sent a message. Told of a notification's alone: for it, it is the end. */
export function insertConfirmed(
  { lineId, seq }: { readonly lineId: number; readonly seq: number },
  now: number,
): Statement {
  const payload = toJson({ out: outId(lineId, seq), status: 'sent' })
  return {
    sql: `INSERT INTO comm_event (line_id, seq, type, chat_id, payload, note, created_at)
      SELECT line_id, NULL, 'message.confirmed', NULL, ?, NULL, ? FROM comm_message
      WHERE line_id = ? AND seq = ? AND task_id IS NOT NULL`,
    bindings: [payload, now, lineId, seq],
  }
}

export function insertCommEvent(
  { lineId, type, payload, chatId, note }: CommEvent,
  now: number,
): Statement {
  return {
    sql: `INSERT INTO comm_event (line_id, seq, type, chat_id, payload, note, created_at)
      VALUES (?, NULL, ?, ?, ?, ?, ?)`,
    bindings: [lineId, type, chatId ?? null, payload, note ?? null, now],
  }
}

/**
 * Tells the communications of their messages that are still to be sent and never will be: the line ends its connection, and no
 * status comes of them. `seq` is the message's number in the outbox. To be run before the messages are failed.
 */
export function tellLost(lineId: number, now: number): Statement[] {
  const payload = { status: 'failed', error: { code: 'HUB_LINE_NOT_CONNECTED' } }
  return [
    ...stirLines([lineId], now),
    {
      sql: `INSERT INTO comm_event (line_id, seq, type, chat_id, payload, note, created_at)
        SELECT m.line_id, m.seq, 'message.lost', o.chat_id, ?, NULL, ? FROM outbox_message o
        JOIN comm_message m ON m.line_id = o.line_id AND m.seq = o.seq
        WHERE o.line_id = ? AND o.${IS_OPEN}`,
      bindings: [JSON.stringify(payload), now, lineId],
    },
  ]
}

/**
 * Makes the communications of these lines due, unless somebody has them in hand. Locks their rows of `comm_line`, which come
 * behind those of `outbox_line` and `inbox_line`.
 */
export function stirLines(lineIds: Iterable<number>, now: number): Statement[] {
  const ids = [...new Set(lineIds)].sort((a, b) => a - b)
  return inPieces(ids, 1).map((part) => ({
    sql: `UPDATE comm_line SET stirs = stirs + 1,
      due_at = CASE WHEN owner IS NULL AND (due_at IS NULL OR due_at > ?) THEN ? ELSE due_at END
      WHERE line_id IN ${marks(part.length)}`,
    bindings: [now, now, ...part],
  }))
}
