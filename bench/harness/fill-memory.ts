import { SLOT_TABLES } from '../../src/db/engine/slot-tables.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { prepareSlot, slotTable } from '../../src/db/inbox/seen-slots.ts'
import { slotMs } from '../../src/db/inbox/seen-times.ts'

const DAY_MS = 24 * 3600 * 1000

/**
 * A day of remembered updates, spread over all lines and over as many slots as a day has, made by the store itself (MariaDB
 * alone). Nobody has ever sent them, so nothing is a repeat.
 */
export async function fillMemory(store: Store, updates: number): Promise<void> {
  const lengthMs = slotMs('day', DAY_MS)
  const slots = Math.min(Math.round(DAY_MS / lengthMs), SLOT_TABLES.day.length - 2)
  const now = Date.now()
  const [row] = await store.rows<{ n: number }>('SELECT COUNT(*) AS n FROM inbox_line')
  const lines = Number(row?.n)
  const ring = 'day'
  for (let serial = 1; serial <= slots; serial++) {
    const closedAt = now - (slots - serial) * lengthMs - DAY_MS / 1000
    await prepareSlot(store, { ring, serial }, closedAt - lengthMs)
    await store.run('UPDATE seen_slot SET closed_at = ? WHERE ring = ? AND serial = ?', [
      ...[closedAt, ring, serial],
    ])
    // Some of the lines have one more than others.
    const own =
      Math.floor((updates * serial) / slots) - Math.floor((updates * (serial - 1)) / slots)
    await store.run(
      `INSERT INTO ${slotTable({ ring, serial })} (line_id, hash, batch)
       SELECT line_id, UNHEX(MD5(CONCAT('${serial}:', line_id, ':', i))), 0
       FROM inbox_line CROSS JOIN (SELECT seq AS i FROM seq_1_to_${Math.ceil(own / lines)}) n
       WHERE (i - 1) * ? + line_id <= ? ORDER BY line_id`,
      [lines, own],
    )
  }
  await prepareSlot(store, { ring, serial: slots + 1 }, now)
  await prepareSlot(store, { ring: 'week', serial: 1 }, now)
}
