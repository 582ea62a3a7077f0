import { given } from '../../core/given.ts'
import type { OutboxState } from '../../core/statuses.ts'
import { orderedJoin } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { type OutboxMessage, type OutboxRow, toMessage } from '../outbox/messages.ts'

/** An event as the inbox or the dead letters hold it. */
export interface HeldEvent {
  readonly lineId: number
  readonly seq: number
  readonly type: string
  readonly payload: string
  readonly createdAt: number
  /** It is a dead letter. */
  readonly dead?: { readonly at: number; readonly reason: string }
}

interface EventRow {
  line_id: number
  seq: number
  type: string
  payload: string
  created_at: number
  reason?: string
  dead_at?: number
}

/** Undefined: it is in neither. */
export async function findHeldEvent(
  store: Store,
  lineId: number,
  seq: number,
): Promise<HeldEvent | undefined> {
  const [waiting] = await store.rows<EventRow>(
    `SELECT e.line_id, e.seq, e.type, e.payload, e.created_at FROM inbox_event e
     JOIN inbox_line l ON l.line_id = e.line_id
     WHERE e.line_id = ? AND e.seq = ? AND e.seq > l.purge_until`,
    [lineId, seq],
  )
  if (waiting) return toHeld(waiting)
  const [dead] = await store.rows<EventRow>(
    `SELECT line_id, seq, type, payload, created_at, reason, dead_at FROM dead_letter
     WHERE line_id = ? AND seq = ?`,
    [lineId, seq],
  )
  return dead && toHeld(dead)
}

/** The first events of a line's queue and its dead letters: to be searched where the journal knows nothing. */
export async function readHeldEvents(
  store: Store,
  lineId: number,
  limit: number,
): Promise<HeldEvent[]> {
  const waiting = await store.rows<EventRow>(
    `SELECT e.line_id, e.seq, e.type, e.payload, e.created_at FROM inbox_event e
     JOIN inbox_line l ON l.line_id = e.line_id
     WHERE e.line_id = ? AND e.seq > l.purge_until ORDER BY e.seq LIMIT ?`,
    [lineId, limit],
  )
  const dead = await store.rows<EventRow>(
    `SELECT line_id, seq, type, payload, created_at, reason, dead_at FROM dead_letter
     WHERE line_id = ? ORDER BY seq LIMIT ?`,
    [lineId, limit],
  )
  return [...waiting, ...dead].map(toHeld)
}

function toHeld(row: EventRow): HeldEvent {
  const { line_id: lineId, seq, type, payload, created_at: createdAt, dead_at: at, reason } = row
  const dead = at === undefined ? undefined : { at, reason: reason ?? '' }
  return { lineId, seq, type, payload, createdAt, ...given({ dead }) }
}

/** A message to a channel, with when its state was last changed. */
export interface HeldMessage extends OutboxMessage {
  readonly state: OutboxState
  readonly updatedAt: number
  readonly sentAt?: number
}

type MessageRow = OutboxRow & { sent_at: number | null }

export async function findHeldMessage(
  store: Store,
  lineId: number,
  seq: number,
): Promise<HeldMessage | undefined> {
  const [row] = await store.rows<MessageRow>(
    'SELECT * FROM outbox_message WHERE line_id = ? AND seq = ?',
    [lineId, seq],
  )
  return row && toHeldMessage(row)
}

/** Messages of a portal's lines (of all lines without one) that it has given this key, or the channel this id. */
export async function findMessagesNamed(
  store: Store,
  name: string,
  portalId: string | undefined,
  limit: number,
): Promise<{ readonly lineId: number; readonly seq: number }[]> {
  const ofPortal = portalId === undefined ? '' : ' AND l.portal_id = ?'
  const bindings = [name, ...(portalId === undefined ? [] : [portalId]), limit]
  // Line by line, for that is how both are indexed; left to itself a server may read the whole outbox instead.
  const join = orderedJoin(store)
  const byKey = await store.rows<{ line_id: number; seq: number }>(
    `SELECT m.line_id, m.seq FROM line l ${join} outbox_message m ON m.line_id = l.id
     WHERE m.portal_key = ?${ofPortal} LIMIT ?`,
    bindings,
  )
  const byId = await store.rows<{ line_id: number; seq: number }>(
    `SELECT r.line_id, r.seq FROM line l ${join} outbox_receipt r ON r.line_id = l.id
     WHERE r.message_id = ?${ofPortal} LIMIT ?`,
    bindings,
  )
  return [...byKey, ...byId].map(({ line_id: lineId, seq }) => ({ lineId, seq }))
}

function toHeldMessage(row: MessageRow): HeldMessage {
  return { ...toMessage(row), updatedAt: row.updated_at, ...given({ sentAt: row.sent_at }) }
}
