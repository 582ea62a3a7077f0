import { StoreLockedError } from '../../core/errors.ts'
import { deleteRows } from '../engine/delete-rows.ts'
import { type Ring, SLOT_TABLES, type SlotTable } from '../engine/slot-tables.ts'
import { insertIgnore } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

/**
 * A table while it remembers the updates of some time. Slots of a ring are numbered one after another; the lowest that isn't
 * closed takes what is new. Once closed it never changes again, apart from rows of lines that are removed, until it is emptied
 * and its row is deleted.
 */
export interface SlotRow {
  readonly ring: Ring
  readonly serial: number
  readonly opened_at: number
  readonly closed_at: number | null
}

/** Clocks that differ by less do no harm. */
const CLOCKS_FAR_APART_MS = 24 * 3600 * 1000

export const RINGS = Object.keys(SLOT_TABLES) as Ring[]

export function slotTable({ ring, serial }: Pick<SlotRow, 'ring' | 'serial'>): SlotTable {
  const tables: readonly SlotTable[] = SLOT_TABLES[ring]
  return tables[serial % tables.length] as SlotTable
}

/** All that are in use, in order. */
export async function readSlots(store: Store): Promise<SlotRow[]> {
  return await store.rows<SlotRow>(
    'SELECT ring, serial, opened_at, closed_at FROM seen_slot ORDER BY ring, serial',
  )
}

/**
 * The first of a ring, or the next beside one that is still open: it is used when that is closed. Not one that others have used
 * and forgotten while this process stood still: its table is another slot's by now.
 */
export async function prepareSlot(
  store: Store,
  { ring, serial }: Pick<SlotRow, 'ring' | 'serial'>,
  now: number,
): Promise<void> {
  await store.run(
    `${insertIgnore(store)} seen_slot (ring, serial, opened_at, closed_at) SELECT ?, ?, ?, NULL FROM (SELECT 1 AS one) here
     WHERE NOT EXISTS (SELECT serial FROM seen_slot later WHERE later.ring = ? AND later.serial > ?)`,
    [ring, serial, now, ring, serial],
  )
}

/**
 * Waits for the commits that hold the slot open (`SeenUpdates.hold`), and they for it: so it is a single statement, which no
 * process can leave half done. Throws StoreLockedError when one of them doesn't end.
 */
export async function closeSlot(
  store: Store,
  { ring, serial }: Pick<SlotRow, 'ring' | 'serial'>,
  now: number,
): Promise<void> {
  await store.run(
    'UPDATE seen_slot SET closed_at = ? WHERE ring = ? AND serial = ? AND closed_at IS NULL',
    [now, ring, serial],
    { failsWhenLocked: true },
  )
}

/**
 * A slot that a clock far ahead has closed would keep its table for as long, and the ring would come to a stand before it: it
 * counts as closed at `latest`, the latest instant that may be now.
 */
export async function mendClosing(store: Store, latest: number): Promise<void> {
  await store.run('UPDATE seen_slot SET closed_at = ? WHERE closed_at > ?', [
    latest,
    latest + CLOCKS_FAR_APART_MS,
  ])
}

/**
 * Forgets the slots of a ring whose next one was closed before an instant, too, but for one that somebody reads at length, as a
 * backup does, and those behind it. Gives how many.
 *
 * The next one's closing tells when this one was over: its own instant was taken before the statement that closed it, and if the
 * process stood still between the two, updates of long after it are in the slot. If the next one has gone first, because a
 * clock was ahead when this one was closed, the one after that tells.
 */
export async function emptySlots(
  store: Store,
  ring: Ring,
  before: number,
  signal?: AbortSignal,
): Promise<number> {
  for (let emptied = 0; ; emptied++) {
    const [slot] = await store.rows<SlotRow>(
      `SELECT slot.ring, slot.serial FROM seen_slot slot JOIN seen_slot next ON next.ring = slot.ring
       AND next.serial = (SELECT MIN(later.serial) FROM seen_slot later WHERE later.ring = slot.ring AND later.serial > slot.serial)
       WHERE slot.ring = ? AND slot.closed_at < ? AND next.closed_at < ? ORDER BY slot.serial LIMIT 1`,
      [ring, before, before],
    )
    if (!slot || signal?.aborted) return emptied
    if (!(await emptySlot(store, slot))) return emptied
  }
}

/** TRUNCATE needs the right to drop tables. */
const ER_TABLEACCESS_DENIED = 1142

/**
 * Its table is emptied as long as the slot is there, and can't become another slot's before its row is gone. Whoever has stood still
 * meanwhile finds it gone, where the statement is carried out. False: somebody is reading the table.
 */
async function emptySlot(store: Store, slot: Pick<SlotRow, 'ring' | 'serial'>): Promise<boolean> {
  const ids = [slot.ring, slot.serial]
  const forget = 'DELETE FROM seen_slot WHERE ring = ? AND serial = ?'
  const table = slotTable(slot)
  if (store.dialect !== 'mysql') {
    await store.transaction(async (trx) => {
      const { changes } = await trx.run(forget, ids)
      // Without a condition SQLite doesn't look at the rows.
      if (changes > 0) await trx.run(`DELETE FROM ${table}`)
    })
    return true
  }
  try {
    await store.transaction((trx) => truncate(trx, slot), { failsWhenLocked: true })
  } catch (error) {
    if (error instanceof StoreLockedError) return false
    if ((error as { errno?: unknown }).errno !== ER_TABLEACCESS_DENIED) throw error
    const where = 'EXISTS (SELECT 1 FROM seen_slot WHERE ring = ? AND serial = ?)'
    await deleteRows(store, table, { where, bindings: ids, isComplete: true })
  }
  await store.run(forget, ids)
  return true
}

/**
 * Others who want to read the table wait for this statement, which waits for those who read it: the server's own patience of a
 * day would stop them all for one that hangs. It is put together by the server, which looks for the slot as it does so. It commits by
 * itself: the transaction is for the connection, which gets its patience back.
 */
async function truncate(trx: Transaction, slot: Pick<SlotRow, 'ring' | 'serial'>): Promise<void> {
  const emptying = `TRUNCATE TABLE ${slotTable(slot)}`
  await trx.run('SET SESSION lock_wait_timeout = 1')
  try {
    await trx.run(
      `SET @emptying = IF(EXISTS (SELECT 1 FROM seen_slot WHERE ring = ? AND serial = ?), '${emptying}', 'DO 0');
       PREPARE emptying FROM @emptying; EXECUTE emptying; DEALLOCATE PREPARE emptying`,
      [slot.ring, slot.serial],
    )
  } finally {
    await trx.run('SET SESSION lock_wait_timeout = DEFAULT')
  }
}
