import type { OutboundStatus } from '../core/event.ts'
import { outId } from '../core/ids.ts'
import type { NewEvent, NewUpdate } from './inbox-append.ts'
import type { OutboxState } from './outbox.ts'
import type { Statement, StatementRunner } from './short-transaction.ts'
import { marks } from './sql.ts'

/** A `message.status` event among the events of an update: what the channel tells of messages that were sent. */
export interface ChannelStatus {
  /** Which of the update's events it is. */
  readonly index: number
  readonly status: OutboundStatus
  readonly messageIds: readonly string[]
}

interface ReceiptRow {
  line_id: number
  message_id: string
  seq: number
  state: OutboxState
  portal_key: string | null
}

/** Statuses only climb: a late `delivered` never hides `read`, and what was read can't fail any more. */
const RANK: Readonly<Record<OutboxState, number>> = {
  queued: 0,
  sending: 0,
  sent: 1,
  delivered: 2,
  read: 3,
  failed: 4,
}
const STATE_OF: Readonly<Record<OutboundStatus, Exclude<OutboxState, 'queued' | 'sending'>>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  noAccount: 'failed',
}

/**
 * Finds the messages that channels' statuses are about. Each becomes an event of its own with `out` and `key`; one that
 * says nothing new is left out. Ids that the hub did not send stay in an event without `out`. Gives the events of each
 * update as they are to be stored. The rows of `inbox_line` of all the updates must be locked: that is what puts statuses
 * in order.
 */
export async function resolveStatuses(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
  now: number,
): Promise<{ events: ReadonlyMap<NewUpdate, readonly NewEvent[]>; statements: Statement[] }> {
  const receipts = await readReceipts(runner, updates)
  const climb = new Climb(receipts, now)
  const events = new Map(
    updates.map((update) => [update, climb.resolve(update, update.statuses ?? [])]),
  )
  return { events, statements: climb.statements() }
}

async function readReceipts(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
): Promise<ReceiptRow[]> {
  const wanted = updates.flatMap(({ lineId, statuses = [] }) => {
    const ids = statuses.flatMap(({ messageIds }) => messageIds)
    return ids.length > 0 ? [{ lineId, ids }] : []
  })
  if (wanted.length === 0) return []
  const [found] = await runner.batch([
    {
      sql: `SELECT r.line_id, r.message_id, r.seq, m.state, m.portal_key FROM outbox_receipt r
        JOIN outbox_message m ON m.line_id = r.line_id AND m.seq = r.seq
        WHERE ${wanted.map(({ ids }) => `(r.line_id = ? AND r.message_id IN ${marks(ids.length)})`).join(' OR ')}`,
      bindings: wanted.flatMap(({ lineId, ids }) => [lineId, ...ids]),
    },
  ])
  return (found?.rows ?? []) as ReceiptRow[]
}

interface Known {
  readonly lineId: number
  readonly seq: number
  readonly key: string | null
  state: OutboxState
  isChanged: boolean
}

class Climb {
  readonly #now: number
  readonly #byMessageId = new Map<string, Known>()

  constructor(rows: readonly ReceiptRow[], now: number) {
    this.#now = now
    const bySeq = new Map<string, Known>()
    for (const { line_id: lineId, message_id: messageId, seq, state, portal_key: key } of rows) {
      const known = bySeq.get(`${lineId}:${seq}`) ?? { lineId, seq, key, state, isChanged: false }
      bySeq.set(`${lineId}:${seq}`, known)
      this.#byMessageId.set(`${lineId}:${messageId}`, known)
    }
  }

  resolve({ lineId, events }: NewUpdate, statuses: readonly ChannelStatus[]): NewEvent[] {
    const byIndex = new Map(statuses.map((status) => [status.index, status]))
    return events.flatMap((event, index) => {
      const status = byIndex.get(index)
      return status ? this.#split(lineId, event, status) : [event]
    })
  }

  /** One event per message of ours, and one for the ids that nobody knows. */
  #split(lineId: number, event: NewEvent, { status, messageIds }: ChannelStatus): NewEvent[] {
    const groups = new Map<Known | undefined, string[]>()
    for (const id of messageIds) {
      const known = this.#byMessageId.get(`${lineId}:${id}`)
      const group = groups.get(known)
      if (group) group.push(id)
      else groups.set(known, [id])
    }
    return [...groups].flatMap(([known, ids]) => {
      if (known === undefined) return [withFields(event, { messageIds: ids })]
      const next = STATE_OF[status]
      const isFailureOfSeen = next === 'failed' && RANK[known.state] >= RANK.delivered
      if (RANK[next] <= RANK[known.state] || isFailureOfSeen) return []
      known.state = next
      known.isChanged = true
      const out = outId(lineId, known.seq)
      const key = known.key === null ? {} : { key: known.key }
      return [withFields(event, { messageIds: ids, out, ...key })]
    })
  }

  statements(): Statement[] {
    const changed = new Set([...this.#byMessageId.values()].filter(({ isChanged }) => isChanged))
    return [...changed].map(({ lineId, seq, state }) => ({
      sql: 'UPDATE outbox_message SET state = ?, updated_at = ? WHERE line_id = ? AND seq = ?',
      bindings: [state, this.#now, lineId, seq],
    }))
  }
}

function withFields(event: NewEvent, fields: object): NewEvent {
  return {
    ...event,
    payload: JSON.stringify({ ...(JSON.parse(event.payload) as object), ...fields }),
  }
}
