import type { Recipient } from '../../core/recipient.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { type RecipientFilter, whereFiltered } from '../recipients/find.ts'
import { type RecipientRow, toRecipient } from '../recipients/rows.ts'

export async function readLeads(
  store: Pick<Transaction, 'rows'>,
  leads: readonly number[],
): Promise<Map<number, Recipient>> {
  const wanted = [...new Set(leads)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<RecipientRow>(
    `SELECT * FROM recipient WHERE lead IN ${marks(wanted.length)}`,
    wanted,
  )
  return new Map(rows.map((row) => [row.lead, toRecipient(row)]))
}

export async function readLeadsByChat(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  chatIds: readonly string[],
): Promise<Map<string, Recipient>> {
  const wanted = [...new Set(chatIds)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<RecipientRow>(
    `SELECT * FROM recipient WHERE line_id = ? AND chat_id IN ${marks(wanted.length)}`,
    [lineId, ...wanted],
  )
  return new Map(rows.map((row) => [row.chat_id, toRecipient(row)]))
}

/** The recipient of a person that was seen last. */
export async function findLeadOfPerson(
  store: Pick<Transaction, 'rows'>,
  portalId: string,
  person: string,
): Promise<Recipient | undefined> {
  const [row] = await store.rows<RecipientRow>(
    `SELECT * FROM recipient WHERE portal_id = ? AND person = ?
     ORDER BY COALESCE(last_seen_at, 0) DESC, lead DESC LIMIT 1`,
    [portalId, person],
  )
  return row && toRecipient(row)
}

/**
 * The chat of the person with this number who was seen last, where they are known by another id than the number: whoever takes a
 * user name keeps the number, and has their chat by the id. `chatId`: that of the number itself, which goes first.
 */
export async function findChatOfPhone(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  { chatId, phone }: { readonly chatId: string; readonly phone: string },
): Promise<string | undefined> {
  const columns = 'chat_id, COALESCE(last_seen_at, 0) AS seen_at, lead'
  // Each part by its own index: with OR the whole line might be read.
  const [row] = await store.rows<{ chat_id: string }>(
    `SELECT 0 AS place, ${columns} FROM recipient WHERE line_id = ? AND chat_id = ?
     UNION ALL SELECT 1 AS place, ${columns} FROM recipient WHERE line_id = ? AND phone IN (?, ?)
     ORDER BY place, seen_at DESC, lead DESC LIMIT 1`,
    [lineId, chatId, lineId, phone, chatId],
  )
  return row?.chat_id
}

/** Recipients of a line beyond `after` in the order of their numbers. */
export async function pageLeads(
  store: Store,
  page: {
    readonly lineId: number
    readonly filter: RecipientFilter
    readonly after: number
    readonly limit: number
  },
): Promise<Recipient[]> {
  const { sql, bindings } = whereFiltered(page.filter)
  const rows = await store.rows<RecipientRow>(
    `SELECT * FROM recipient WHERE line_id = ? AND lead > ? ${sql} ORDER BY lead LIMIT ?`,
    [page.lineId, page.after, ...bindings, page.limit],
  )
  return rows.map(toRecipient)
}

/** Recipients whose dialog the communications have seen open and in which nobody has written since `before`. */
export async function readIdleDialogs(
  store: Store,
  lineId: number,
  before: number,
  limit: number,
): Promise<Recipient[]> {
  const rows = await store.rows<RecipientRow>(
    `SELECT * FROM recipient WHERE line_id = ? AND is_dialog_open = 1 AND dialog_at <= ?
     ORDER BY dialog_at, lead LIMIT ?`,
    [lineId, before, limit],
  )
  return rows.map(toRecipient)
}

/** A message of either side at `at`; `hasWritten` if it was one of the person. */
export function noteDialog(
  lead: number,
  { at, hasWritten }: { readonly at: number; readonly hasWritten: boolean },
): Statement {
  return {
    sql: `UPDATE recipient SET is_dialog_open = 1, has_written = CASE WHEN ? = 1 THEN 1 ELSE has_written END,
      dialog_at = CASE WHEN dialog_at IS NULL OR dialog_at < ? THEN ? ELSE dialog_at END WHERE lead = ?`,
    bindings: [hasWritten ? 1 : 0, at, at, lead],
  }
}

export function closeDialogs(leads: readonly number[]): Statement[] {
  if (leads.length === 0) return []
  return [
    {
      sql: `UPDATE recipient SET is_dialog_open = 0 WHERE lead IN ${marks(leads.length)}`,
      bindings: [...leads].sort((a, b) => a - b),
    },
  ]
}

/** The recipients as they are now, their rows locked in the order of their numbers. */
export async function lockLeads(
  runner: StatementRunner,
  leads: readonly number[],
): Promise<Map<number, Recipient>> {
  const wanted = [...new Set(leads)].sort((a, b) => a - b)
  const [found] = await runner.batch([
    {
      sql: lockRows(
        runner,
        `SELECT * FROM recipient WHERE lead IN ${marks(wanted.length)} ORDER BY lead`,
      ),
      bindings: wanted,
    },
  ])
  return new Map(((found?.rows ?? []) as RecipientRow[]).map((row) => [row.lead, toRecipient(row)]))
}
