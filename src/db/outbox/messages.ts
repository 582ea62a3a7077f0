import { given } from '../../core/given.ts'
import type { OutboxState } from '../../core/statuses.ts'
import { lockFree } from '../engine/leased-rows.ts'
import { takeFree } from '../engine/locks.ts'
import { inPieces } from '../engine/pieces.ts'
import type { Finish, StatementRunner } from '../engine/short-transaction.ts'
import { forUpdate, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { setAsideParked } from '../lines/parked-lines.ts'
import { IS_OPEN, messagesByPile } from './piles.ts'

export type OutboxKind = 'send' | 'update' | 'delete'

/** What an operator types goes ahead of a mailing. */
export type OutboxLane = 'dialogue' | 'bulk'
export const LANE_NUMBER: Readonly<Record<OutboxLane, number>> = { dialogue: 0, bulk: 1 }

export interface OutboxMessage {
  readonly lineId: number
  readonly seq: number
  readonly chatId: string
  readonly kind: OutboxKind
  readonly lane: OutboxLane
  readonly payload: string
  readonly key?: string
  readonly state: OutboxState
  /** Sends begun so far. */
  readonly attempt: number
  /** It may have reached the channel already. */
  readonly isUncertain: boolean
  readonly dueAt: number
  /** When the try began that nobody has settled yet, by the clock of the process that made it. */
  readonly begunAt?: number
  /** The channel's ids, of each part that was sent. */
  readonly parts: readonly (readonly string[])[]
  readonly error?: { readonly code: string; readonly message: string }
  readonly createdAt: number
}

export interface OutboxRow {
  line_id: number
  seq: number
  chat_id: string
  kind: OutboxKind
  lane: number
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
  updated_at: number
}

/** A line whose outbox this process holds. */
export interface LeasedOutbox {
  readonly lineId: number
  readonly portalId: string
  /** The number of the line's last message when it was taken. */
  readonly tail: number
  /** What the last holder left of the line's rates, as JSON. */
  readonly rates?: string
}

/**
 * Takes those of the lines that still have messages due and are free, for `token`. Paused lines aren't due; what somebody
 * holds locked is left out, and lines of portals that are switched `off`. `ids` in ascending order.
 */
export async function claimDueOutbox(
  store: Store,
  token: string,
  ids: readonly number[],
  now: number,
  off: ReadonlySet<string> = new Set(),
): Promise<LeasedOutbox[]> {
  const wanted = await setAsideParked(store, 'outbox_line', ids, { off, now })
  return await takeFree(store.locks, { table: 'outbox_line', ids: wanted, now }, (part) =>
    claimOutbox(store, token, part, now),
  )
}

async function claimOutbox(
  store: Store,
  token: string,
  ids: readonly number[],
  now: number,
): Promise<LeasedOutbox[]> {
  const work = async (runner: StatementRunner): Promise<Finish<LeasedOutbox[]>> => {
    const [, , claimed] = await runner.batch([
      lockFree(runner, 'outbox_line', ids, now),
      {
        sql: `UPDATE outbox_line SET owner = ?, due_at = NULL
       WHERE line_id IN ${marks(ids.length)} AND owner IS NULL AND paused_at IS NULL AND due_at <= ?
       AND EXISTS (SELECT 1 FROM hub_process WHERE token = ? AND state = 'live')`,
        bindings: [token, ...ids, now, token],
      },
      {
        sql: `SELECT line_id, portal_id, seq, rates FROM outbox_line WHERE line_id IN ${marks(ids.length)} AND owner = ?`,
        bindings: [...ids, token],
      },
    ])
    return { statements: [], value: ((claimed?.rows ?? []) as LeaseRow[]).map(toLeased) }
  }
  return await store.shortTransaction(work, { failsWhenLocked: true })
}

/** Lines that are held under `token`, wanted when the outcome of a claim is uncertain. Reads the whole table. */
export async function findOwnedOutbox(store: Store, token: string): Promise<LeasedOutbox[]> {
  const rows = await store.rows<LeaseRow>(
    'SELECT line_id, portal_id, seq, rates FROM outbox_line WHERE owner = ?',
    [token],
  )
  return rows.map(toLeased)
}

interface LeaseRow {
  line_id: number
  portal_id: string
  seq: number
  rates: string | null
}

function toLeased(row: LeaseRow): LeasedOutbox {
  const { line_id: lineId, portal_id: portalId, seq: tail, rates } = row
  return { lineId, portalId, tail, ...given({ rates }) }
}

/** The number of the last message that was queued for each line; lines without any are left out. */
export async function readOutboxTails(
  store: Store,
  lineIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const tails = new Map<number, number>()
  for (const part of inPieces(lineIds, 1)) {
    const rows = await store.rows<{ line_id: number; seq: number }>(
      `SELECT line_id, seq FROM outbox_line WHERE line_id IN ${marks(part.length)}`,
      part,
    )
    for (const row of rows) tails.set(row.line_id, row.seq)
  }
  return tails
}

export interface OutboxPage {
  readonly lineId: number
  readonly lane: OutboxLane
  /** Only messages beyond this number. */
  readonly after: number
  readonly limit: number
  /** Only this chat's. */
  readonly chatId?: string
}

/** Unfinished messages of a line's lane, in order. */
export async function readOutbox(store: Store, page: OutboxPage): Promise<OutboxMessage[]> {
  const { lineId, lane, after, limit, chatId } = page
  const ofChat = chatId === undefined ? '' : ' AND chat_id = ?'
  const rows = await store.rows<OutboxRow>(
    `SELECT * FROM ${messagesByPile(store)} WHERE line_id = ? AND pile = ? AND seq > ?${ofChat}
     ORDER BY seq LIMIT ?`,
    [lineId, LANE_NUMBER[lane], after, ...(chatId === undefined ? [] : [chatId]), limit],
  )
  return rows.map(toMessage)
}

export interface ReleaseOptions {
  /** The channel's rates let nothing go before then, of what the holder has seen. */
  readonly notBefore?: number
  /** The number of the last message the holder has seen. */
  readonly seenUpTo: number
  /** For the next holder, as JSON. */
  readonly rates?: string
}

/**
 * Lets a line go. It is due again when the first of its chats is, which is asked of the store: messages may have come since
 * the holder last looked. A chat is due when the oldest unfinished message of either lane is.
 */
export async function releaseOutbox(
  store: Store,
  token: string,
  lineId: number,
  options: ReleaseOptions,
  now: number,
): Promise<void> {
  await store.transaction(async (trx) => {
    const [row] = await trx.rows<{ owner: string | null; paused_at: number | null; seq: number }>(
      `SELECT owner, paused_at, seq FROM outbox_line WHERE line_id = ?${forUpdate(trx)}`,
      [lineId],
    )
    if (row?.owner !== token) return
    const dueAt = row.paused_at === null ? await firstDueAt(trx, lineId) : null
    // What has come since the holder last looked may go to a chat that nothing holds back.
    const notBefore = row.seq > options.seenUpTo ? now : (options.notBefore ?? now)
    await trx.run('UPDATE outbox_line SET owner = NULL, due_at = ?, rates = ? WHERE line_id = ?', [
      dueAt === null ? null : Math.max(dueAt, notBefore),
      options.rates ?? null,
      lineId,
    ])
  })
}

async function firstDueAt(trx: Transaction, lineId: number): Promise<number | null> {
  const [row] = await trx.rows<{ due_at: number | null }>(
    `SELECT MIN(m.due_at) AS due_at FROM outbox_message m
     JOIN (SELECT MIN(seq) AS seq FROM ${messagesByPile(trx)}
       WHERE line_id = ? AND ${IS_OPEN} GROUP BY pile, chat_id) head ON head.seq = m.seq
     WHERE m.line_id = ?`,
    [lineId, lineId],
  )
  return row?.due_at ?? null
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

export function toMessage(row: OutboxRow): OutboxMessage {
  return {
    lineId: row.line_id,
    seq: row.seq,
    chatId: row.chat_id,
    kind: row.kind,
    lane: row.lane === LANE_NUMBER.bulk ? 'bulk' : 'dialogue',
    payload: row.payload,
    ...given({ key: row.portal_key }),
    state: row.state,
    attempt: row.attempt,
    isUncertain: Boolean(row.uncertain),
    dueAt: row.due_at,
    ...(row.state === 'sending' ? { begunAt: row.updated_at } : {}),
    parts: row.message_ids === null ? [] : (JSON.parse(row.message_ids) as string[][]),
    ...(row.error_code === null
      ? {}
      : { error: { code: row.error_code, message: row.error_message ?? '' } }),
    createdAt: row.created_at,
  }
}
