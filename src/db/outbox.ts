import { appendWithin, type NewEvent } from './inbox-append.ts'
import { forUpdate, marks } from './sql.ts'
import type { Store, Transaction } from './store.ts'

export type OutboxKind = 'send' | 'update' | 'delete'
export type OutboxState = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

export interface OutboxMessage {
  readonly lineId: number
  readonly seq: number
  readonly chatId: string
  readonly kind: OutboxKind
  readonly payload: string
  readonly key?: string
  readonly state: OutboxState
  /** Sends begun so far. */
  readonly attempt: number
  /** It may have reached the channel already. */
  readonly isUncertain: boolean
  readonly dueAt: number
  readonly messageIds: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
  readonly createdAt: number
}

interface OutboxRow {
  line_id: number
  seq: number
  chat_id: string
  kind: OutboxKind
  payload: string
  portal_key: string | null
  state: OutboxState
  attempt: number
  uncertain: number
  due_at: number
  message_ids: string | null
  error_code: string | null
  error_message: string | null
  created_at: number
}

/** Takes up to `limit` lines that have messages due, for `token`. Paused lines aren't due. */
export async function claimDueOutbox(
  store: Store,
  token: string,
  limit: number,
  now: number,
): Promise<number[]> {
  const due = await store.rows<{ line_id: number }>(
    'SELECT line_id FROM outbox_line WHERE due_at <= ? ORDER BY due_at LIMIT ?',
    [now, limit],
  )
  if (due.length === 0) return []
  const ids = due.map((row) => row.line_id).sort((a, b) => a - b)
  return await store.transaction(async (trx) => {
    await trx.run(
      `UPDATE outbox_line SET owner = ?, due_at = NULL
       WHERE line_id IN ${marks(ids.length)} AND owner IS NULL AND paused_at IS NULL AND due_at <= ?
       AND EXISTS (SELECT 1 FROM hub_process WHERE token = ? AND state = 'live')`,
      [token, ...ids, now, token],
    )
    const rows = await trx.rows<{ line_id: number }>(
      `SELECT line_id FROM outbox_line WHERE line_id IN ${marks(ids.length)} AND owner = ?`,
      [...ids, token],
    )
    return rows.map((row) => row.line_id)
  })
}

/** Unfinished messages of a line in order, without those of `exceptChats`. */
export async function readOutbox(
  store: Store,
  lineId: number,
  exceptChats: readonly string[],
  limit: number,
): Promise<OutboxMessage[]> {
  const except = exceptChats.length === 0 ? '' : ` AND chat_id NOT IN ${marks(exceptChats.length)}`
  const rows = await store.rows<OutboxRow>(
    `SELECT * FROM outbox_message WHERE line_id = ? AND state IN ('queued', 'sending')${except}
     ORDER BY seq LIMIT ?`,
    [lineId, ...exceptChats, limit],
  )
  return rows.map(toMessage)
}

/** Marks a message as being sent, before a byte of it leaves. False if the line isn't ours any more. */
export async function beginSend(
  store: Store,
  token: string,
  message: Pick<OutboxMessage, 'lineId' | 'seq'>,
  isUncertain: boolean,
  now: number,
): Promise<boolean> {
  const { changes } = await store.run(
    `UPDATE outbox_message SET state = 'sending', attempt = attempt + 1, uncertain = ?, updated_at = ?
     WHERE line_id = ? AND seq = ? AND state IN ('queued', 'sending')
     AND EXISTS (SELECT 1 FROM outbox_line WHERE outbox_line.line_id = ? AND owner = ?)`,
    [isUncertain, now, message.lineId, message.seq, message.lineId, token],
  )
  return changes > 0
}

export interface SendSettlement {
  readonly lineId: number
  readonly seq: number
  readonly state: 'queued' | 'sent' | 'failed'
  readonly dueAt: number
  readonly isUncertain: boolean
  readonly messageIds: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
  /** What the portal is told: a `message.status` event. */
  readonly news?: NewEvent
}

/**
 * Writes how sends ended, together with what their portals are told of it. False for those whose line isn't ours any
 * more: of them nothing is written.
 */
export async function settleSends(
  store: Store,
  token: string,
  settlements: readonly SendSettlement[],
  now: number,
): Promise<boolean[]> {
  const ids = [...new Set(settlements.map(({ lineId }) => lineId))].sort((a, b) => a - b)
  return await store.transaction(async (trx) => {
    const rows = await trx.rows<{ line_id: number }>(
      `SELECT line_id FROM outbox_line WHERE line_id IN ${marks(ids.length)} AND owner = ?
       ORDER BY line_id${forUpdate(trx)}`,
      [...ids, token],
    )
    const held = new Set(rows.map((row) => row.line_id))
    const ours = settlements.filter(({ lineId }) => held.has(lineId))
    for (const settlement of ours) await writeSettlement(trx, settlement, now)
    const news = ours.flatMap(({ lineId, news }) => (news ? [{ lineId, events: [news] }] : []))
    if (news.length > 0) await appendWithin(trx, news, undefined, now)
    return settlements.map(({ lineId }) => held.has(lineId))
  })
}

