import type { RenderedPerson } from '../../core/stored-event.ts'
import { groupByLine, whereByLine } from '../engine/pieces.ts'
import type { Statement } from '../engine/short-transaction.ts'
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
  lead: number
  line_id: number
  chat_id: string
  person_version: string | null
  first_message_at: number | null
  last_seen_at: number | null
  dialog_at: number | null
  blocked_at: number | null
}

/**
 * Writes what has changed by these notes; chats that have no row are passed over. Nothing is written that another process has
 * written later: instants only go up. Repeating it does no harm.
 */
export async function writeNotes(store: Store, notes: readonly ChatNote[]): Promise<void> {
  const byKey = new Map(notes.map((note) => [keyOf(note.lineId, note.chatId), note]))
  const chats = groupByLine(
    notes,
    ({ lineId }) => lineId,
    ({ chatId }) => [chatId],
  )
  const found: NotedRow[] = []
  for (const { sql, bindings } of whereByLine('chat_id', chats)) {
    found.push(
      ...(await store.rows<NotedRow>(
        `SELECT lead, line_id, chat_id, person_version, first_message_at, last_seen_at, dialog_at, blocked_at
         FROM recipient WHERE ${sql}`,
        bindings,
      )),
    )
  }
  const statements = found
    .sort((a, b) => a.lead - b.lead)
    .flatMap((row) => {
      const note = byKey.get(keyOf(row.line_id, row.chat_id))
      return note ? changesBy(row, note) : []
    })
  if (statements.length === 0) return
  await store.shortTransaction(
    async (runner) => {
      await runner.batch(statements.slice(0, -1))
      return { statements: statements.slice(-1), value: undefined }
    },
    { isRepeatable: true },
  )
}

function keyOf(lineId: number, chatId: string): string {
  return `${lineId}:${chatId}`
}

function changesBy(
  row: NotedRow,
  { person, personAt = 0, firstSeenAt, seenAt, talkAt, blocked }: ChatNote,
): Statement[] {
  const changes: Change[] = []
  const { lead } = row
  if (seenAt !== undefined && firstSeenAt !== undefined) {
    if (row.first_message_at === null)
      changes.push(['first_message_at', 'COALESCE(first_message_at, ?)', firstSeenAt])
    if (isLater(seenAt, row.last_seen_at)) changes.push(rising('last_seen_at', seenAt))
  }
  if (talkAt !== undefined && isLater(talkAt, row.dialog_at))
    changes.push(rising('dialog_at', talkAt))
  const statements = changes.length > 0 ? [update(lead, changes)] : []
  if (person?.version !== undefined && person.version !== row.person_version) {
    statements.push(writePerson(lead, person, personAt))
  }
  if (blocked) statements.push(...writeBlocked(row, blocked))
  return statements
}

/** A column, the expression that it becomes, and the values in that. */
type Change = readonly [column: string, expression: string, ...values: readonly unknown[]]

function isLater(at: number, before: number | null): boolean {
  return before === null || at > before
}

function rising(column: string, at: number): Change {
  return [column, `CASE WHEN ${column} IS NULL OR ${column} < ? THEN ? ELSE ${column} END`, at, at]
}

function update(lead: number, changes: readonly Change[]): Statement {
  return {
    sql: `UPDATE recipient SET ${changes.map(([column, to]) => `${column} = ${to}`).join(', ')} WHERE lead = ?`,
    bindings: [...changes.flatMap(([, , ...values]) => values), lead],
  }
}

/** Another process that has seen a later message has been told something newer. */
function writePerson(lead: number, person: RenderedPerson, at: number): Statement {
  const { data, version, search, language, phone } = toPersonColumns(person)
  return {
    sql: `UPDATE recipient SET person_data = ?, person_version = ?, search = ?, language = ?, phone = ?
      WHERE lead = ? AND (last_seen_at IS NULL OR last_seen_at <= ?)`,
    bindings: [data, version, search, language, phone, lead, at],
  }
}

/** A message that another process has seen later than the block shows that it is over. */
function writeBlocked(
  { lead, blocked_at }: NotedRow,
  { at, isBlocked }: NonNullable<ChatNote['blocked']>,
): Statement[] {
  if (isBlocked) {
    return [
      {
        sql: `UPDATE recipient SET blocked_at = ? WHERE lead = ? AND blocked_at IS NULL
          AND (last_seen_at IS NULL OR last_seen_at <= ?)`,
        bindings: [at, lead, at],
      },
    ]
  }
  if (blocked_at === null) return []
  return [
    {
      sql: 'UPDATE recipient SET blocked_at = NULL WHERE lead = ? AND blocked_at <= ?',
      bindings: [lead, at],
    },
  ]
}
