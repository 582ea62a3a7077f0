import type { Store } from '../engine/store.ts'
import { FAILED_PILE, messagesByPile } from './piles.ts'

export interface FailedMessage {
  readonly seq: number
  readonly code: string
  readonly message: string
  /** Epoch ms. */
  readonly at: number
}

/** A line's last messages that have failed, the latest first. */
export async function findFailedMessages(
  store: Store,
  lineId: number,
  limit: number,
): Promise<FailedMessage[]> {
  const rows = await store.rows<{
    seq: number
    error_code: string | null
    error_message: string | null
    updated_at: number
  }>(
    `SELECT seq, error_code, error_message, updated_at FROM ${messagesByPile(store)}
     WHERE line_id = ? AND pile = ? ORDER BY seq DESC LIMIT ?`,
    [lineId, FAILED_PILE, limit],
  )
  return rows.map((row) => ({
    seq: row.seq,
    code: row.error_code ?? '',
    message: row.error_message ?? '',
    at: row.updated_at,
  }))
}
