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
  /** Instead of ids: everything that was sent to the chat until then. */
  readonly watermark?: { readonly chatId: string; readonly until: number }
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
 * says nothing new is left out. Ids that the hub did not send stay in an event without `out`; a watermark tells only of what
 * the hub has sent. Gives the events of each update as they are to be stored. The rows of `inbox_line` of all the updates must be locked: that is what puts statuses
 * in order.
 */
export async function resolveStatuses(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
  now: number,
): Promise<{ events: ReadonlyMap<NewUpdate, readonly NewEvent[]>; statements: Statement[] }> {
  const [receipts, covered] = await readReceipts(runner, updates)
  const climb = new Climb(receipts, covered, now)
  const events = new Map(
    updates.map((update) => [update, climb.resolve(update, update.statuses ?? [])]),
  )
  return { events, statements: climb.statements() }
}

/** Rows of the ids that are named, and those below watermarks. */
async function readReceipts(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
): Promise<[ReceiptRow[], CoveredRow[]]> {
  const named = updates.flatMap(({ lineId, statuses = [] }) => {
    const ids = statuses.flatMap(({ messageIds }) => messageIds)
    return ids.length > 0 ? [{ lineId, ids }] : []
  })
  const below = updates.flatMap(({ lineId, statuses = [] }) =>
    statuses.flatMap(({ watermark }) => (watermark ? [{ lineId, ...watermark }] : [])),
  )
  const statements = [
    ...(named.length > 0 ? [selectNamed(named)] : []),
    ...(below.length > 0 ? [selectCovered(below)] : []),
  ]
  if (statements.length === 0) return [[], []]
  const found = await runner.batch(statements)
  const rows = found.map((result) => result?.rows ?? [])
  const covered = below.length > 0 ? (rows.pop() as CoveredRow[]) : []
  return [(rows[0] ?? []) as ReceiptRow[], covered]
}

function selectNamed(named: readonly { lineId: number; ids: readonly string[] }[]): Statement {
  return {
    sql: `SELECT r.line_id, r.message_id, r.seq, m.state, m.portal_key FROM outbox_receipt r
      JOIN outbox_message m ON m.line_id = r.line_id AND m.seq = r.seq
      WHERE ${named.map(({ ids }) => `(r.line_id = ? AND r.message_id IN ${marks(ids.length)})`).join(' OR ')}`,
    bindings: named.flatMap(({ lineId, ids }) => [lineId, ...ids]),
  }
}

interface CoveredRow {
  line_id: number
  seq: number
  state: OutboxState
  portal_key: string | null
  chat_id: string
  sent_at: number
  /** JSON: the channel's ids, part by part. */
  message_ids: string
}

/**
 * A chat's messages that can still climb. Found by the chat and not by the state: a channel that never tells of reading
 * leaves a line's messages in `sent` by the thousand.
 */
function selectCovered(
  below: readonly { lineId: number; chatId: string; until: number }[],
): Statement {
  return {
    sql: `SELECT line_id, seq, state, portal_key, chat_id, sent_at, message_ids FROM outbox_message
      WHERE ${below.map(() => "(line_id = ? AND chat_id = ? AND sent_at <= ? AND kind = 'send' AND state IN ('sent', 'delivered'))").join(' OR ')}
      ORDER BY line_id, seq`,
    bindings: below.flatMap(({ lineId, chatId, until }) => [lineId, chatId, until]),
  }
}

interface Known {
  readonly lineId: number
  readonly seq: number
  readonly key: string | null
  state: OutboxState
  isChanged: boolean
}

/** A message below a watermark. */
interface Covered {
  readonly known: Known
  readonly chatId: string
  readonly sentAt: number
  readonly messageIds: readonly string[]
}

class Climb {
  readonly #now: number
  readonly #bySeq = new Map<string, Known>()
  readonly #byMessageId = new Map<string, Known>()
  readonly #covered: readonly Covered[]

  constructor(named: readonly ReceiptRow[], covered: readonly CoveredRow[], now: number) {
    this.#now = now
    for (const row of named) {
      this.#byMessageId.set(`${row.line_id}:${row.message_id}`, this.#know(row))
    }
    this.#covered = covered.map((row) => ({
      known: this.#know(row),
      chatId: row.chat_id,
      sentAt: row.sent_at,
      messageIds: (JSON.parse(row.message_ids) as string[][]).flat(),
    }))
  }

  /** One object per message, however many ids and watermarks lead to it. */
  #know(row: Omit<ReceiptRow, 'message_id'>): Known {
    const { line_id: lineId, seq, state, portal_key: key } = row
    const known = this.#bySeq.get(`${lineId}:${seq}`) ?? {
      lineId,
      seq,
      key,
      state,
      isChanged: false,
    }
    this.#bySeq.set(`${lineId}:${seq}`, known)
    return known
  }

  resolve({ lineId, events }: NewUpdate, statuses: readonly ChannelStatus[]): NewEvent[] {
    const byIndex = new Map(statuses.map((status) => [status.index, status]))
    return events.flatMap((event, index) => {
      const status = byIndex.get(index)
      if (!status) return [event]
      return status.watermark
        ? this.#spread(lineId, event, status.status, status.watermark)
        : this.#split(lineId, event, status)
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
    return [...groups].flatMap(([known, ids]) =>
      known ? this.#raise(known, event, status, ids) : [withFields(event, { messageIds: ids })],
    )
  }

  /** One event per message of ours below the watermark. */
  #spread(
    lineId: number,
    event: NewEvent,
    status: OutboundStatus,
    { chatId, until }: NonNullable<ChannelStatus['watermark']>,
  ): NewEvent[] {
    return this.#covered
      .filter((one) => one.known.lineId === lineId && one.chatId === chatId && one.sentAt <= until)
      .flatMap(({ known, messageIds }) => this.#raise(known, event, status, messageIds))
  }

  #raise(
    known: Known,
    event: NewEvent,
    status: OutboundStatus,
    messageIds: readonly string[],
  ): NewEvent[] {
    const next = STATE_OF[status]
    const isFailureOfSeen = next === 'failed' && RANK[known.state] >= RANK.delivered
    if (RANK[next] <= RANK[known.state] || isFailureOfSeen) return []
    known.state = next
    known.isChanged = true
    const out = outId(known.lineId, known.seq)
    const key = known.key === null ? {} : { key: known.key }
    return [withFields(event, { messageIds, out, ...key })]
  }

  statements(): Statement[] {
    const changed = [...this.#bySeq.values()].filter(({ isChanged }) => isChanged)
    return changed.map(({ lineId, seq, state }) => ({
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
