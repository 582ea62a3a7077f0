import type { NewEvent } from '../../core/stored-event.ts'
import { groupByLine, inPieces, runGroups, whereByLine } from '../engine/pieces.ts'
import type { StatementRunner } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import type { NewUpdate } from '../inbox/new-update.ts'

interface ReceiptRow {
  line_id: number
  message_id: string
  /** Null where the message itself has been forgotten already. */
  chat_id: string | null
}

/** The events of updates that are about messages which the hub itself has sent. */
export async function findOwnEchoes(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
): Promise<ReadonlySet<NewEvent>> {
  const ids = groupByLine(
    updates,
    ({ lineId }) => lineId,
    ({ outgoing = [] }) => outgoing.map(({ messageId }) => messageId),
  )
  const wheres = whereByLine('message_id', ids, 'r.')
  const [found] = await runGroups(runner, [
    wheres.map(({ sql, bindings }) => ({
      sql: `SELECT r.line_id, r.message_id, m.chat_id FROM outbox_receipt r
        LEFT JOIN outbox_message m ON m.line_id = r.line_id AND m.seq = r.seq WHERE ${sql}`,
      bindings,
    })),
  ])
  const own = Map.groupBy(
    (found?.rows ?? []) as ReceiptRow[],
    (row) => `${row.line_id}:${row.message_id}`,
  )
  const echoes = updates.flatMap(({ lineId, events, outgoing = [] }) =>
    outgoing.flatMap(({ index, messageId, isSameChat = () => true }) => {
      const event = events[index]
      const isOwn = own
        .get(`${lineId}:${messageId}`)
        ?.some(({ chat_id: chatId }) => isSameChat(chatId ?? ''))
      return event && isOwn ? [event] : []
    }),
  )
  return new Set(echoes)
}

/** Is a message to one of these chats being handed to the channel at this moment? */
export async function isSendingTo(
  store: Store,
  lineId: number,
  chatIds: readonly string[],
): Promise<boolean> {
  for (const part of inPieces(chatIds, 1)) {
    const rows = await store.rows(
      `SELECT seq FROM outbox_message WHERE line_id = ? AND state = 'sending' AND chat_id IN ${marks(part.length)} LIMIT 1`,
      [lineId, ...part],
    )
    if (rows.length > 0) return true
  }
  return false
}
