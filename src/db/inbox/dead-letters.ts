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

/** Letters whose sizes are looked at in one statement: to count bytes the database may have to read them. */
const LOOK_AT_ONCE = 100

/** A page of a line's dead letters in the order of their events; `isMore`: it isn't the last. */
export async function listDeadLetters(
  store: Store,
  lineId: number,
  { after, limit, maxBytes }: DeadLetterPage,
): Promise<{ letters: DeadLetter[]; isMore: boolean }> {
  const letters: DeadLetter[] = []
  let bytes = 0
  for (let last = after; ; ) {
    const most = Math.min(LOOK_AT_ONCE, limit - letters.length + 1)
    const found = await store.rows<Sized>(
      `SELECT seq, OCTET_LENGTH(payload) AS size FROM dead_letter
       WHERE line_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
      [lineId, last, most],
    )
    const fitting = found.filter(({ size }, index) => {
      bytes += size
      const count = letters.length + index
      return count < limit && (count === 0 || bytes <= maxBytes)
    })
    letters.push(...(await readLetters(store, lineId, fitting)))
    if (fitting.length < found.length) return { letters, isMore: true }
    if (found.length < most) return { letters, isMore: false }
    last = found.at(-1)?.seq ?? last
    await store.letOthersIn()
  }
}

async function readLetters(
  store: Store,
  lineId: number,
  found: readonly Sized[],
): Promise<DeadLetter[]> {
  if (found.length === 0) return []
  const rows = await store.rows<{
    seq: number
    type: string
    payload: string
    reason: string
    dead_at: number
  }>(
    `SELECT seq, type, payload, reason, dead_at FROM dead_letter
     WHERE line_id = ? AND seq IN ${marks(found.length)} ORDER BY seq`,
    [lineId, ...found.map(({ seq }) => seq)],
  )
  return rows.map(({ dead_at: deadAt, ...row }) => ({ ...row, deadAt }))
}

const CHUNK = 500
/** Of letters that are moved or deleted in one transaction: SQLite does it in this thread, some 5 ms for a megabyte. */
const CHUNK_BYTES = 4 * 1024 * 1024

interface Sized {
  readonly seq: number
  /** Bytes of its payload. */
  readonly size: number
}

/**
 * Puts dead letters back into the queue under the ids they had, all of them or those named. They come before what was
 * queued later, for their numbers are lower; a process that holds the line sees by `replays` that it has to read again from the start.
 */
export async function replayDeadLetters(
  store: Store,
  lineId: number,
  seqs: readonly number[] | undefined,
  now: number,
  onReplayed: (seqs: readonly number[]) => void = () => undefined,
): Promise<number> {
  let replayed = 0
  for (let after = 0; ; ) {
    const part = await pickLetters(store, lineId, seqs, after)
    const last = part.at(-1)
    if (last === undefined) return replayed
    after = last.seq
    for (const chunk of chunksOf(part)) {
      const back = await replayChunk(store, lineId, chunk, now)
      onReplayed(back)
      replayed += back.length
      await store.letOthersIn()
    }
  }
}

async function replayChunk(
  store: Store,
  lineId: number,
  seqs: readonly number[],
  now: number,
): Promise<number[]> {
  return await store.transaction(async (trx) => {
    const [row] = await trx.rows<{ seq: number; purge_until: number }>(
      `SELECT seq, purge_until FROM inbox_line WHERE line_id = ?${forUpdate(trx)}`,
      [lineId],
    )
    if (!row) return []
    const found = await trx.rows<{ seq: number }>(
      `SELECT seq FROM dead_letter WHERE line_id = ? AND seq > ? AND seq IN ${marks(seqs.length)}`,
      [lineId, row.purge_until, ...seqs],
    )
    await trx.run(
      `${insertIgnore(trx)} inbox_event (line_id, seq, type, payload, created_at)
       SELECT line_id, seq, type, payload, created_at FROM dead_letter
       WHERE line_id = ? AND seq > ? AND seq IN ${marks(seqs.length)}`,
      [lineId, row.purge_until, ...seqs],
    )
    await trx.run(
      `DELETE FROM dead_letter WHERE line_id = ? AND seq > ? AND seq IN ${marks(seqs.length)}`,
      [lineId, row.purge_until, ...seqs],
    )
    await trx.run(
      `UPDATE inbox_line SET replays = replays + 1, strikes = 0, seq = ?,
       due_at = CASE WHEN owner IS NULL AND due_at IS NULL THEN ? ELSE due_at END WHERE line_id = ?`,
      [nextSeq(row.seq, now), now, lineId],
    )
    return found.map(({ seq }) => seq)
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
    after = last.seq
    for (const chunk of chunksOf(part)) {
      const { changes } = await store.run(
        `DELETE FROM dead_letter WHERE line_id = ? AND seq IN ${marks(chunk.length)}`,
        [lineId, ...chunk],
      )
      deleted += changes
      await store.letOthersIn()
    }
  }
}

/** The next numbers after `after`, of all letters or of those named. Control packets aren't replayed: they were about a moment that has passed. */
async function pickLetters(
  store: Store,
  lineId: number,
  seqs: readonly number[] | undefined,
  after: number,
): Promise<Sized[]> {
  if (seqs && seqs.length === 0) return []
  const wanted = seqs ? ` AND seq IN ${marks(seqs.length)}` : ''
  return await store.rows<Sized>(
    `SELECT seq, OCTET_LENGTH(payload) AS size FROM dead_letter
     WHERE line_id = ? AND seq > ? AND type <> ?${wanted} ORDER BY seq LIMIT ?`,
    [lineId, after, CONTROL_TYPE, ...(seqs ?? []), CHUNK],
  )
}

/** The numbers of letters that are handled together. */
function chunksOf(letters: readonly Sized[]): number[][] {
  const chunks: number[][] = []
  let room = 0
  for (const { seq, size } of letters) {
    const last = chunks.at(-1)
    if (last && size <= room) last.push(seq)
    else chunks.push([seq])
    room = (last && size <= room ? room : CHUNK_BYTES) - size
  }
  return chunks
}
