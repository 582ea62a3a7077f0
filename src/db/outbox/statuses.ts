import { readEarly, writeEarly } from '../../core/early-statuses.ts'
import { given } from '../../core/given.ts'
import {
  type CandidateMessages,
  type StatusChanges,
  StatusResolver,
  type TrackedMessage,
} from '../../core/status-resolver.ts'
import type { ChannelStatus, OutboxState } from '../../core/statuses.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { NewUpdate } from '../inbox/new-update.ts'
import { errorValues, insertReceipts } from './rows.ts'

/**
 * Finds the messages that channels' statuses are about. Gives the events of each update as they are to be stored, and the
 * statements that write down what has changed of the messages. The rows of `inbox_line` of all the updates must be locked:
 * that is what puts statuses in order.
 */
export async function resolveStatuses(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
  now: number,
): Promise<{ events: ReadonlyMap<NewUpdate, readonly NewEvent[]>; statements: Statement[] }> {
  const resolver = new StatusResolver(await readCandidates(runner, updates))
  const events = new Map(
    updates.map((update) => [
      update,
      resolver.resolve(update.lineId, update.events, update.statuses ?? []),
    ]),
  )
  return { events, statements: writeChanges(runner, resolver.changes, now) }
}

interface MessageRow {
  line_id: number
  seq: number
  chat_id: string
  state: OutboxState
  portal_key: string | null
}

type ReceiptRow = MessageRow & { message_id: string }
type ReferencedRow = MessageRow & { early: string | null }
/** `message_ids` is JSON: the channel's ids, part by part. */
type ChatRow = MessageRow & { sent_at: number; message_ids: string }

/** In one round trip. */
async function readCandidates(
  runner: StatementRunner,
  updates: readonly NewUpdate[],
): Promise<CandidateMessages> {
  const all = updates.flatMap(({ lineId, statuses = [] }) =>
    statuses.map((status) => ({ lineId, ...status })),
  )
  const wanted = [selectById(all), selectByReference(all), selectByChat(all)]
  const statements = wanted.filter((statement) => statement !== undefined)
  const found = statements.length > 0 ? await runner.batch(statements) : []
  const [ofIds = [], ofReferences = [], ofChats = []] = wanted.map((statement) =>
    statement ? (found[statements.indexOf(statement)]?.rows ?? []) : [],
  )
  return {
    byId: (ofIds as ReceiptRow[]).map((row) => ({ ...toTracked(row), messageId: row.message_id })),
    byReference: (ofReferences as ReferencedRow[]).map((row) => ({
      ...toTracked(row),
      early: readEarly(row.early),
    })),
    byChat: (ofChats as ChatRow[]).map((row) => ({
      ...toTracked(row),
      sentAt: row.sent_at,
      messageIds: (JSON.parse(row.message_ids) as string[][]).flat(),
    })),
  }
}

function toTracked(row: MessageRow): TrackedMessage {
  const { line_id: lineId, seq, chat_id: chatId, state, portal_key: key } = row
  return { lineId, seq, chatId, state, ...given({ key }) }
}

type OfLine = ChannelStatus & { readonly lineId: number }

function selectById(all: readonly OfLine[]): Statement | undefined {
  const named = all.filter(({ messageIds }) => messageIds.length > 0)
  if (named.length === 0) return undefined
  return {
    sql: `SELECT r.line_id, r.message_id, r.seq, m.chat_id, m.state, m.portal_key FROM outbox_receipt r
      JOIN outbox_message m ON m.line_id = r.line_id AND m.seq = r.seq
      WHERE ${named.map(({ messageIds }) => `(r.line_id = ? AND r.message_id IN ${marks(messageIds.length)})`).join(' OR ')}`,
    bindings: named.flatMap(({ lineId, messageIds }) => [lineId, ...messageIds]),
  }
}

function selectByReference(all: readonly OfLine[]): Statement | undefined {
  const keys = all.flatMap(({ lineId, reference }) => (reference ? [[lineId, reference.seq]] : []))
  if (keys.length === 0) return undefined
  return {
    sql: `SELECT line_id, seq, chat_id, state, portal_key, early FROM outbox_message
      WHERE ${keys.map(() => '(line_id = ? AND seq = ?)').join(' OR ')}`,
    bindings: keys.flat(),
  }
}

/**
 * A chat's messages whose state can still go up. Found by the chat and not by the state: a channel that never says what was
 * read leaves a line's messages in `sent` by the thousand.
 */
function selectByChat(all: readonly OfLine[]): Statement | undefined {
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

function writeChanges(
  runner: StatementRunner,
  { raised, early, found }: StatusChanges,
  now: number,
): Statement[] {
  return [
    ...raised.map(({ lineId, seq, state, error }) => ({
      sql: `UPDATE outbox_message SET state = ?, error_code = ?, error_message = ?, updated_at = ?
        WHERE line_id = ? AND seq = ?`,
      bindings: [state, ...errorValues(error), now, lineId, seq],
    })),
    ...early.map((one) => ({
      sql: 'UPDATE outbox_message SET early = ? WHERE line_id = ? AND seq = ?',
      bindings: [writeEarly(one.early), one.lineId, one.seq],
    })),
    ...insertReceipts(runner, found, now),
  ]
}
