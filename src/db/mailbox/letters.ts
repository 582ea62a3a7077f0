import type { Letter, NewLetter } from '../../core/mailbox.ts'
import { groupByLine, whereByLine } from '../engine/pieces.ts'
import { forUpdate, insertIgnore, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

/** The tables `mailbox` and `mailbox_letter`. */

/** The most that is kept of a chat: older letters go as new ones come. */
const MAX_LETTERS = 500
/** Room for so many numbers in each millisecond: a chat whose row was pruned goes on behind all numbers it ever had. */
const SEQ_PER_MS = 1024

/** Stores a letter, unless its line is gone or has one of this name. */
export async function putLetter(store: Store, letter: NewLetter, now: number): Promise<void> {
  const { lineId, chatId, name, body, until = null } = letter
  await store.transaction(
    async (trx) => {
      const last = await lockMailbox(trx, lineId, chatId, now)
      if (last === undefined) return
      const known = await trx.rows('SELECT id FROM mailbox_letter WHERE line_id = ? AND name = ?', [
        lineId,
        name,
      ])
      if (known.length > 0) return
      const seq = last + 1
      await trx.run(
        `INSERT INTO mailbox_letter (line_id, chat_id, seq, name, at, until, body)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [lineId, chatId, seq, name, now, until, JSON.stringify(body)],
      )
      await trx.run(
        'UPDATE mailbox SET last_seq = ?, touched_at = ? WHERE line_id = ? AND chat_id = ?',
        [seq, now, lineId, chatId],
      )
      await trx.run('DELETE FROM mailbox_letter WHERE line_id = ? AND chat_id = ? AND seq = ?', [
        lineId,
        chatId,
        seq - MAX_LETTERS,
      ])
    },
    { isRepeatable: true },
  )
}

/** Locks a chat's row, which is made if it isn't there; gives its last number. Undefined if the line is gone. */
export async function lockMailbox(
  trx: Transaction,
  lineId: number,
  chatId: string,
  now: number,
): Promise<number | undefined> {
  const find = async (): Promise<number | undefined> => {
    const [row] = await trx.rows<{ last_seq: number | string }>(
      `SELECT last_seq FROM mailbox WHERE line_id = ? AND chat_id = ?${forUpdate(trx)}`,
      [lineId, chatId],
    )
    return row && Number(row.last_seq)
  }
  const found = await find()
  if (found !== undefined) return found
  await trx.run(
    `${insertIgnore(trx)} mailbox (line_id, chat_id, last_seq, touched_at)
     SELECT id, ?, ?, ? FROM line WHERE id = ?`,
    [chatId, now * SEQ_PER_MS, now, lineId],
  )
  return await find()
}

interface LetterRow {
  id: number | string
  line_id: number
  chat_id: string
  seq: number | string
  at: number | string
  until: number | string | null
  body: string
}

/** A letter, and whose it is. */
export interface FeedLetter extends Letter {
  readonly id: number
  readonly lineId: number
  readonly chatId: string
  readonly until?: number
}

const COLUMNS = 'id, line_id, chat_id, seq, at, until, body'

/** Letters of a chat behind `after`, in order; those whose time is over are left out. */
export async function readLetters(
  store: Store,
  { lineId, chatId, after }: Pick<FeedLetter, 'lineId' | 'chatId'> & { readonly after: number },
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<FeedLetter[]> {
  const rows = await store.rows<LetterRow>(
    `SELECT ${COLUMNS} FROM mailbox_letter
     WHERE line_id = ? AND chat_id = ? AND seq > ? AND (until IS NULL OR until > ?)
     ORDER BY seq LIMIT ?`,
    [lineId, chatId, after, now, limit],
  )
  return rows.map(toLetter)
}

/** The number that the feed of all letters has come to. */
export async function lastFeedId(store: Store): Promise<number> {
  const [row] = await store.rows<{ id: number | string | null }>(
    'SELECT MAX(id) AS id FROM mailbox_letter',
  )
  return Number(row?.id ?? 0)
}

/** Letters of all chats behind `after`, in the order of their ids. */
export async function readFeed(store: Store, after: number, limit: number): Promise<FeedLetter[]> {
  const rows = await store.rows<LetterRow>(
    `SELECT ${COLUMNS} FROM mailbox_letter WHERE id > ? ORDER BY id LIMIT ?`,
    [after, limit],
  )
  return rows.map(toLetter)
}

/** Those that have come meanwhile of numbers that were missing. */
export async function readLate(store: Store, ids: readonly number[]): Promise<FeedLetter[]> {
  if (ids.length === 0) return []
  const rows = await store.rows<LetterRow>(
    `SELECT ${COLUMNS} FROM mailbox_letter WHERE id IN ${marks(ids.length)} ORDER BY id`,
    ids,
  )
  return rows.map(toLetter)
}

/** The last numbers of some chats. */
export async function readLastSeqs(
  store: Store,
  chats: readonly Pick<FeedLetter, 'lineId' | 'chatId'>[],
): Promise<(Pick<FeedLetter, 'lineId' | 'chatId'> & { readonly lastSeq: number })[]> {
  const byLine = groupByLine(
    chats,
    ({ lineId }) => lineId,
    ({ chatId }) => [chatId],
  )
  const found: { lineId: number; chatId: string; lastSeq: number }[] = []
  for (const { sql, bindings } of whereByLine('chat_id', byLine)) {
    const rows = await store.rows<{ line_id: number; chat_id: string; last_seq: number | string }>(
      `SELECT line_id, chat_id, last_seq FROM mailbox WHERE ${sql}`,
      bindings,
    )
    for (const { line_id: lineId, chat_id: chatId, last_seq: lastSeq } of rows) {
      found.push({ lineId, chatId, lastSeq: Number(lastSeq) })
    }
  }
  return found
}

function toLetter(row: LetterRow): FeedLetter {
  return {
    id: Number(row.id),
    lineId: row.line_id,
    chatId: row.chat_id,
    seq: Number(row.seq),
    at: Number(row.at),
    body: JSON.parse(row.body),
    ...(row.until === null ? {} : { until: Number(row.until) }),
  }
}
