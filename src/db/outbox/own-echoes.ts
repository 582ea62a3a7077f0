import type { NewEvent } from '../../core/stored-event.ts'
import { groupByLine, inPieces, runGroups, whereByLine } from '../engine/pieces.ts'
import type { StatementRunner } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import type { NewUpdate } from '../inbox/new-update.ts'

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
  const wheres = whereByLine('message_id', ids)
  const [found] = await runGroups(runner, [
    wheres.map(({ sql, bindings }) => ({
      sql: `SELECT line_id, message_id FROM outbox_receipt WHERE ${sql}`,
      bindings,
    })),
  ])
  const rows = (found?.rows ?? []) as { line_id: number; message_id: string }[]
  const own = new Set(rows.map((row) => `${row.line_id}:${row.message_id}`))
  const echoes = updates.flatMap(({ lineId, events, outgoing = [] }) =>
    outgoing.flatMap(({ index, messageId }) => {
      const event = events[index]
      return event && own.has(`${lineId}:${messageId}`) ? [event] : []
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
