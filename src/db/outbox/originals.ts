import type { Store } from '../engine/store.ts'
import { type OutboxMessage, type OutboxRow, toMessage } from './messages.ts'

/** More edits of one message don't matter to anybody. */
const MAX_ROWS = 200

/**
 * What was sent to a chat under this id of the channel's: the message, and its edits, newest first. Looked for in the chat,
 * since many channels count messages chat by chat. Throws StoreUnavailableError.
 */
export async function findSentUnder(
  store: Store,
  lineId: number,
  chatId: string,
  messageId: string,
): Promise<OutboxMessage[]> {
  const rows = await store.rows<OutboxRow>(
    `SELECT * FROM outbox_message WHERE line_id = ? AND chat_id = ? AND sent_at IS NOT NULL
       AND kind IN ('send', 'update') AND INSTR(message_ids, ?) > 0
     ORDER BY sent_at DESC, seq DESC LIMIT ${MAX_ROWS}`,
    [lineId, chatId, JSON.stringify(messageId)],
  )
  return rows.map(toMessage)
}
