import { type NewEvent, prepareAppend } from './inbox-append.ts'
import { type OutboxMessage, type OutboxRow, toMessage } from './outbox.ts'
import { forUpdate } from './sql.ts'
import type { Store } from './store.ts'

/** So many at a time: the rest is found by the next look. */
const LIMIT = 500

/** Messages queued before `before` whose line no process holds, oldest first. */
export async function findExpired(store: Store, before: number): Promise<OutboxMessage[]> {
  const rows = await store.rows<OutboxRow>(
    `SELECT m.* FROM outbox_message m JOIN outbox_line l ON l.line_id = m.line_id
     WHERE m.created_at < ? AND m.state IN ('queued', 'sending') AND l.owner IS NULL ORDER BY m.created_at LIMIT ?`,
    [before, LIMIT],
  )
  return rows.map(toMessage)
}

/** Fails one of them, together with the news for its portal. False if a process has taken the line meanwhile. */
export async function expireMessage(
  store: Store,
  { lineId, seq }: Pick<OutboxMessage, 'lineId' | 'seq'>,
  end: {
    readonly error: { readonly code: string; readonly message: string }
    readonly news?: NewEvent
  },
  now: number,
): Promise<boolean> {
  return await store.shortTransaction(async (runner) => {
    const [free] = await runner.batch([
      {
        sql: `SELECT line_id FROM outbox_line WHERE line_id = ? AND owner IS NULL${forUpdate(runner)}`,
        bindings: [lineId],
      },
    ])
    const [open] = await runner.batch([
      {
        sql: `SELECT seq FROM outbox_message WHERE line_id = ? AND seq = ? AND state IN ('queued', 'sending')`,
        bindings: [lineId, seq],
      },
    ])
    if (free?.rows.length !== 1 || open?.rows.length !== 1) return { statements: [], value: false }
    const { news, error } = end
    const append =
      news && (await prepareAppend(runner, [{ lineId, events: [news] }], undefined, now))
    return {
      statements: [
        {
          sql: `UPDATE outbox_message SET state = 'failed', error_code = ?, error_message = ?, updated_at = ?
            WHERE line_id = ? AND seq = ?`,
          bindings: [error.code, error.message, now, lineId, seq],
        },
        ...(append?.statements ?? []),
      ],
      value: true,
    }
  })
}
