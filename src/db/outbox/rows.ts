import { FIELD_LIMITS, fitId } from '../../core/field-limits.ts'
import type { SendError } from '../../core/stored-event.ts'
import { inPieces } from '../engine/pieces.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { insertIgnore, markRows } from '../engine/sql.ts'

/** For the columns `error_code` and `error_message`. */
export function errorValues(error: SendError | undefined): (string | null)[] {
  return [error?.code.slice(0, 64) ?? null, error?.message.slice(0, 500) ?? null]
}

/** `(line_id = ? AND seq = ?) OR …` for `count` messages. */
export function keysOf(count: number): string {
  return `(${Array(count).fill('(line_id = ? AND seq = ?)').join(' OR ')})`
}

export interface MessageReceipt {
  readonly lineId: number
  readonly messageId: string
  readonly seq: number
}

/** The channel's ids lead back to the hub's message, for statuses and echoes that come later. */
export function insertReceipts(
  runner: StatementRunner,
  receipts: readonly MessageReceipt[],
  now: number,
): Statement[] {
  return inPieces(receipts, 4).map((part) => ({
    sql: `${insertIgnore(runner)} outbox_receipt (line_id, message_id, seq, sent_at) VALUES ${markRows(part.length, 4)}`,
    bindings: part.flatMap(({ lineId, messageId, seq }) => [
      lineId,
      fitId(messageId, FIELD_LIMITS.messageId),
      seq,
      now,
    ]),
  }))
}
