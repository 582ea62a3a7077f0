import { nextSeq } from '../../core/ids.ts'
import { CONTROL_TYPE } from '../../core/inbox.ts'
import { forUpdate, insertIgnore, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

export interface DeadLetter {
  readonly seq: number
  readonly type: string
  readonly payload: string
  readonly reason: string
  readonly deadAt: number
}

export interface DeadLetterPage {
  /** The last number of the page before. */
  readonly after: number
  readonly limit: number
  /** The page ends when it holds so many bytes of payload; one that is larger alone is given all the same. */
  readonly maxBytes: number
}

/** Letters that are read in one statement: each may hold a megabyte. */
const READ_AT_ONCE = 10

/** A page of a line's dead letters in the order of their events; `isMore`: it isn't the last. */
export async function listDeadLetters(
  store: Store,
  lineId: number,
  { after, limit, maxBytes }: DeadLetterPage,
): Promise<{ letters: DeadLetter[]; isMore: boolean }> {
  const letters: DeadLetter[] = []
  let bytes = 0
  for (;;) {
    const last = letters.at(-1)?.seq ?? after
    const found = await readLetters(store, lineId, last, READ_AT_ONCE)
    for (const letter of found) {
      bytes += Buffer.byteLength(letter.payload)
      const isFull = letters.length === limit || (letters.length > 0 && bytes > maxBytes)
      if (isFull) return { letters, isMore: true }
      letters.push(letter)
    }
    if (found.length < READ_AT_ONCE) return { letters, isMore: false }
    await store.letOthersIn()
  }
}

async function readLetters(
  store: Store,
  lineId: number,
  after: number,
  limit: number,
): Promise<DeadLetter[]> {
  const rows = await store.rows<{
    seq: number
    type: string
    payload: string
    reason: string
    dead_at: number
  }>(
    `SELECT seq, type, payload, reason, dead_at FROM dead_letter
     WHERE line_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    [lineId, after, limit],
  )
  return rows.map(({ dead_at: deadAt, ...row }) => ({ ...row, deadAt }))
}

const CHUNK = 500

/**
 * Puts dead letters back into the queue under the ids they had, all of them or those named. They come before what was
 * queued later, for their numbers are lower; a process that holds the line sees by `replays` that it has to read again from the start.
 */
export async function replayDeadLetters(
  store: Store,
  lineId: number,
  seqs: readonly number[] | undefined,
  now: number,
): Promise<number> {
  let replayed = 0
  for (let after = 0; ; ) {
    const part = await pickLetters(store, lineId, seqs, after)
    const last = part.at(-1)
    if (last === undefined) return replayed
    after = last
    replayed += await replayChunk(store, lineId, part, now)
  }
}

async function replayChunk(
  store: Store,
  lineId: number,
  seqs: readonly number[],
  now: number,
): Promise<number> {
  return await store.transaction(async (trx) => {
    const [row] = await trx.rows<{ seq: number; purge_until: number }>(
      `SELECT seq, purge_until FROM inbox_line WHERE line_id = ?${forUpdate(trx)}`,
      [lineId],
    )
    if (!row) return 0
    await trx.run(
      `${insertIgnore(trx)} inbox_event (line_id, seq, type, payload, created_at)
       SELECT line_id, seq, type, payload, created_at FROM dead_letter
       WHERE line_id = ? AND seq > ? AND seq IN ${marks(seqs.length)}`,
      [lineId, row.purge_until, ...seqs],
    )
    const { changes } = await trx.run(
      `DELETE FROM dead_letter WHERE line_id = ? AND seq > ? AND seq IN ${marks(seqs.length)}`,
      [lineId, row.purge_until, ...seqs],
    )
    await trx.run(
      `UPDATE inbox_line SET replays = replays + 1, strikes = 0, seq = ?,
       due_at = CASE WHEN owner IS NULL AND due_at IS NULL THEN ? ELSE due_at END WHERE line_id = ?`,
      [nextSeq(row.seq, now), now, lineId],
    )
    return changes
  })
}

export async function deleteDeadLetters(
  store: Store,
  lineId: number,
  seqs: readonly number[] | undefined,
): Promise<number> {
  let deleted = 0
  for (let after = 0; ; ) {
    const part = await pickLetters(store, lineId, seqs, after)
    const last = part.at(-1)
    if (last === undefined) return deleted
    after = last
    const { changes } = await store.run(
      `DELETE FROM dead_letter WHERE line_id = ? AND seq IN ${marks(part.length)}`,
      [lineId, ...part],
    )
    deleted += changes
  }
}

/** The next numbers after `after`, of all letters or of those named. Control packets aren't replayed: they were about a moment that has passed. */
async function pickLetters(
  store: Store,
  lineId: number,
  seqs: readonly number[] | undefined,
  after: number,
): Promise<number[]> {
  if (seqs && seqs.length === 0) return []
  const wanted = seqs ? ` AND seq IN ${marks(seqs.length)}` : ''
  const rows = await store.rows<{ seq: number }>(
    `SELECT seq FROM dead_letter WHERE line_id = ? AND seq > ? AND type <> ?${wanted} ORDER BY seq LIMIT ?`,
    [lineId, after, CONTROL_TYPE, ...(seqs ?? []), CHUNK],
  )
  return rows.map(({ seq }) => seq)
}
