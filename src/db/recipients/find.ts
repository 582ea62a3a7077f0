import type { Recipient } from '../../core/recipient.ts'
import { inPieces, type Where } from '../engine/pieces.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { type RecipientRow, toRecipient } from './rows.ts'
import { whereFound } from './search.ts'

/** Which recipients of a line are meant. Instants are epoch ms. */
export interface RecipientFilter {
  /** All of them. */
  readonly tags?: readonly string[]
  /** None of them. */
  readonly notTags?: readonly string[]
  /** A part of name, user name, telephone number or e-mail. */
  readonly q?: string
  readonly seenAfter?: number
  readonly seenBefore?: number
  readonly isBlocked?: boolean
  readonly language?: string
}

export interface RecipientPage {
  /** The last lead of the page before, or 0. */
  readonly after: number
  readonly limit: number
  /** The page ends when its rows hold so many bytes; one that is larger alone is given all the same. */
  readonly maxBytes: number
}

/** How a recipient is named. */
export type RecipientName = { readonly lead: number } | { readonly chatId: string }

/** Rows that one statement looks at, so that a filter that few meet holds nobody up. */
const LOOK_AT_ONCE = 5000

export async function findRecipient(
  store: Store,
  lineId: number,
  name: RecipientName,
): Promise<Recipient | undefined> {
  const { sql, bindings } = selectRecipient(lineId, name)
  const [row] = await store.rows<RecipientRow>(sql, bindings)
  return row && toRecipient(row)
}

export function selectRecipient(lineId: number, name: RecipientName): Statement {
  const [column, value] = 'lead' in name ? ['lead', name.lead] : ['chat_id', name.chatId]
  return {
    sql: `SELECT * FROM recipient WHERE line_id = ? AND ${column} = ?`,
    bindings: [lineId, value],
  }
}

/** A page of a line's recipients in the order of their leads; `isMore`: it isn't the last. */
export async function listRecipients(
  store: Store,
  lineId: number,
  filter: RecipientFilter,
  { after, limit, maxBytes }: RecipientPage,
): Promise<{ readonly recipients: readonly Recipient[]; readonly isMore: boolean }> {
  const leads: number[] = []
  let bytes = 0
  for await (const { lead, size } of matching(store, lineId, filter, after, limit + 1)) {
    bytes += size
    const isFull = leads.length === limit || (leads.length > 0 && bytes > maxBytes)
    if (isFull) return { recipients: await readRecipients(store, leads), isMore: true }
    leads.push(lead)
  }
  return { recipients: await readRecipients(store, leads), isMore: false }
}

interface Sized {
  lead: number
  size: number
}

/** Leads that the filter lets through, a stretch of the line's rows after the other. */
async function* matching(
  store: Store,
  lineId: number,
  filter: RecipientFilter,
  after: number,
  most: number,
): AsyncGenerator<Sized> {
  const { sql, bindings } = whereFiltered(filter)
  for (let from = after; ; ) {
    const [end] = await store.rows<{ lead: number }>(
      'SELECT lead FROM recipient WHERE line_id = ? AND lead > ? ORDER BY lead LIMIT 1 OFFSET ?',
      [lineId, from, LOOK_AT_ONCE - 1],
    )
    for (let last = from; ; ) {
      const found = await store.rows<Sized>(
        `SELECT lead, OCTET_LENGTH(person_data) + OCTET_LENGTH(attributes) + OCTET_LENGTH(tags) AS size FROM recipient
         WHERE line_id = ? AND lead > ? ${end ? 'AND lead <= ?' : ''} ${sql} ORDER BY lead LIMIT ?`,
        [lineId, last, ...(end ? [end.lead] : []), ...bindings, most],
      )
      yield* found
      if (found.length < most) break
      last = found.at(-1)?.lead ?? last
    }
    if (!end) return
    from = end.lead
    await store.letOthersIn()
  }
}

/** Conditions on rows of `recipient`, each after an `AND`; nothing for a filter that asks for nothing. */
export function whereFiltered(filter: RecipientFilter): Where {
  const { tags = [], notTags = [], q = '', seenAfter, seenBefore, isBlocked, language } = filter
  const wheres: Where[] = [
    ...[...new Set(tags)].map((tag) => ({ sql: HAS_TAG, bindings: [tag] })),
    ...[...new Set(notTags)].map((tag) => ({ sql: `NOT ${HAS_TAG}`, bindings: [tag] })),
    ...(q === '' ? [] : [whereFound(q)]),
    ...(seenAfter === undefined ? [] : [{ sql: 'last_seen_at > ?', bindings: [seenAfter] }]),
    ...(seenBefore === undefined ? [] : [{ sql: 'last_seen_at < ?', bindings: [seenBefore] }]),
    ...(isBlocked === undefined
      ? []
      : [{ sql: `blocked_at IS ${isBlocked ? 'NOT NULL' : 'NULL'}`, bindings: [] }]),
    ...(language === undefined ? [] : [{ sql: 'language = ?', bindings: [language] }]),
  ]
  return {
    sql: wheres.map(({ sql }) => `AND ${sql}`).join(' '),
    bindings: wheres.flatMap(({ bindings }) => bindings),
  }
}

const HAS_TAG = `EXISTS (SELECT 1 FROM recipient_tag t
  WHERE t.line_id = recipient.line_id AND t.tag = ? AND t.lead = recipient.lead)`

/** In the order of their leads. */
export async function readRecipients(store: Store, leads: readonly number[]): Promise<Recipient[]> {
  const rows: RecipientRow[] = []
  for (const part of inPieces(leads, 1)) {
    rows.push(
      ...(await store.rows<RecipientRow>(
        `SELECT * FROM recipient WHERE lead IN ${marks(part.length)} ORDER BY lead`,
        part,
      )),
    )
  }
  return rows.map(toRecipient)
}
