import { given } from '../../core/given.ts'
import { CONTROL_TYPE } from '../../core/inbox.ts'
import type { Store } from '../engine/store.ts'
import { PARKED_MS } from '../lines/parked-lines.ts'
import { LANE_NUMBER, type OutboxLane } from '../outbox/messages.ts'
import { messagesByPile } from '../outbox/piles.ts'

/** An event that waits for its portal. */
export interface WaitingEvent {
  readonly seq: number
  readonly type: string
  readonly payload: string
  readonly bytes: number
  readonly createdAt: number
}

/** A message that waits for its channel. */
export interface WaitingMessage {
  readonly seq: number
  readonly kind: string
  readonly lane: OutboxLane
  readonly state: string
  readonly chatId: string
  readonly attempt: number
  readonly dueAt: number
  readonly bytes: number
  readonly createdAt: number
}

/** Why a line's queues stand still, if they do. */
export interface QueueState {
  readonly inbox: {
    /** A process has it in hand. */
    readonly isHeld: boolean
    /** Failed attempts of the ladder. */
    readonly attempt: number
    readonly lockedUntil?: number
    readonly lastError?: string
    /** The portal has announced a confirmation and has until then. */
    readonly ackUntil?: number
    /** Its portal is switched off. */
    readonly isParked: boolean
  }
  readonly outbox: {
    readonly isHeld: boolean
    readonly pausedAt?: number
    readonly pauseReason?: string
  }
}

export async function readQueueState(store: Store, lineId: number): Promise<QueueState> {
  const [inbox] = await store.rows<{
    owner: string | null
    attempt: number
    due_at: number | null
    locked_until: number | null
    last_error: string | null
    ack_until: number | null
  }>(
    `SELECT owner, attempt, due_at, locked_until, last_error, ack_until FROM inbox_line
     WHERE line_id = ?`,
    [lineId],
  )
  const [outbox] = await store.rows<{
    owner: string | null
    paused_at: number | null
    pause_reason: string | null
  }>('SELECT owner, paused_at, pause_reason FROM outbox_line WHERE line_id = ?', [lineId])
  return {
    inbox: {
      isHeld: typeof inbox?.owner === 'string',
      attempt: inbox?.attempt ?? 0,
      isParked: (inbox?.due_at ?? 0) >= PARKED_MS,
      ...given({
        lockedUntil: inbox?.attempt ? inbox.locked_until : undefined,
        lastError: inbox?.attempt ? inbox.last_error : undefined,
        ackUntil: inbox?.ack_until,
      }),
    },
    outbox: {
      isHeld: typeof outbox?.owner === 'string',
      ...given({ pausedAt: outbox?.paused_at, pauseReason: outbox?.pause_reason }),
    },
  }
}

/** Characters of an event that are read to say whose it is: long texts stand behind the chat. */
const HEAD = 4000

/** The oldest events of a line. Their text is cut off where it is long: it is only to be seen what they are about. */
export async function readWaitingEvents(
  store: Store,
  lineId: number,
  limit: number,
): Promise<WaitingEvent[]> {
  const rows = await store.rows<{
    seq: number
    type: string
    head: string
    bytes: number
    created_at: number
  }>(
    `SELECT e.seq, e.type, SUBSTR(e.payload, 1, ${HEAD}) AS head, OCTET_LENGTH(e.payload) AS bytes, e.created_at
     FROM inbox_event e JOIN inbox_line l ON l.line_id = e.line_id
     WHERE e.line_id = ? AND e.seq > l.purge_until AND e.type <> ? ORDER BY e.seq LIMIT ?`,
    [lineId, CONTROL_TYPE, limit],
  )
  return rows.map(({ head: payload, created_at: createdAt, ...row }) => ({
    ...row,
    payload,
    createdAt,
  }))
}

export async function readWaitingMessages(
  store: Store,
  lineId: number,
  limit: number,
): Promise<WaitingMessage[]> {
  const found: WaitingMessage[] = []
  // Each lane apart, for only then does an index give them in order.
  for (const lane of ['dialogue', 'bulk'] as const) {
    const rows = await store.rows<{
      seq: number
      kind: string
      state: string
      chat_id: string
      attempt: number
      due_at: number
      bytes: number
      created_at: number
    }>(
      `SELECT seq, kind, state, chat_id, attempt, due_at, OCTET_LENGTH(payload) AS bytes, created_at
       FROM ${messagesByPile(store)} WHERE line_id = ? AND pile = ? ORDER BY seq LIMIT ?`,
      [lineId, LANE_NUMBER[lane], limit],
    )
    found.push(
      ...rows.map(({ chat_id: chatId, due_at: dueAt, created_at: createdAt, ...row }) => {
        return { ...row, lane, chatId, dueAt, createdAt }
      }),
    )
  }
  return found.sort((a, b) => a.seq - b.seq).slice(0, limit)
}
