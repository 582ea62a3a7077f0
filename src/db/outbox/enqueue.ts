import { nextSeq } from '../../core/ids.ts'
import { type LineStatus, takesUpdates } from '../../core/line.ts'
import { isSamePayload } from '../../core/written-message.ts'
import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows, markRows, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { insertCommEvent, stirLines } from '../inbox/followed.ts'
import { LANE_NUMBER, type OutboxKind, type OutboxLane } from './messages.ts'

export interface NewOutboxMessage {
  readonly lineId: number
  readonly chatId: string
  readonly kind: OutboxKind
  /** JSON of what to send. */
  readonly payload: string
  readonly lane: OutboxLane
  /** The portal's own name of the message. */
  readonly key?: string
}

/** `refused`: the line has gone (no status) or isn't connected. */
export type EnqueueOutcome =
  | {
      readonly kind: 'queued'
      readonly seq: number
      /** It was queued before, under the same key. */
      readonly isRepeat?: true
      /** The communications of its line are to look at it. */
      readonly isFollowed?: true
    }
  /** The portal has used the key for something else in the last 24 h. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'refused'; readonly status?: LineStatus }

interface KeyedRow {
  line_id: number
  seq: number
  portal_key: string | null
  created_at: number
  chat_id: string
  kind: OutboxKind
  payload: string
}

/** A message that was queued under a key before. */
type Earlier = Pick<NewOutboxMessage, 'chatId' | 'kind' | 'payload'> & { readonly seq: number }

/** How long a portal's key makes a repeated call harmless. */
const KEY_LIFE_MS = 24 * 3600 * 1000

/**
 * Queues messages; the row of their line is locked, so numbers follow the order of commits. Gives the number of each: of
 * the earlier message where the portal's key was used before for the same. A line that isn't connected any more takes none.
 */
export async function enqueueMessages(
  store: Store,
  messages: readonly NewOutboxMessage[],
  now: number,
): Promise<EnqueueOutcome[]> {
  return await store.shortTransaction((runner) => prepareEnqueue(runner, messages, now), {
    failsWhenLocked: true,
  })
}

async function prepareEnqueue(
  runner: StatementRunner,
  messages: readonly NewOutboxMessage[],
  now: number,
): Promise<Finish<EnqueueOutcome[]>> {
  // The statuses behind the lock: who connects or disconnects a line locks its outbox first.
  const [locked, lines, keyed] = await runner.batch([
    lockTails(runner, messages),
    selectStatuses(messages),
    ...selectKeys(messages),
  ])
  const states = new Map(((lines?.rows ?? []) as LineRow[]).map((row) => [row.id, row]))
  const tails = new Map(((locked?.rows ?? []) as TailRow[]).map((row) => [row.line_id, row.seq]))
  const { earlierByKey, statements } = readKeys((keyed?.rows ?? []) as KeyedRow[], now)
  const inserts: unknown[][] = []
  const told: NewOutboxMessage[] = []
  const value = messages.map((message): EnqueueOutcome => {
    const refusal = refuse(tails.has(message.lineId), states.get(message.lineId)?.status)
    if (refusal) return refusal
    const key = message.key === undefined ? undefined : keyOf(message.lineId, message.key)
    const earlier = key === undefined ? undefined : earlierByKey.get(key)
    if (earlier) return repeat(earlier, message)
    const seq = nextSeq(tails.get(message.lineId) ?? 0, now)
    tails.set(message.lineId, seq)
    if (key !== undefined) earlierByKey.set(key, { ...message, seq })
    inserts.push(toInsert(message, seq, now))
    if (!isToldOf(message, states)) return { kind: 'queued', seq }
    told.push(message)
    return { kind: 'queued', seq, isFollowed: true }
  })
  return {
    statements: [
      ...statements,
      ...insertMessages(inserts),
      ...moveTails(tails, now),
      ...tellCommunications(told, now),
    ],
    value,
  }
}

/** Written by a person of the company: what the hub sends by itself is in the other lane. */
export function isOfOperator({ lane, kind }: Pick<NewOutboxMessage, 'lane' | 'kind'>): boolean {
  return lane === 'dialogue' && kind === 'send'
}

/** Are the communications of its line told of it? */
function isToldOf(message: NewOutboxMessage, lines: ReadonlyMap<number, LineRow>): boolean {
  return isOfOperator(message) && Boolean(lines.get(message.lineId)?.is_followed)
}

