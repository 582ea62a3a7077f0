import type { NewUpload } from '../../core/uploads.ts'
import type { Store } from '../engine/store.ts'
import { lockMailbox } from './letters.ts'

/** The tables `upload` and `upload_piece`. */

export interface UploadLimits {
  /** Since when uploads count, epoch ms. */
  readonly since: number
  readonly perChat: number
  readonly lineBytes: number
  readonly hubBytes: number
}

/** Base64 of a piece fits into any server's packet four times. */
const PIECE_BYTES = 1024 * 1024
/** What a small file counts, so that the number of files is bounded with their bytes. */
const LEAST_BYTES = 16 * 1024

/** Keeps a file, all of it or nothing. A line that is gone keeps none: `full`. */
export async function addUpload(
  store: Store,
  { lineId, chatId, bytes }: NewUpload,
  { id, now }: { readonly id: string; readonly now: number },
  limits: UploadLimits,
): Promise<'kept' | 'many' | 'full'> {
  return await store.transaction(async (trx) => {
    // One upload of a chat at a time, or many at once would all be the last one that is allowed.
    if ((await lockMailbox(trx, lineId, chatId, now)) === undefined) return 'full'
    const sum = async (where: string, bindings: readonly unknown[]) => {
      const [row] = await trx.rows<{ files: number | string; bytes: number | string | null }>(
        `SELECT COUNT(*) AS files, SUM(size) AS bytes FROM upload WHERE ${where}`,
        bindings,
      )
      return { files: Number(row?.files ?? 0), bytes: Number(row?.bytes ?? 0) }
    }
    const own = await sum('line_id = ? AND chat_id = ? AND at > ?', [lineId, chatId, limits.since])
    if (own.files >= limits.perChat) return 'many'
    const size = Math.max(bytes.length, LEAST_BYTES)
    const line = await sum('line_id = ?', [lineId])
    if (line.bytes + size > limits.lineBytes) return 'full'
    const hub = await sum('at > ?', [limits.since])
    if (hub.bytes + size > limits.hubBytes) return 'full'
    await trx.run('INSERT INTO upload (id, line_id, chat_id, size, at) VALUES (?, ?, ?, ?, ?)', [
      id,
      lineId,
      chatId,
      size,
      now,
    ])
    for (let part = 0; part * PIECE_BYTES < bytes.length; part++) {
      const piece = bytes.subarray(part * PIECE_BYTES, (part + 1) * PIECE_BYTES)
      await trx.run(
        'INSERT INTO upload_piece (upload_id, part, line_id, at, bytes) VALUES (?, ?, ?, ?, ?)',
        [id, part, lineId, now, Buffer.from(piece).toString('base64')],
      )
    }
    return 'kept'
  })
}

/** A piece of a line's file; undefined behind its end, and for a file that isn't there. */
export async function readPiece(
  store: Store,
  lineId: number,
  id: string,
  part: number,
): Promise<Buffer | undefined> {
  const [row] = await store.rows<{ bytes: string }>(
    'SELECT bytes FROM upload_piece WHERE upload_id = ? AND part = ? AND line_id = ?',
    [id, part, lineId],
  )
  return row && Buffer.from(row.bytes, 'base64')
}

/** How many bytes its pieces hold. */
export async function sizeOfPieces(store: Store, lineId: number, id: string): Promise<number> {
  const rows = await store.rows<{ chars: number | string; tail: string }>(
    `SELECT LENGTH(bytes) AS chars, SUBSTR(bytes, LENGTH(bytes) - 1) AS tail
     FROM upload_piece WHERE upload_id = ? AND line_id = ?`,
    [id, lineId],
  )
  return rows.reduce((sum, { chars, tail }) => {
    const padding = tail.endsWith('==') ? 2 : Number(tail.endsWith('='))
    return sum + (Number(chars) / 4) * 3 - padding
  }, 0)
}
