import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

/** A recipient as the communications work with it. */
export interface Lead {
  readonly lead: number
  readonly lineId: number
  readonly portalId: string
  readonly chatId: string
  /** What the channel told of the person. */
  readonly person: JsonObject
  readonly language?: string
  readonly tags: readonly string[]
  readonly attributes: JsonObject
  /** Epoch ms, as all instants; of messages of the person. */
  readonly firstMessageAt?: number
  readonly lastSeenAt?: number
  readonly blockedAt?: number
  readonly dialogAt?: number
  readonly dialogClosedAt?: number
  /** Have the communications seen a message of the person, and the dialog opened? */
  readonly hasWritten: boolean
  readonly isDialogOpen: boolean
}

interface LeadRow {
  lead: number
  line_id: number
  portal_id: string
  chat_id: string
  person_data: string
  language: string | null
  tags: string
  attributes: string
  first_message_at: number | null
  last_seen_at: number | null
  blocked_at: number | null
  dialog_at: number | null
  dialog_closed_at: number | null
  has_written: number
  is_dialog_open: number
}

const COLUMNS = `lead, line_id, portal_id, chat_id, person_data, language, tags, attributes, first_message_at, last_seen_at,
  blocked_at, dialog_at, dialog_closed_at, has_written, is_dialog_open`

function toLead(row: LeadRow): Lead {
  return {
    lead: row.lead,
    lineId: row.line_id,
    portalId: row.portal_id,
    chatId: row.chat_id,
    person: JSON.parse(row.person_data) as JsonObject,
    tags: JSON.parse(row.tags) as string[],
    attributes: JSON.parse(row.attributes) as JsonObject,
    hasWritten: Boolean(row.has_written),
    isDialogOpen: Boolean(row.is_dialog_open),
    ...given({
      language: row.language,
      firstMessageAt: row.first_message_at,
      lastSeenAt: row.last_seen_at,
      blockedAt: row.blocked_at,
      dialogAt: row.dialog_at,
      dialogClosedAt: row.dialog_closed_at,
    }),
  }
}

export async function readLeads(
  store: Pick<Transaction, 'rows'>,
  leads: readonly number[],
): Promise<Map<number, Lead>> {
  const wanted = [...new Set(leads)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<LeadRow>(
    `SELECT ${COLUMNS} FROM recipient WHERE lead IN ${marks(wanted.length)}`,
    wanted,
  )
  return new Map(rows.map((row) => [row.lead, toLead(row)]))
}

export async function readLeadsByChat(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  chatIds: readonly string[],
): Promise<Map<string, Lead>> {
  const wanted = [...new Set(chatIds)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<LeadRow>(
    `SELECT ${COLUMNS} FROM recipient WHERE line_id = ? AND chat_id IN ${marks(wanted.length)}`,
    [lineId, ...wanted],
  )
  return new Map(rows.map((row) => [row.chat_id, toLead(row)]))
}

/** The recipient of a person that was seen last. */
export async function findLeadOfPerson(
  store: Pick<Transaction, 'rows'>,
  portalId: string,
  person: string,
): Promise<Lead | undefined> {
  const [row] = await store.rows<LeadRow>(
    `SELECT ${COLUMNS} FROM recipient WHERE portal_id = ? AND person = ?
     ORDER BY COALESCE(last_seen_at, 0) DESC, lead DESC LIMIT 1`,
    [portalId, person],
  )
  return row && toLead(row)
}

export interface LeadFilter {
  readonly tags?: readonly string[]
  readonly notTags?: readonly string[]
  readonly seenAfter?: number
  readonly seenBefore?: number
  readonly language?: string
}

/** Recipients of a line beyond `after` in the order of their numbers. */
export async function pageLeads(
  store: Store,
  page: {
    readonly lineId: number
    readonly filter: LeadFilter
    readonly after: number
    readonly limit: number
  },
): Promise<Lead[]> {
  const { sql, bindings } = whereLeads(page.lineId, page.filter)
  const rows = await store.rows<LeadRow>(
    `SELECT ${COLUMNS} FROM recipient r WHERE ${sql} AND lead > ? ORDER BY lead LIMIT ?`,
    [...bindings, page.after, page.limit],
  )
  return rows.map(toLead)
}

export async function countLeads(
  store: Store,
  lineId: number,
  filter: LeadFilter,
): Promise<number> {
  const { sql, bindings } = whereLeads(lineId, filter)
  const [row] = await store.rows<{ count: number }>(
    `SELECT COUNT(*) AS count FROM recipient r WHERE ${sql}`,
    bindings,
  )
  return Number(row?.count ?? 0)
}

function whereLeads(
  lineId: number,
  { tags = [], notTags = [], seenAfter, seenBefore, language }: LeadFilter,
): { readonly sql: string; readonly bindings: readonly unknown[] } {
  const tagged = `SELECT 1 FROM recipient_tag t WHERE t.line_id = r.line_id AND t.tag = ? AND t.lead = r.lead`
  const terms = [
    { sql: 'r.line_id = ?', values: [lineId] as unknown[] },
    ...tags.map((tag) => ({ sql: `EXISTS (${tagged})`, values: [tag] })),
    ...notTags.map((tag) => ({ sql: `NOT EXISTS (${tagged})`, values: [tag] })),
    ...(seenAfter === undefined ? [] : [{ sql: 'r.last_seen_at >= ?', values: [seenAfter] }]),
    ...(seenBefore === undefined ? [] : [{ sql: 'r.last_seen_at < ?', values: [seenBefore] }]),
    ...(language === undefined ? [] : [{ sql: 'r.language = ?', values: [language] }]),
  ]
  return {
    sql: terms.map(({ sql }) => sql).join(' AND '),
    bindings: terms.flatMap(({ values }) => values),
  }
}

/** Recipients whose dialog the communications have seen open and in which nobody has written since `before`. */
export async function readIdleDialogs(
  store: Store,
  lineId: number,
  before: number,
  limit: number,
): Promise<Lead[]> {
  const rows = await store.rows<LeadRow>(
    `SELECT ${COLUMNS} FROM recipient WHERE line_id = ? AND is_dialog_open = 1 AND dialog_at <= ?
     ORDER BY dialog_at, lead LIMIT ?`,
    [lineId, before, limit],
  )
  return rows.map(toLead)
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

/** Is somebody talking? `idleMs`: how long after the last message that still holds. */
export function isTalking(
  { dialogAt, dialogClosedAt }: Pick<Lead, 'dialogAt' | 'dialogClosedAt'>,
  now: number,
  idleMs: number,
): boolean {
  if (dialogAt === undefined || now >= dialogAt + idleMs) return false
  return dialogClosedAt === undefined || dialogAt > dialogClosedAt
}
