import type { Store } from '../engine/store.ts'
import { LANE_NUMBER } from './messages.ts'

export interface FailedMessage {
  readonly seq: number
  readonly code: string
  readonly message: string
  /** Epoch ms. */
  readonly at: number
}

/** A line's last messages that have failed, the latest first. Each lane apart, for only then does an index give them in order. */
export async function findFailedMessages(
  store: Store,
  lineId: number,
  limit: number,
): Promise<FailedMessage[]> {
  const found: FailedMessage[] = []
  for (const lane of Object.values(LANE_NUMBER)) {
    const rows = await store.rows<{
      seq: number
      error_code: string | null
      error_message: string | null
      updated_at: number
    }>(
      `SELECT seq, error_code, error_message, updated_at FROM outbox_message
       WHERE line_id = ? AND lane = ? AND state = 'failed' ORDER BY seq DESC LIMIT ?`,
      [lineId, lane, limit],
    )
    found.push(
      ...rows.map((row) => ({
        seq: row.seq,
        code: row.error_code ?? '',
        message: row.error_message ?? '',
        at: row.updated_at,
      })),
    )
  }
  return found.sort((a, b) => b.seq - a.seq).slice(0, limit)
}
