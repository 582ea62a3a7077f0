import type { LineStatus } from '../../core/line.ts'
import type { SaveNotificationParams } from '../../core/shapes/notification.ts'
import type { Store } from '../engine/store.ts'

/** How a slot was saved. */
export type SlotConfig = Omit<SaveNotificationParams, 'id'>

/** A webhook by which another system sends one template message. */
export interface Slot {
  readonly id: number
  readonly portalId: string
  readonly lineId: number
  /** 32 hex digits of its address. */
  readonly hash: string
  readonly config: SlotConfig
  readonly createdAt: number
  readonly updatedAt: number
}

interface SlotRow {
  id: number
  portal_id: string
  line_id: number
  hash: string
  config: string
  created_at: number
  updated_at: number
}

const COLUMNS = 's.id, s.portal_id, s.line_id, s.hash, s.config, s.created_at, s.updated_at'

function toSlot(row: SlotRow): Slot {
  return {
    id: row.id,
    portalId: row.portal_id,
    lineId: row.line_id,
    hash: row.hash,
    config: JSON.parse(row.config) as SlotConfig,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

type NewSlot = Pick<Slot, 'portalId' | 'lineId' | 'hash' | 'config'>

export async function insertSlot(store: Store, slot: NewSlot, now: number): Promise<number> {
  const { portalId, lineId, hash, config } = slot
  return await store.transaction(async (trx) => {
    const { insertId } = await trx.run(
      `INSERT INTO notification_slot (portal_id, line_id, hash, config, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      [portalId, lineId, hash, JSON.stringify(config), now, now],
    )
    return insertId
  })
}

/** Of its portal alone. */
export async function findSlot(
  store: Store,
  portalId: string,
  id: number,
): Promise<Slot | undefined> {
  const [row] = await store.rows<SlotRow>(
    `SELECT ${COLUMNS} FROM notification_slot s WHERE s.id = ? AND s.portal_id = ?`,
    [id, portalId],
  )
  return row && toSlot(row)
}

export async function updateSlot(
  store: Store,
  { id, lineId, config }: Pick<Slot, 'id' | 'lineId' | 'config'>,
  now: number,
): Promise<void> {
  await store.run(
    'UPDATE notification_slot SET line_id = ?, config = ?, updated_at = ? WHERE id = ?',
    [lineId, JSON.stringify(config), now, id],
  )
}

export async function moveSlot(
  store: Store,
  { id, hash }: Pick<Slot, 'id' | 'hash'>,
  now: number,
): Promise<void> {
  await store.run('UPDATE notification_slot SET hash = ?, updated_at = ? WHERE id = ?', [
    hash,
    now,
    id,
  ])
}

/** What it has been asked for goes on. */
export async function deleteSlot(store: Store, portalId: string, id: number): Promise<boolean> {
  const { changes } = await store.run(
    'DELETE FROM notification_slot WHERE id = ? AND portal_id = ?',
    [id, portalId],
  )
  return changes > 0
}

/** In the order of their numbers. */
export async function listSlots(
  store: Store,
  {
    portalId,
    after,
    limit,
  }: { readonly portalId: string; readonly after: number; readonly limit: number },
): Promise<Slot[]> {
  const rows = await store.rows<SlotRow>(
    `SELECT ${COLUMNS} FROM notification_slot s WHERE s.portal_id = ? AND s.id > ? ORDER BY s.id LIMIT ?`,
    [portalId, after, limit],
  )
  return rows.map(toSlot)
}

/** A slot as somebody calls it, with its line as it is now. */
export interface CalledSlot extends Slot {
  /** Absent: the line is gone. */
  readonly line?: { readonly connector: string; readonly status: LineStatus }
  /** The line's events are copied for the communications. */
  readonly isFollowed: boolean
}

type CalledRow = SlotRow & {
  connector: string | null
  status: LineStatus | null
  followed_line: number | null
}

/** Of whatever portal: who calls knows the hash. */
export async function findCalledSlot(store: Store, id: number): Promise<CalledSlot | undefined> {
  const [row] = await store.rows<CalledRow>(
    `SELECT ${COLUMNS}, l.connector, l.status, c.line_id AS followed_line FROM notification_slot s
     LEFT JOIN line l ON l.id = s.line_id AND l.portal_id = s.portal_id
     LEFT JOIN inbox_line i ON i.line_id = s.line_id AND i.is_followed = 1
     LEFT JOIN comm_line c ON c.line_id = i.line_id
     WHERE s.id = ?`,
    [id],
  )
  if (!row) return undefined
  const { connector, status } = row
  return {
    ...toSlot(row),
    ...(connector === null || status === null ? {} : { line: { connector, status } }),
    isFollowed: row.followed_line !== null,
  }
}
