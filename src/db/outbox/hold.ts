import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** Why and since when a line's sending is stopped. */
export interface OutboxPause {
  readonly at: number
  readonly reason: string
}

/**
 * Stops a line's sending because a person wants it; the line stays connected, and what is queued waits. A process that
 * sends for it notices at its next message. A line that is paused already keeps its first reason.
 */
export async function holdOutbox(
  store: Store,
  lineId: number,
  reason: string,
  now: number,
): Promise<void> {
  await store.run(
    `UPDATE outbox_line SET paused_at = ?, pause_reason = ?, due_at = NULL
     WHERE line_id = ? AND paused_at IS NULL`,
    [now, reason.slice(0, 500), lineId],
  )
}

/** Lets a paused line send again, whatever it was paused for. */
export async function resumeOutbox(store: Store, lineId: number, now: number): Promise<void> {
  await store.run(
    `UPDATE outbox_line SET paused_at = NULL, pause_reason = NULL,
     due_at = CASE WHEN owner IS NULL THEN ? ELSE due_at END WHERE line_id = ? AND paused_at IS NOT NULL`,
    [now, lineId],
  )
}

const MAX_IDS = 500

/** The pauses of those lines that are paused. */
export async function readPauses(
  store: Store,
  lineIds: readonly number[],
): Promise<Map<number, OutboxPause>> {
  const pauses = new Map<number, OutboxPause>()
  for (let from = 0; from < lineIds.length; from += MAX_IDS) {
    const part = lineIds.slice(from, from + MAX_IDS)
    const rows = await store.rows<{
      line_id: number
      paused_at: number
      pause_reason: string | null
    }>(
      `SELECT line_id, paused_at, pause_reason FROM outbox_line
       WHERE line_id IN ${marks(part.length)} AND paused_at IS NOT NULL`,
      part,
    )
    for (const row of rows) {
      pauses.set(row.line_id, { at: row.paused_at, reason: row.pause_reason ?? '' })
    }
  }
  return pauses
}
