import { applyEarly, type EarlyStatus, readEarly } from '../../core/early-statuses.ts'
import { given } from '../../core/given.ts'
import { outId } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { OutboxState } from '../../core/statuses.ts'
import type { NewEvent, SendError } from '../../core/stored-event.ts'
import type {
  Finish,
  Statement,
  StatementOutcome,
  StatementRunner,
} from '../engine/short-transaction.ts'
import { lockRows, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { type AppendOutcome, prepareAppend } from '../inbox/append.ts'
import type { OutboxMessage } from './messages.ts'
import { errorValues, insertReceipts, keysOf } from './rows.ts'

export interface SendStart {
  readonly message: Pick<OutboxMessage, 'lineId' | 'seq' | 'chatId'>
  /** It may have reached the channel before. */
  readonly isUncertain: boolean
}

export interface BegunSend {
  /** False if the line is held by another process, or was paused: nothing was marked. */
  readonly isOurs: boolean
  /** What the channel wants back with messages to this chat. */
  readonly conversation?: JsonObject
  /** Statuses of it that have come since an earlier try, whose answer was lost. */
  readonly early?: readonly EarlyStatus[]
}

/** Marks messages as being sent, before a byte of them leaves, and reads what is needed to send them. */
export async function beginSends(
  store: Store,
  token: string,
  starts: readonly SendStart[],
  now: number,
): Promise<BegunSend[]> {
  return await store.shortTransaction((runner) => prepareBegin(runner, token, starts, now), {
    failsWhenLocked: true,
  })
}

async function prepareBegin(
  runner: StatementRunner,
  token: string,
  starts: readonly SendStart[],
  now: number,
): Promise<Finish<BegunSend[]>> {
  const lineIds = starts.map(({ message }) => message.lineId)
  const doubtful = starts.filter(({ isUncertain }) => isUncertain)
  const [locked, found, withEarly] = await runner.batch([
    lockHeld(runner, token, lineIds, 'AND paused_at IS NULL'),
    selectConversations(starts),
    ...(doubtful.length > 0 ? [selectEarly(doubtful)] : []),
  ])
  const early = toEarly(withEarly)
  const held = toHeld(locked)
  const conversations = new Map(
    ((found?.rows ?? []) as ConversationRow[]).map((row) => [
      JSON.stringify([row.line_id, row.chat_id]),
      row.context,
    ]),
  )
  const isOurs = starts.map(({ message }) => held.has(message.lineId))
  const statements = [true, false].flatMap((isUncertain) =>
    markSending(
      starts.filter((start, index) => isOurs[index] && start.isUncertain === isUncertain),
      isUncertain,
      now,
    ),
  )
  const value = starts.map(({ message }, index): BegunSend => {
    const context = conversations.get(JSON.stringify([message.lineId, message.chatId]))
    const conversation = context === undefined ? {} : { conversation: parseObject(context) }
    return {
      isOurs: isOurs[index] === true,
      ...conversation,
      ...given({ early: early.get(`${message.lineId}:${message.seq}`) }),
    }
  })
  return { statements, value }
}

interface ConversationRow {
  line_id: number
  chat_id: string
  context: string
}

function selectConversations(starts: readonly SendStart[]): Statement {
  return {
    sql: `SELECT line_id, chat_id, context FROM conversation
      WHERE ${Array(starts.length).fill('(line_id = ? AND chat_id = ?)').join(' OR ')}`,
    bindings: starts.flatMap(({ message }) => [message.lineId, message.chatId]),
  }
}

interface EarlyRow {
  line_id: number
  seq: number
  early: string | null
}

function selectEarly(starts: readonly SendStart[]): Statement {
  return {
    sql: `SELECT line_id, seq, early FROM outbox_message WHERE ${keysOf(starts.length)} AND early IS NOT NULL`,
    bindings: starts.flatMap(({ message }) => [message.lineId, message.seq]),
  }
}

function toEarly(found: StatementOutcome | undefined): ReadonlyMap<string, EarlyStatus[]> {
  const rows = (found?.rows ?? []) as EarlyRow[]
  return new Map(
    rows.map(({ line_id: lineId, seq, early }) => [`${lineId}:${seq}`, readEarly(early)]),
  )
}

function parseObject(json: string): JsonObject {
  return JSON.parse(json) as JsonObject
}

function markSending(starts: readonly SendStart[], isUncertain: boolean, now: number): Statement[] {
  if (starts.length === 0) return []
  return [
    {
      sql: `UPDATE outbox_message SET state = 'sending', attempt = attempt + 1, uncertain = ?, updated_at = ?
        WHERE ${keysOf(starts.length)}`,
      bindings: [
        isUncertain,
        now,
        ...starts.flatMap(({ message }) => [message.lineId, message.seq]),
      ],
    },
  ]
}

export interface SendSettlement {
  readonly lineId: number
  readonly seq: number
  readonly state: 'queued' | 'sent' | 'failed'
  readonly dueAt: number
  readonly isUncertain: boolean
  /** The channel's ids of each part that was sent. */
  readonly parts: readonly (readonly string[])[]
  /** The portal's own name of the message. */
  readonly key?: string
  /** When the try began: no part of it was at the channel before. */
  readonly startedAt?: number
  readonly error?: SendError
  /** The `message.status` for the portal, where the send has come to its end. */
  readonly status?: NewEvent
}

export interface SettleOutcome {
  /** For each: was its line still ours? Of the others nothing was written. */
  readonly isOurs: readonly boolean[]
  /** Lines with statuses for the communications. */
  readonly followed: ReadonlySet<number>
}

/**
 * Writes how sends ended, and the statuses for their portals with it. Repeating it does no harm: what has been settled is
 * passed over.
 */
export async function settleSends(
  store: Store,
  token: string,
  settlements: readonly SendSettlement[],
  now: number,
): Promise<SettleOutcome> {
  return await store.shortTransaction((runner) => prepareSettle(runner, token, settlements, now), {
    isRepeatable: true,
    failsWhenLocked: true,
  })
}

async function prepareSettle(
  runner: StatementRunner,
  token: string,
  settlements: readonly SendSettlement[],
  now: number,
): Promise<Finish<SettleOutcome>> {
  const lineIds = settlements.map(({ lineId }) => lineId)
  const [locked, , found] = await runner.batch([
    lockHeld(runner, token, lineIds),
    // Puts this in order with channels' statuses: those that came first are read here, later ones find the message settled.
    lockInboxes(runner, lineIds),
    {
      sql: `SELECT line_id, seq, early FROM outbox_message WHERE ${keysOf(settlements.length)} AND state = 'sending'`,
      bindings: settlements.flatMap(({ lineId, seq }) => [lineId, seq]),
    },
  ])
  const held = toHeld(locked)
  const open = toEarly(found)
  const ours = settlements
    .filter(({ lineId, seq }) => held.has(lineId) && open.has(`${lineId}:${seq}`))
    .map((settlement) => settled(settlement, open.get(`${settlement.lineId}:${settlement.seq}`)))
  const updates = ours.flatMap(({ settlement: { lineId, seq }, events, isConfirmed }) =>
    events.length > 0 ? [{ lineId, events, ...(isConfirmed ? { confirmed: [seq] } : {}) }] : [],
  )
  const append =
    updates.length > 0 ? await prepareAppend(runner, updates, undefined, now) : undefined
  return {
    statements: [...writeSettled(runner, ours, now), ...(append?.statements ?? [])],
    value: {
      isOurs: settlements.map(({ lineId }) => held.has(lineId)),
      followed: new Set(
        updates.flatMap(({ lineId }, at) => (isFollowed(append, at) ? [lineId] : [])),
      ),
    },
  }
}

function isFollowed(append: Finish<AppendOutcome[]> | undefined, index: number): boolean {
  const outcome = append?.value[index]
  return outcome?.kind === 'appended' && outcome.isFollowed === true
}

/** How a try ended, with the statuses that came before it was settled taken in. */
export interface Settled {
  readonly settlement: SendSettlement
  readonly state: OutboxState
  readonly error?: SendError
  readonly messageIds: readonly string[]
  readonly events: readonly NewEvent[]
  /** The channel has said by a status, too, that it has sent it. */
  readonly isConfirmed?: true
}

export function settled(settlement: SendSettlement, early: readonly EarlyStatus[] = []): Settled {
  const { lineId, seq, state, parts, status, key, error } = settlement
  const events = status ? [status] : []
  const messageIds = parts.flat()
  if (state !== 'sent' || early.length === 0) {
    return { settlement, state, messageIds, events, ...given({ error }) }
  }
  const after = applyEarly(early, { out: outId(lineId, seq), ...given({ key }) })
  return {
    settlement,
    state: after.state,
    ...given({ error: after.error }),
    messageIds: [...new Set([...messageIds, ...early.map(({ id }) => id)])],
    events: [...events, ...after.events],
    ...(early.some(({ status: told }) => told === 'sent') ? { isConfirmed: true } : {}),
  }
}

export function writeSettled(
  runner: StatementRunner,
  all: readonly Settled[],
  now: number,
): Statement[] {
  const receipts = all.flatMap(({ settlement: { state, lineId, seq }, messageIds }) =>
    state === 'sent' ? messageIds.map((messageId) => ({ lineId, messageId, seq })) : [],
  )
  return [...writeSettlements(runner, all, now), ...insertReceipts(runner, receipts, now)]
}

/** Whoever changes messages by channels' statuses holds these rows. */
export function lockInboxes(runner: StatementRunner, lineIds: readonly number[]): Statement {
  const ids = [...new Set(lineIds)].sort((a, b) => a - b)
  return {
    sql: lockRows(
      runner,
      `SELECT line_id FROM inbox_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id`,
    ),
    bindings: ids,
  }
}

/** Which of the lines are held under `token`. Their rows stay locked: a pause or a sweep waits for the end of this. */
function lockHeld(
  runner: StatementRunner,
  token: string,
  lineIds: readonly number[],
  condition = '',
): Statement {
  const ids = [...new Set(lineIds)].sort((a, b) => a - b)
  return {
    sql: lockRows(
      runner,
      `SELECT line_id FROM outbox_line WHERE line_id IN ${marks(ids.length)} AND owner = ? ${condition}
      ORDER BY line_id`,
    ),
    bindings: [...ids, token],
  }
}

function toHeld(locked: StatementOutcome | undefined): ReadonlySet<number> {
  return new Set(((locked?.rows ?? []) as { line_id: number }[]).map((row) => row.line_id))
}

/** What is written of a message, behind its line and number. */
const SETTLED_COLUMNS = [
  'state',
  'due_at',
  'uncertain',
  'message_ids',
  'error_code',
  'error_message',
  'updated_at',
  'sent_at',
] as const

function settledValues({ settlement, state, error }: Settled, now: number): unknown[] {
  return [
    state,
    settlement.dueAt,
    settlement.isUncertain,
    JSON.stringify(settlement.parts),
    ...errorValues(error),
    now,
    // A channel's watermark is compared with this. The channel took the message between the try's beginning and now.
    settlement.state === 'sent' ? (settlement.startedAt ?? now) : null,
  ]
}

/** For MySQL in one statement, which takes a third of the time of one for each; SQLite, in the same process, has none to save. */
function writeSettlements(
  runner: StatementRunner,
  all: readonly Settled[],
  now: number,
): Statement[] {
  if (runner.dialect !== 'mysql' || all.length < 2) {
    return all.map((one) => ({
      sql: `UPDATE outbox_message SET ${SETTLED_COLUMNS.map((column) => `${column} = ?`).join(', ')}
        WHERE line_id = ? AND seq = ?`,
      bindings: [...settledValues(one, now), one.settlement.lineId, one.settlement.seq],
    }))
  }
  const names = ['line_id', 'seq', ...SETTLED_COLUMNS]
  const first = `SELECT ${names.map((name) => `? AS ${name}`).join(', ')}`
  const others = ` UNION ALL SELECT ${names.map(() => '?').join(', ')}`
  return [
    {
      // In this order and by this key: a small table would be read from end to end, and other rows' locks waited for.
      sql: `UPDATE (${first}${others.repeat(all.length - 1)}) s STRAIGHT_JOIN outbox_message m FORCE INDEX (PRIMARY)
        ON m.line_id = s.line_id AND m.seq = s.seq
        SET ${SETTLED_COLUMNS.map((column) => `m.${column} = s.${column}`).join(', ')}`,
      bindings: all.flatMap((one) => [
        one.settlement.lineId,
        one.settlement.seq,
        ...settledValues(one, now),
      ]),
    },
  ]
}
