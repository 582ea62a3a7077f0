import { type EarlyStatus, partsTaken, readEarly } from '../../core/early-statuses.ts'
import { given } from '../../core/given.ts'
import { amendStatus, type NewEvent, type SendError } from '../../core/stored-event.ts'
import { forUpdate, orderedJoin } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { prepareAppend } from '../inbox/append.ts'
import { LANE_NUMBER, type OutboxMessage, type OutboxRow, toMessage } from './messages.ts'
import { lockInboxes, type SendSettlement, settled, writeSettled } from './settle.ts'

/** So many at a time: the rest is found by the next look. */
const LIMIT = 500

/** Messages queued before `before` whose line no process holds, oldest first. */
export async function findExpired(store: Store, before: number): Promise<OutboxMessage[]> {
  const found: OutboxMessage[] = []
  // From the messages to their lines, and each lane apart: only then does an index give them in order.
  const join = orderedJoin(store)
  for (const lane of Object.values(LANE_NUMBER)) {
    const rows = await store.rows<OutboxRow>(
      `SELECT m.* FROM outbox_message m ${join} outbox_line l ON l.line_id = m.line_id
       WHERE m.pile = ? AND m.created_at < ? AND l.owner IS NULL ORDER BY m.created_at LIMIT ?`,
      [lane, before, LIMIT],
    )
    found.push(...rows.map(toMessage))
  }
  return found.sort((a, b) => a.createdAt - b.createdAt).slice(0, LIMIT)
}

/**
 * Ends one of them, and tells its portal in the same commit: it has failed, or it was sent if a status of it has come since
 * a try whose answer was lost. False if a process has taken the line meanwhile.
 */
export async function expireMessage(
  store: Store,
  message: ExpiredMessage,
  end: Expiry,
  now: number,
): Promise<boolean> {
  const { lineId, seq } = message
  return await store.shortTransaction(async (runner) => {
    const [free, , open] = await runner.batch([
      {
        sql: `SELECT line_id FROM outbox_line WHERE line_id = ? AND owner IS NULL${forUpdate(runner)}`,
        bindings: [lineId],
      },
      lockInboxes(runner, [lineId]),
      {
        sql: `SELECT early FROM outbox_message WHERE line_id = ? AND seq = ? AND state IN ('queued', 'sending')`,
        bindings: [lineId, seq],
      },
    ])
    const [row] = (open?.rows ?? []) as { early: string | null }[]
    if (free?.rows.length !== 1 || !row) return { statements: [], value: false }
    const early = readEarly(row.early)
    const one = settled(toSettlement(message, early, end, now), early)
    const { events } = one
    const append =
      events.length > 0
        ? await prepareAppend(runner, [{ lineId, events }], undefined, now)
        : undefined
    const statements = [...writeSettled(runner, [one], now), ...(append?.statements ?? [])]
    return { statements, value: true }
  })
}

type ExpiredMessage = Pick<OutboxMessage, 'lineId' | 'seq' | 'parts' | 'isUncertain' | 'key'>

interface Expiry {
  readonly error: SendError
  /** The `message.status` for the portal, which says that it failed. */
  readonly status?: NewEvent
}

function toSettlement(
  { lineId, seq, parts, isUncertain, key }: ExpiredMessage,
  early: readonly EarlyStatus[],
  { error, status }: Expiry,
  now: number,
): SendSettlement {
  const ending = { lineId, seq, dueAt: now, ...given({ key }) }
  if (early.length === 0) {
    return { ...ending, state: 'failed', isUncertain, parts, error, ...given({ status }) }
  }
  const sent = [...parts, ...partsTaken(early, parts.length + 1)]
  const sentStatus = status && {
    status: amendStatus(status, {
      status: 'sent',
      messageIds: sent.flat(),
      uncertain: true,
      withoutError: true,
    }),
  }
  // A message of several parts may lack the last ones, so it stays uncertain.
  return { ...ending, state: 'sent', isUncertain: true, parts: sent, ...sentStatus }
}