async function writeSettlement(
  trx: Transaction,
  settlement: SendSettlement,
  now: number,
): Promise<void> {
  const { error } = settlement
  await trx.run(
    `UPDATE outbox_message SET state = ?, due_at = ?, uncertain = ?, message_ids = ?, error_code = ?,
     error_message = ?, updated_at = ? WHERE line_id = ? AND seq = ?`,
    [
      settlement.state,
      settlement.dueAt,
      settlement.isUncertain,
      JSON.stringify(settlement.messageIds),
      error?.code.slice(0, 64) ?? null,
      error?.message.slice(0, 500) ?? null,
      now,
      settlement.lineId,
      settlement.seq,
    ],
  )
}

/**
 * Lets a line go. It is due again when the first of its chats is, which the store knows better than the process that
 * held it: messages may have come since it last looked. A chat is due when its oldest unfinished message is.
 */
export async function releaseOutbox(
  store: Store,
  token: string,
  lineId: number,
  options: { readonly notBefore?: number },
  now: number,
): Promise<void> {
  await store.transaction(async (trx) => {
    const [row] = await trx.rows<{ owner: string | null; paused_at: number | null }>(
      `SELECT owner, paused_at FROM outbox_line WHERE line_id = ?${forUpdate(trx)}`,
      [lineId],
    )
    if (row?.owner !== token) return
    const dueAt = row.paused_at === null ? await firstDueAt(trx, lineId) : null
    await trx.run('UPDATE outbox_line SET owner = NULL, due_at = ? WHERE line_id = ?', [
      dueAt === null ? null : Math.max(dueAt, options.notBefore ?? now),
      lineId,
    ])
  })
}

async function firstDueAt(trx: Transaction, lineId: number): Promise<number | null> {
  const [row] = await trx.rows<{ due_at: number | null }>(
    `SELECT MIN(m.due_at) AS due_at FROM outbox_message m
     JOIN (SELECT MIN(seq) AS seq FROM outbox_message
       WHERE line_id = ? AND state IN ('queued', 'sending') GROUP BY chat_id) head ON head.seq = m.seq
     WHERE m.line_id = ?`,
    [lineId, lineId],
  )
  return row?.due_at ?? null
}

/** Stops a line's sending until a person has acted: a successful testConnect lifts it. */
export async function pauseOutbox(
  store: Store,
  lineId: number,
  reason: string,
  now: number,
): Promise<void> {
  await store.run(
    'UPDATE outbox_line SET paused_at = ?, pause_reason = ?, due_at = NULL WHERE line_id = ? AND paused_at IS NULL',
    [now, reason.slice(0, 500), lineId],
  )
}

export async function findOutboxMessage(
  store: Store,
  lineId: number,
  seq: number,
): Promise<OutboxMessage | undefined> {
  const [row] = await store.rows<OutboxRow>(
    'SELECT * FROM outbox_message WHERE line_id = ? AND seq = ?',
    [lineId, seq],
  )
  return row && toMessage(row)
}

/** How many messages of each line are unfinished. */
export async function countOutbox(
  store: Store,
  lineIds: readonly number[],
): Promise<Map<number, number>> {
  if (lineIds.length === 0) return new Map()
  const rows = await store.rows<{ line_id: number; count: number }>(
    `SELECT line_id, COUNT(*) AS count FROM outbox_message
     WHERE line_id IN ${marks(lineIds.length)} AND state IN ('queued', 'sending') GROUP BY line_id`,
    lineIds,
  )
  return new Map(rows.map((row) => [row.line_id, row.count]))
}

function toMessage(row: OutboxRow): OutboxMessage {
  return {
    lineId: row.line_id,
    seq: row.seq,
    chatId: row.chat_id,
    kind: row.kind,
    payload: row.payload,
    ...(row.portal_key === null ? {} : { key: row.portal_key }),
    state: row.state,
    attempt: row.attempt,
    isUncertain: Boolean(row.uncertain),
    dueAt: row.due_at,
    messageIds: row.message_ids === null ? [] : (JSON.parse(row.message_ids) as string[]),
    ...(row.error_code === null
      ? {}
      : { error: { code: row.error_code, message: row.error_message ?? '' } }),
    createdAt: row.created_at,
  }
}
