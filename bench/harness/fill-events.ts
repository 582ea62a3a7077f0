import type { Store } from '../../src/db/engine/store.ts'

export interface WaitingOrder {
  /** Ids of the lines, both included. */
  readonly firstLine: number
  readonly lastLine: number
  readonly perLine: number
  /** Each line's lock ends at a moment of its own between these two, in milliseconds from now. */
  readonly lockedForMs: readonly [number, number]
}

/** As in src/core/ids.ts: room for so many events in a millisecond. */
const SEQ_PER_MS = 1024
/** Rows of one transaction. */
const CHUNK = 100_000
const TEXT =
  'Could you tell me when the blue jacket of my order ships? I ordered it on Monday :grinning:'

/**
 * Lines that have been locked for a while, with events waiting behind the lock, made by the store itself: row by row over
 * a connection a million would take minutes.
 */
export async function fillWaiting(store: Store, order: WaitingOrder): Promise<void> {
  const now = Date.now()
  const base = (now - 3_600_000) * SEQ_PER_MS
  const linesAtOnce = Math.max(1, Math.floor(CHUNK / order.perLine))
  for (let line = order.firstLine; line <= order.lastLine; line += linesAtOnce) {
    const last = Math.min(order.lastLine, line + linesAtOnce - 1)
    for (let from = 1; from <= order.perLine; from += CHUNK) {
      const to = Math.min(order.perLine, from + CHUNK - 1)
      await insertEvents(store, { line, last, from, to, perLine: order.perLine, base, now })
    }
  }
  const [soonest, latest] = order.lockedForMs
  const random = store.dialect === 'mysql' ? 'RAND()' : '(ABS(RANDOM()) / 9223372036854775808.0)'
  await store.run(
    `UPDATE inbox_line SET seq = ?, due_at = ? + FLOOR(${random} * ?), attempt = 4, first_failed_at = ?,
     last_error = 'ECONNREFUSED', probe_size = 1 WHERE line_id BETWEEN ? AND ?`,
    [
      ...[base + order.perLine, now + soonest, latest - soonest],
      ...[now - 600_000, order.firstLine, order.lastLine],
    ],
  )
  await store.run('UPDATE inbox_line SET locked_until = due_at WHERE line_id BETWEEN ? AND ?', [
    order.firstLine,
    order.lastLine,
  ])
}

interface Chunk {
  readonly line: number
  readonly last: number
  readonly from: number
  readonly to: number
  readonly perLine: number
  readonly base: number
  readonly now: number
}

async function insertEvents(store: Store, chunk: Chunk): Promise<void> {
  const { line, last, from, to, perLine, base, now } = chunk
  const numbers =
    store.dialect === 'mysql'
      ? `(SELECT seq AS i FROM seq_${from}_to_${to})`
      : `(WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) SELECT i FROM n)`
  const [head, tail] = writePayload(now)
  // Message ids are different over all lines, so that the portal can tell a repeat.
  await store.run(
    `INSERT INTO inbox_event (line_id, seq, type, payload, created_at)
     SELECT l.line_id, ? + n.i, 'message.new', CONCAT(?, l.line_id * ? + n.i, ?), ?
     FROM inbox_line l CROSS JOIN ${numbers} n WHERE l.line_id BETWEEN ? AND ?
     ORDER BY l.line_id, n.i`,
    [base, head, perLine, tail, now, line, last],
  )
}

/** What src/ingress/render-event.ts makes of a Telegram message, cut where the message's id goes. */
function writePayload(now: number): [string, string] {
  const at = new Date(now).toISOString()
  const id = '_'
  const payload = JSON.stringify({
    type: 'message.new',
    user: { id: '1000000001', name: 'Anna', lastName: 'Berg', username: 'anna_b', language: 'en' },
    chat: { id: '1000000001', name: 'Anna Berg', kind: 'private' },
    message: { id, date: at, text: TEXT },
    at,
  })
  const [head = '', tail = ''] = payload.split(`"${id}"`)
  return [`${head}"`, `"${tail}`]
}
