import { nextSeq } from '../core/ids.ts'
import type { OutboxKind } from './outbox.ts'
import { forUpdate, markRows, marks } from './sql.ts'
import type { Store, Transaction } from './store.ts'

export interface NewOutboxMessage {
  readonly lineId: number
  readonly chatId: string
  readonly kind: OutboxKind
  /** JSON of what to send. */
  readonly payload: string
  /** The portal's own name of the message. */
  readonly key?: string
}

interface KeyedRow {
  line_id: number
  seq: number
  portal_key: string | null
  created_at: number
}

/** How long a portal's key makes a repeated call harmless. */
const KEY_LIFE_MS = 24 * 3600 * 1000

/**
 * Queues messages; the row of their line is locked, so numbers follow the order of commits. Gives the number of each: of
 * the earlier message where the portal's key was used before.
 */
export async function enqueueMessages(
  store: Store,
  messages: readonly NewOutboxMessage[],
  now: number,
): Promise<number[]> {
  return await store.transaction(async (trx) => {
    const tails = await lockTails(trx, messages)
    const known = await findByKey(trx, messages, now)
    const inserts: unknown[][] = []
    const seqs = messages.map((message) => {
      const keyed = message.key === undefined ? undefined : keyOf(message.lineId, message.key)
      const earlier = keyed === undefined ? undefined : known.get(keyed)
      if (earlier !== undefined) return earlier
      const seq = nextSeq(tails.get(message.lineId) ?? 0, now)
      tails.set(message.lineId, seq)
      if (keyed !== undefined) known.set(keyed, seq)
      inserts.push([
        message.lineId,
        seq,
        message.chatId,
        message.kind,
        message.payload,
        message.key ?? null,
        'queued',
        now,
        now,
        now,
      ])
      return seq
    })
    await insertMessages(trx, inserts)
    await moveTails(trx, tails, now)
    return seqs
  })
}

async function lockTails(
  trx: Transaction,
  messages: readonly NewOutboxMessage[],
): Promise<Map<number, number>> {
  const ids = [...new Set(messages.map(({ lineId }) => lineId))].sort((a, b) => a - b)
  const rows = await trx.rows<{ line_id: number; seq: number }>(
    `SELECT line_id, seq FROM outbox_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id${forUpdate(trx)}`,
    ids,
  )
  return new Map(rows.map((row) => [row.line_id, row.seq]))
}

async function findByKey(
  trx: Transaction,
  messages: readonly NewOutboxMessage[],
  now: number,
): Promise<Map<string, number>> {
  const keyed = messages.filter((message) => message.key !== undefined)
  if (keyed.length === 0) return new Map()
  const rows = await trx.rows<KeyedRow>(
    `SELECT line_id, seq, portal_key, created_at FROM outbox_message
     WHERE ${keyed.map(() => '(line_id = ? AND portal_key = ?)').join(' OR ')}`,
    keyed.flatMap(({ lineId, key }) => [lineId, key]),
  )
  const known = new Map<string, number>()
  for (const row of rows) {
    if (row.created_at > now - KEY_LIFE_MS) {
      known.set(keyOf(row.line_id, row.portal_key ?? ''), row.seq)
    } else {
      await trx.run('UPDATE outbox_message SET portal_key = NULL WHERE line_id = ? AND seq = ?', [
        row.line_id,
        row.seq,
      ])
    }
  }
  return known
}

function keyOf(lineId: number, key: string): string {
  return `${lineId}:${key}`
}

async function insertMessages(trx: Transaction, rows: readonly unknown[][]): Promise<void> {
  if (rows.length === 0) return
  await trx.run(
    `INSERT INTO outbox_message (line_id, seq, chat_id, kind, payload, portal_key, state, due_at, created_at, updated_at)
     VALUES ${markRows(rows.length, 10)}`,
    rows.flat(),
  )
}

async function moveTails(
  trx: Transaction,
  tails: ReadonlyMap<number, number>,
  now: number,
): Promise<void> {
  for (const [lineId, seq] of tails) {
    await trx.run(
      `UPDATE outbox_line SET seq = ?,
       due_at = CASE WHEN owner IS NULL AND paused_at IS NULL AND (due_at IS NULL OR due_at > ?) THEN ? ELSE due_at END
       WHERE line_id = ?`,
      [seq, now, now, lineId],
    )
  }
}
