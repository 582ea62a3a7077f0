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
import { groupByLine, inTerms, runGroups, whereByLine } from '../engine/pieces.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
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
): Promise<ResolvedStatuses> {
  const resolver = new StatusResolver(await readCandidates(runner, updates))
  const events = new Map(
    updates.map((update) => [
      update,
      resolver.resolve(update.lineId, update.events, update.statuses ?? []),
    ]),
  )
  const { changes } = resolver
  const { confirmed } = changes
  return { events, confirmed, statements: writeChanges(runner, changes, now) }
}

interface ResolvedStatuses extends Pick<StatusChanges, 'confirmed'> {
  readonly events: ReadonlyMap<NewUpdate, readonly NewEvent[]>
  readonly statements: Statement[]
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
  const [ofIds, ofReferences, ofChats] = await runGroups(runner, [
    selectById(all),
    selectByReference(all),
    selectByChat(all),
  ])
  return {
    byId: ((ofIds?.rows ?? []) as ReceiptRow[]).map((row) => ({
      ...toTracked(row),
      messageId: row.message_id,
    })),
    byReference: ((ofReferences?.rows ?? []) as ReferencedRow[]).map((row) => ({
      ...toTracked(row),
      early: readEarly(row.early),
    })),
    byChat: ((ofChats?.rows ?? []) as ChatRow[]).map((row) => ({
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

function selectById(all: readonly OfLine[]): Statement[] {
  const ids = groupByLine(all, lineOf, ({ messageIds }) => messageIds)
  return whereByLine('message_id', ids, 'r.').map(({ sql, bindings }) => ({
    sql: `SELECT r.line_id, r.message_id, r.seq, m.chat_id, m.state, m.portal_key FROM outbox_receipt r
      JOIN outbox_message m ON m.line_id = r.line_id AND m.seq = r.seq WHERE ${sql}
      ORDER BY r.line_id, r.message_id, r.seq`,
    bindings,
  }))
}

function selectByReference(all: readonly OfLine[]): Statement[] {
  const seqs = groupByLine(all, lineOf, ({ reference }) => (reference ? [reference.seq] : []))
  return whereByLine('seq', seqs).map(({ sql, bindings }) => ({
    sql: `SELECT line_id, seq, chat_id, state, portal_key, early FROM outbox_message WHERE ${sql}`,
    bindings,
  }))
}

/**
 * A chat's messages whose state can still go up. Found by the chat and not by the state: a channel that never says what was
 * read leaves a line's messages in `sent` by the thousand.
 */
function selectByChat(all: readonly OfLine[]): Statement[] {
  const latest = new Map<string, readonly [lineId: number, chatId: string, until: number]>()
  for (const { lineId, watermark } of all) {
    if (!watermark) continue
    const { chatId, until } = watermark
    const key = `${lineId}:${chatId}`
    if (until > (latest.get(key)?.[2] ?? 0)) latest.set(key, [lineId, chatId, until])
  }
  return inTerms([...latest.values()], 3).map((part) => ({
    sql: `SELECT line_id, seq, state, portal_key, chat_id, sent_at, message_ids FROM outbox_message
      WHERE (${part.map(() => '(line_id = ? AND chat_id = ? AND sent_at <= ?)').join(' OR ')})
      AND kind = 'send' AND state IN ('sent', 'delivered') ORDER BY line_id, seq`,
    bindings: part.flat(),
  }))
}

function lineOf({ lineId }: OfLine): number {
  return lineId
}

function writeChanges(
  runner: StatementRunner,
  { raised, early, found }: StatusChanges,
  now: number,
): Statement[] {
  return [
    ...writeRaised(raised, now),
    ...early.map((one) => ({
      sql: 'UPDATE outbox_message SET early = ? WHERE line_id = ? AND seq = ?',
      bindings: [writeEarly(one.early), one.lineId, one.seq],
    })),
    ...insertReceipts(runner, found, now),
  ]
}

/** Most messages of a request are raised to the same state: they are written together. */
function writeRaised(raised: StatusChanges['raised'], now: number): Statement[] {
  const alike = Map.groupBy(raised, ({ state, error }) => JSON.stringify([state, error]))
  return [...alike.values()].flatMap((messages) => {
    const [first] = messages
    if (!first) return []
    const seqs = groupByLine(
      messages,
      (one) => one.lineId,
      ({ seq }) => [seq],
    )
    return whereByLine('seq', seqs).map(({ sql, bindings }) => ({
      sql: `UPDATE outbox_message SET state = ?, error_code = ?, error_message = ?, updated_at = ? WHERE ${sql}`,
      bindings: [first.state, ...errorValues(first.error), now, ...bindings],
    }))
  })
}