function tellCommunications(messages: readonly NewOutboxMessage[], now: number): Statement[] {
  const events = messages.map(({ lineId, chatId }) =>
    insertCommEvent({ lineId, type: 'operator.message', chatId, payload: '{}' }, now),
  )
  return [...events, ...stirLines(new Set(messages.map(({ lineId }) => lineId)), now)]
}

/** What a message gets whose key was used before. */
function repeat(earlier: Earlier, message: NewOutboxMessage): EnqueueOutcome {
  if (!isSame(earlier, message)) return { kind: 'key-reused' }
  return { kind: 'queued', seq: earlier.seq, isRepeat: true }
}

function isSame(earlier: Earlier, message: NewOutboxMessage): boolean {
  const isAddressedAlike = earlier.chatId === message.chatId && earlier.kind === message.kind
  return isAddressedAlike && isSamePayload(earlier.payload, message.payload)
}

interface LineRow {
  id: number
  status: LineStatus
  is_followed: number | null
}

function refuse(
  isThere: boolean,
  status: LineStatus | undefined,
): Extract<EnqueueOutcome, { kind: 'refused' }> | undefined {
  if (!isThere) return { kind: 'refused' }
  return status === undefined || takesUpdates(status) ? undefined : { kind: 'refused', status }
}

function selectStatuses(messages: readonly NewOutboxMessage[]): Statement {
  const ids = lineIdsOf(messages)
  return {
    sql: `SELECT l.id, l.status, i.is_followed FROM line l LEFT JOIN inbox_line i ON i.line_id = l.id
      WHERE l.id IN ${marks(ids.length)}`,
    bindings: ids,
  }
}

function lineIdsOf(messages: readonly NewOutboxMessage[]): number[] {
  return [...new Set(messages.map(({ lineId }) => lineId))].sort((a, b) => a - b)
}

interface TailRow {
  line_id: number
  seq: number
}

function lockTails(runner: StatementRunner, messages: readonly NewOutboxMessage[]): Statement {
  const ids = lineIdsOf(messages)
  return {
    sql: lockRows(
      runner,
      `SELECT line_id, seq FROM outbox_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id`,
    ),
    bindings: ids,
  }
}

function selectKeys(messages: readonly NewOutboxMessage[]): Statement[] {
  const keyed = messages.filter((message) => message.key !== undefined)
  if (keyed.length === 0) return []
  return [
    {
      sql: `SELECT line_id, seq, portal_key, created_at, chat_id, kind, payload FROM outbox_message
        WHERE ${keyed.map(() => '(line_id = ? AND portal_key = ?)').join(' OR ')}`,
      bindings: keyed.flatMap(({ lineId, key }) => [lineId, key]),
    },
  ]
}

/** What the keys that still count stand for; keys that have had their time are given up. */
function readKeys(
  rows: readonly KeyedRow[],
  now: number,
): { earlierByKey: Map<string, Earlier>; statements: Statement[] } {
  const earlierByKey = new Map<string, Earlier>()
  const statements: Statement[] = []
  for (const row of rows) {
    if (row.created_at > now - KEY_LIFE_MS) {
      const { seq, chat_id: chatId, kind, payload } = row
      earlierByKey.set(keyOf(row.line_id, row.portal_key ?? ''), { seq, chatId, kind, payload })
    } else {
      statements.push({
        sql: 'UPDATE outbox_message SET portal_key = NULL WHERE line_id = ? AND seq = ?',
        bindings: [row.line_id, row.seq],
      })
    }
  }
  return { earlierByKey, statements }
}

function keyOf(lineId: number, key: string): string {
  return `${lineId}:${key}`
}

function toInsert(message: NewOutboxMessage, seq: number, now: number): unknown[] {
  const { lineId, chatId, kind, lane, payload, key = null } = message
  return [lineId, seq, chatId, kind, LANE_NUMBER[lane], payload, key, 'queued', now, now, now]
}

function insertMessages(rows: readonly unknown[][]): Statement[] {
  if (rows.length === 0) return []
  return [
    {
      sql: `INSERT INTO outbox_message (line_id, seq, chat_id, kind, lane, payload, portal_key, state, due_at, created_at,
        updated_at) VALUES ${markRows(rows.length, 11)}`,
      bindings: rows.flat(),
    },
  ]
}

function moveTails(tails: ReadonlyMap<number, number>, now: number): Statement[] {
  return [...tails].map(([lineId, seq]) => ({
    sql: `UPDATE outbox_line SET seq = ?,
      due_at = CASE WHEN owner IS NULL AND paused_at IS NULL AND (due_at IS NULL OR due_at > ?) THEN ? ELSE due_at END
      WHERE line_id = ?`,
    bindings: [seq, now, now, lineId],
  }))
}
