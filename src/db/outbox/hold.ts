import type { Store } from '../engine/store.ts'

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
