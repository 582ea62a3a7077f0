import type { LineStatus } from '../../core/line.ts'
import { deleteRows } from '../engine/delete-rows.ts'
import type { Store } from '../engine/store.ts'
import { TABLES, type TableName, tablesWhere } from '../engine/tables.ts'
import { forgetLine } from '../journal/forget.ts'
import { retireAddress } from './retired-addresses.ts'

/**
 * Deletes a line with everything that hangs on it, in small transactions; its address is remembered. Once its rows in `outbox_line` and `inbox_line`
 * are gone nobody can queue anything for it; broken off in between, the removal can simply be repeated.
 */
export async function removeLine(store: Store, lineId: number, now: number): Promise<void> {
  await retireAddress(store, lineId, now)
  await forgetLine(store, lineId)
  for (const table of tablesWhere(({ owner }) => owner === 'line')) {
    await deleteOwned(store, table, lineId)
  }
  // A save that was under way when the line went may have written them anew; a later one finds no line (LineRepository.save).
  await deleteOwned(store, 'line_setting', lineId)
}

/** A line of a portal that is being removed. */
export interface LeavingLine {
  readonly id: number
  readonly status: LineStatus
  readonly isWebhookInstalled: boolean
  /** How often its webhook was tried to be removed at the channel. */
  readonly tries: number
}

/** Lines of a portal beyond `after`, in the order of their making. */
export async function readLeavingLines(
  store: Store,
  portalId: string,
  after: number,
  limit: number,
): Promise<LeavingLine[]> {
  const rows = await store.rows<{
    id: number
    status: LineStatus
    webhook_installed: number
    removal_tries: number
  }>(
    `SELECT id, status, webhook_installed, removal_tries FROM line
     WHERE portal_id = ? AND id > ? ORDER BY id LIMIT ?`,
    [portalId, after, limit],
  )
  return rows.map((row) => ({
    id: row.id,
    status: row.status,
    isWebhookInstalled: Boolean(row.webhook_installed),
    tries: row.removal_tries,
  }))
}

export async function countRemovalTry(store: Store, lineId: number): Promise<void> {
  await store.run('UPDATE line SET removal_tries = removal_tries + 1 WHERE id = ?', [lineId])
}

/** Portals that are being removed, the one that waits longest first. */
export async function readLeavingPortals(store: Store): Promise<string[]> {
  const rows = await store.rows<{ id: string }>(
    'SELECT id FROM portal WHERE removing_at IS NOT NULL ORDER BY removing_at, id',
  )
  return rows.map(({ id }) => id)
}

/** The same for a portal with all its lines. False if there was no such portal. */
export async function removePortal(store: Store, portalId: string, now: number): Promise<boolean> {
  await removeLinesOf(store, portalId, now)
  let isRemoved = false
  for (const table of tablesWhere(({ owner }) => owner === 'portal')) {
    const deleted = await deleteOwned(store, table, portalId)
    if (table === 'portal') isRemoved = deleted > 0
  }
  // A call that was under way may have made a line while the others were removed.
  await removeLinesOf(store, portalId, now)
  return isRemoved
}

async function removeLinesOf(store: Store, portalId: string, now: number): Promise<void> {
  const lines = await store.rows<{ id: number }>('SELECT id FROM line WHERE portal_id = ?', [
    portalId,
  ])
  for (const { id } of lines) await removeLine(store, id, now)
}

async function deleteOwned(
  store: Store,
  table: TableName,
  ownerId: number | string,
): Promise<number> {
  const { ownerColumn } = TABLES[table] as { ownerColumn: string }
  return await deleteRows(store, table, {
    where: `${ownerColumn} = ?`,
    bindings: [ownerId],
    isComplete: true,
  })
}
