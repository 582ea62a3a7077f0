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

/**
 * Those of a line's chats to which a message is being handed to the channel at this moment. Asked chat by chat, where what has no
 * time of sending is what waits: a line may have any number of other messages.
 */
export async function chatsBeingSentTo(
  store: Store,
  lineId: number,
  chatIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const sending = new Set<string>()
  for (const part of inPieces([...new Set(chatIds)], 1)) {
    const rows = await store.rows<{ chat_id: string }>(
      `SELECT chat_id FROM outbox_message WHERE line_id = ? AND chat_id IN ${marks(part.length)} AND sent_at IS NULL
       AND state = 'sending'`,
      [lineId, ...part],
    )
    for (const { chat_id: chatId } of rows) sending.add(chatId)
  }
  return sending
}
