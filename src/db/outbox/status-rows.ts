import type { OutboxState } from '../../core/statuses.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { NewUpdate } from '../inbox/append.ts'
import type { ChannelStatus } from './statuses.ts'

export interface MessageRow {
  line_id: number
  seq: number
  chat_id: string
  state: OutboxState
  portal_key: string | null
}

/** A message by one of the ids that its channel has given it. */
export interface ReceiptRow extends MessageRow {
  message_id: string
}

/** A message by what the channel gives back of the hub's own. */
export interface ReferencedRow extends MessageRow {
  early: string | null
}

/** A message below a watermark. */
export interface CoveredRow extends MessageRow {
  sent_at: number
  /** JSON: the channel's ids, part by part. */
  message_ids: string
}

/** The messages that statuses may be about. */
export interface StatusRows {
  readonly named: readonly ReceiptRow[]
  readonly referenced: readonly ReferencedRow[]
  readonly covered: readonly CoveredRow[]
}

/** In one round trip. */
export async function readStatusRows(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
): Promise<StatusRows> {
  const all = updates.flatMap(({ lineId, statuses = [] }) =>
    statuses.map((status) => ({ lineId, ...status })),
  )
  const named = selectNamed(all.filter(({ messageIds }) => messageIds.length > 0))
  const referenced = selectReferenced(all)
  const covered = selectCovered(all)
  const wanted = [named, referenced, covered]
  const statements = wanted.filter((statement) => statement !== undefined)
  if (statements.length === 0) return { named: [], referenced: [], covered: [] }
  const found = await runner.batch(statements)
  const [ofIds = [], ofReferences = [], ofWatermarks = []] = wanted.map((statement) =>
    statement ? (found[statements.indexOf(statement)]?.rows ?? []) : [],
  )
  return {
    named: ofIds as ReceiptRow[],
    referenced: ofReferences as ReferencedRow[],
    covered: ofWatermarks as CoveredRow[],
  }
}

type OfLine = ChannelStatus & { readonly lineId: number }

function selectNamed(named: readonly OfLine[]): Statement | undefined {
  if (named.length === 0) return undefined
  return {
    sql: `SELECT r.line_id, r.message_id, r.seq, m.chat_id, m.state, m.portal_key FROM outbox_receipt r
      JOIN outbox_message m ON m.line_id = r.line_id AND m.seq = r.seq
      WHERE ${named.map(({ messageIds }) => `(r.line_id = ? AND r.message_id IN ${marks(messageIds.length)})`).join(' OR ')}`,
    bindings: named.flatMap(({ lineId, messageIds }) => [lineId, ...messageIds]),
  }
}

function selectReferenced(all: readonly OfLine[]): Statement | undefined {
  const keys = all.flatMap(({ lineId, reference }) => (reference ? [[lineId, reference.seq]] : []))
  if (keys.length === 0) return undefined
  return {
    sql: `SELECT line_id, seq, chat_id, state, portal_key, early FROM outbox_message
      WHERE ${keys.map(() => '(line_id = ? AND seq = ?)').join(' OR ')}`,
    bindings: keys.flat(),
  }
}

/**
 * A chat's messages that can still climb. Found by the chat and not by the state: a channel that never tells of reading
 * leaves a line's messages in `sent` by the thousand.
 */
function selectCovered(all: readonly OfLine[]): Statement | undefined {
  const below = all.flatMap(({ lineId, watermark }) =>
    watermark ? [[lineId, watermark.chatId, watermark.until]] : [],
  )
  if (below.length === 0) return undefined
  return {
    sql: `SELECT line_id, seq, state, portal_key, chat_id, sent_at, message_ids FROM outbox_message
      WHERE ${below.map(() => "(line_id = ? AND chat_id = ? AND sent_at <= ? AND kind = 'send' AND state IN ('sent', 'delivered'))").join(' OR ')}
      ORDER BY line_id, seq`,
    bindings: below.flat(),
  }
}
