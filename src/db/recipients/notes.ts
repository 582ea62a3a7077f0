import type { RenderedPerson } from '../../core/stored-event.ts'
import { groupByLine, whereByLine } from '../engine/pieces.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { markRows } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { toPersonColumns } from './rows.ts'

/** What the traffic of a while has shown of one chat. Instants are epoch ms. */
export interface ChatNote {
  readonly lineId: number
  readonly chatId: string
  /** What the channel tells of the person, and when it told that. */
  readonly person?: RenderedPerson
  readonly personAt?: number
  /** Of the person's first and last message of that while. */
  readonly firstSeenAt?: number
  readonly seenAt?: number
  /** Of the last message of either side. */
  readonly talkAt?: number
  /** The person has blocked the line, or lets it write, whichever came last. */
  readonly blocked?: { readonly at: number; readonly isBlocked: boolean }
}

interface NotedRow {
  readonly lead: number
  readonly line_id: number
  readonly chat_id: string
  readonly person_version: string | null
  readonly first_message_at: number | null
  readonly last_seen_at: number | null
  readonly dialog_at: number | null
  readonly blocked_at: number | null
}

/** A note with the row of its chat. */
export interface Noted {
  readonly row: NotedRow
  readonly note: ChatNote
}

/** The rows that these notes change, as far as can be seen before they are locked; chats that have no row are passed over. */
export async function findNoted(store: Store, notes: readonly ChatNote[]): Promise<Noted[]> {
  const byKey = new Map(notes.map((note) => [keyOf(note.lineId, note.chatId), note]))
  const chats = groupByLine(
    notes,
    ({ lineId }) => lineId,
    ({ chatId }) => [chatId],
  )
  const found: Noted[] = []
  for (const { sql, bindings } of whereByLine('chat_id', chats)) {
    const rows = await store.rows<NotedRow>(
      `SELECT lead, line_id, chat_id, person_version, first_message_at, last_seen_at, dialog_at, blocked_at
       FROM recipient WHERE ${sql}`,
      bindings,
    )
    for (const row of rows) {
      const note = byKey.get(keyOf(row.line_id, row.chat_id))
      if (note && statementsOf(store, [{ row, note }]).length > 0) found.push({ row, note })
    }
  }
  return found
}

/**
 * Writes some of them, in one transaction; they are to be in the order of their leads. What another process has written
 * later stays: instants only go up. Repeating it does no harm.
 */
export async function writeNoted(store: Store, noted: readonly Noted[]): Promise<void> {
  const statements = statementsOf(store, noted)
  await store.shortTransaction(
    async (runner) => {
      await runner.batch(statements.slice(0, -1))
      return { statements: statements.slice(-1), value: undefined }
    },
    { isRepeatable: true },
  )
}

function statementsOf(store: Pick<Store, 'dialect'>, noted: readonly Noted[]): Statement[] {
  return [
    ...writeInstants(store, noted.flatMap(toInstants)),
    ...noted.flatMap(({ row, note }) => [...writePerson(row, note), ...writeBlocked(row, note)]),
  ]
}

function keyOf(lineId: number, chatId: string): string {
  return `${lineId}:${chatId}`
}

/** A lead with the instants of its first and last message and of the talk, as far as they move its row. */
type Instants = readonly [
  lead: number,
  first: number | null,
  seen: number | null,
  talk: number | null,
]

function toInstants({ row, note }: Noted): Instants[] {
  const first = row.first_message_at === null ? (note.firstSeenAt ?? null) : null
  const seen = laterThan(row.last_seen_at, note.seenAt)
  const talk = laterThan(row.dialog_at, note.talkAt)
  return first === null && seen === null && talk === null ? [] : [[row.lead, first, seen, talk]]
}

function laterThan(before: number | null, at: number | undefined): number | null {
  return at !== undefined && (before === null || at > before) ? at : null
}

const COLUMNS = ['lead', 'first_at', 'seen_at', 'talk_at']
/** What another process has written later stays. */
const SET_INSTANTS = `first_message_at = COALESCE(first_message_at, n.first_at),
  last_seen_at = CASE WHEN n.seen_at IS NULL OR last_seen_at >= n.seen_at THEN last_seen_at ELSE n.seen_at END,
  dialog_at = CASE WHEN n.talk_at IS NULL OR dialog_at >= n.talk_at THEN dialog_at ELSE n.talk_at END`

/** All of them in one statement, in the order of their leads: a statement each costs three times as much. */
function writeInstants(
  { dialect }: Pick<Store, 'dialect'>,
  rows: readonly Instants[],
): Statement[] {
  if (rows.length === 0) return []
  const named = COLUMNS.map((name) => `? AS ${name}`).join(', ')
  const union = [`SELECT ${named}`, ...Array(rows.length - 1).fill('SELECT ?, ?, ?, ?')]
  const sql =
    dialect === 'mysql'
      ? `UPDATE (${union.join(' UNION ALL ')}) n STRAIGHT_JOIN recipient ON recipient.lead = n.lead SET ${SET_INSTANTS}`
      : `WITH n (${COLUMNS.join(', ')}) AS (VALUES ${markRows(rows.length, COLUMNS.length)})
        UPDATE recipient SET ${SET_INSTANTS} FROM n WHERE recipient.lead = n.lead`
  return [{ sql, bindings: rows.flat() }]
}

/** Another process that has seen a later message has been told something newer. */
function writePerson(
  { lead, person_version }: NotedRow,
  { person, personAt }: ChatNote,
): Statement[] {
  if (person?.version === undefined || person.version === person_version) return []
  const { data, version, search, language, phone } = toPersonColumns(person)
  return [
    {
      sql: `UPDATE recipient SET person_data = ?, person_version = ?, search = ?, language = ?, phone = ?
        WHERE lead = ? AND (last_seen_at IS NULL OR last_seen_at <= ?)`,
      bindings: [data, version, search, language, phone, lead, personAt ?? 0],
    },
  ]
}

/** A message that another process has seen later than the block shows that it is over. */
function writeBlocked({ lead, blocked_at }: NotedRow, { blocked, seenAt }: ChatNote): Statement[] {
  const isOver = blocked && seenAt !== undefined && seenAt > blocked.at
  if (blocked?.isBlocked && !isOver) {
    return [
      {
        sql: `UPDATE recipient SET blocked_at = ? WHERE lead = ? AND blocked_at IS NULL
          AND (last_seen_at IS NULL OR last_seen_at <= ?)`,
        bindings: [blocked.at, lead, blocked.at],
      },
    ]
  }
  const endedAt = isOver ? seenAt : (blocked?.at ?? seenAt)
  if (blocked_at === null || endedAt === undefined) return []
  return [
    {
      sql: 'UPDATE recipient SET blocked_at = NULL WHERE lead = ? AND blocked_at <= ?',
      bindings: [lead, endedAt],
    },
  ]
}
