import { given } from '../../core/given.ts'
import { type JsonObject, toJson } from '../../core/json.ts'
import {
  type ChatSighting,
  changeAttributes,
  changeTags,
  type Profile,
  type Recipient,
  type RecipientChange,
} from '../../core/recipient.ts'
import type { RenderedPerson } from '../../core/stored-event.ts'
import { inPieces } from '../engine/pieces.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { insertIgnore, markRows, marks } from '../engine/sql.ts'
import { searchText } from './search.ts'

/** A row of the table `recipient`. */
export interface RecipientRow {
  readonly lead: number
  readonly line_id: number
  readonly portal_id: string
  readonly chat_id: string
  readonly person_data: string
  readonly person_version: string | null
  readonly search: string
  readonly language: string | null
  readonly tags: string
  readonly attributes: string
  readonly first_seen_at: number
  readonly first_message_at: number | null
  readonly last_seen_at: number | null
  readonly blocked_at: number | null
  readonly person: string | null
  readonly dialog_at: number | null
  readonly dialog_closed_at: number | null
  readonly has_written: number
  readonly is_dialog_open: number
}

export function toRecipient(row: RecipientRow): Recipient {
  return {
    lead: row.lead,
    lineId: row.line_id,
    portalId: row.portal_id,
    chatId: row.chat_id,
    profile: JSON.parse(row.person_data) as Profile,
    tags: JSON.parse(row.tags) as string[],
    attributes: JSON.parse(row.attributes) as JsonObject,
    firstSeenAt: row.first_seen_at,
    ...given({
      firstMessageAt: row.first_message_at,
      lastSeenAt: row.last_seen_at,
      blockedAt: row.blocked_at,
      person: row.person,
      dialogAt: row.dialog_at,
      dialogClosedAt: row.dialog_closed_at,
    }),
    hasWritten: Boolean(row.has_written),
    isDialogOpen: Boolean(row.is_dialog_open),
  }
}

/** The columns that hold what a channel tells of a person. */
export interface PersonColumns {
  readonly data: string
  readonly version: string | null
  readonly search: string
  readonly language: string | null
  /** Digits alone. */
  readonly phone: string | null
}

/** Characters of the column. */
const MAX_LANGUAGE = 35
/** Bytes of the column, with room: each field has its limit (core/field-limits.ts), and only a hostile person fills them all. */
const MAX_DATA_BYTES = 60_000

export function toPersonColumns({ id: _, version, ...profile }: RenderedPerson): PersonColumns {
  const { language, picture, url, ...short } = profile
  const json = toJson(profile)
  return {
    data: Buffer.byteLength(json) > MAX_DATA_BYTES ? toJson(short) : json,
    version: version ?? null,
    search: searchText(profile),
    language:
      language === undefined || language.length > MAX_LANGUAGE ? null : language.toWellFormed(),
    phone: digitsOf(profile.phone),
  }
}

function digitsOf(phone = ''): string | null {
  const digits = phone.replace(/\D/g, '')
  return /^\d{5,20}$/.test(digits) ? digits : null
}

const NOBODY: PersonColumns = {
  ...{ data: '{}', version: null, search: '' },
  ...{ language: null, phone: null },
}

const NEW_COLUMNS = [
  ...['line_id', 'portal_id', 'chat_id', 'person_data', 'person_version', 'search', 'language'],
  'phone',
  ...['tags', 'attributes', 'first_seen_at', 'first_message_at', 'last_seen_at', 'dialog_at'],
]

/**
 * Rows for chats that have none yet, with what the person has done: whether the company has really written is seen only when the
 * channel's echoes are known (recipients/book.ts). Those that exist stay as they are. They come in the order of the key: two
 * transactions that put in the same ones wait for each other instead of going in circles.
 */
export function insertRecipients(
  runner: Pick<StatementRunner, 'dialect'>,
  sightings: readonly ChatSighting[],
  now: number,
): Statement[] {
  if (sightings.length === 0) return []
  const rows = [...merged(sightings).values()]
    .sort(byChat)
    .map(({ lineId, portalId, chatId, person, hasWritten }) => {
      const { data, version, search, language, phone } = person ? toPersonColumns(person) : NOBODY
      const seenAt = hasWritten ? now : null
      return [
        ...[lineId, portalId, chatId, data, version, search, language, phone],
        ...['[]', '{}', now, seenAt, seenAt, seenAt],
      ]
    })
  const width = NEW_COLUMNS.length
  return inPieces(rows, width).map((part) => ({
    sql: `${insertIgnore(runner)} recipient (${NEW_COLUMNS.join(', ')}) VALUES ${markRows(part.length, width)}`,
    bindings: part.flat(),
  }))
}

/** A row for a chat, of whose person nothing is known, if it has none yet. */
export function ensureRecipient(
  runner: Pick<StatementRunner, 'dialect'>,
  chat: Pick<Recipient, 'lineId' | 'portalId' | 'chatId'>,
  now: number,
): Statement[] {
  return insertRecipients(runner, [chat], now)
}

/** What the sightings of each chat come to. */
function merged(sightings: readonly ChatSighting[]): Map<string, ChatSighting> {
  const byKey = new Map<string, ChatSighting>()
  for (const one of sightings) {
    const key = `${one.lineId}:${one.chatId}`
    const before = byKey.get(key)
    byKey.set(key, before ? { ...before, ...one } : one)
  }
  return byKey
}

/** By line, then by the chat's id. */
function byChat(a: ChatSighting, b: ChatSighting): number {
  if (a.lineId !== b.lineId) return a.lineId - b.lineId
  return a.chatId < b.chatId ? -1 : 1
}

/**
 * A recipient with a change, and the statements that write it. The recipient's row must have been read under a lock in the
 * transaction that carries them out. Throws RecipientFullError.
 */
export function changeRecipient(
  before: Recipient,
  change: RecipientChange,
): { readonly recipient: Recipient; readonly statements: readonly Statement[] } {
  const { lead, lineId } = before
  const tags = changeTags(before.tags, change)
  const attributes = changeAttributes(before.attributes, change.attributes)
  const had = new Set(before.tags)
  const has = new Set(tags)
  const added = tags.filter((tag) => !had.has(tag))
  const removed = before.tags.filter((tag) => !has.has(tag))
  const statements = [
    {
      sql: 'UPDATE recipient SET tags = ?, attributes = ? WHERE lead = ?',
      bindings: [toJson(tags), toJson(attributes), lead],
    },
    ...(removed.length > 0
      ? [
          {
            sql: `DELETE FROM recipient_tag WHERE line_id = ? AND lead = ? AND tag IN ${marks(removed.length)}`,
            bindings: [lineId, lead, ...removed],
          },
        ]
      : []),
    ...(added.length > 0
      ? [
          {
            sql: `INSERT INTO recipient_tag (line_id, tag, lead) VALUES ${markRows(added.length, 3)}`,
            bindings: added.flatMap((tag) => [lineId, tag, lead]),
          },
        ]
      : []),
  ]
  return { recipient: { ...before, tags, attributes }, statements }
}
