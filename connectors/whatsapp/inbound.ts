import { hash } from 'node:crypto'
import type { z } from 'zod'
import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { readMessage } from './inbound-message.ts'
import { readStatus } from './inbound-status.ts'
import { OwnNumber } from './own-number.ts'
import type { WhatsAppSettings } from './settings.ts'
import { type Contact, contactSchema, messageSchema, statusSchema } from './types.ts'

/** https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks; 360dialog says the same. */
const REPEATS_FOR_MS = 7 * 24 * 3600 * 1000
const PRODUCT = 'whatsapp_business_account'
const MAX_ID = 400

/** What was written on another device before the number came to the API, and that device's address book. */
const IGNORED_FIELDS = new Set(['history', 'smb_app_state_sync'])
/** About the account or its templates, not about any chat. */
const ACCOUNT_FIELD = /^(?:account|business|phone_number|message_template|template)_|^security$/

const LOST_TEMPLATE = /^(?:REJECTED|PAUSED|DISABLED|FLAGGED)$/

/** Something that a person who looks after the account should know; for the log. */
export interface Notice {
  readonly field: string
  readonly name: string
}

export interface ReadUpdate {
  readonly parsed: ParsedUpdate
  readonly notices: readonly Notice[]
}

/** A list of a change, each item of which is an update of its own. */
interface ItemList {
  readonly name: string
  read(item: unknown, contacts: readonly Contact[], receivedAt: number): ParsedUpdate
}

const LISTS: readonly ItemList[] = [
  { name: 'messages', read: (item, contacts, at) => readOne(item, contacts, at, false) },
  { name: 'message_echoes', read: (item, contacts, at) => readOne(item, contacts, at, true) },
  {
    name: 'statuses',
    read(item, contacts, at) {
      const status = check(statusSchema, item, 'statuses')
      // In a group each of its people reads the message, and Meta names them in several ways.
      const isGroup = status.recipient_type === 'group'
      const key = isGroup ? digest(item) : keyOf(`status:${status.status}`, status.id)
      return { key, ...readStatus(status, contacts, at) }
    },
  },
]

/**
 * One webhook body → the events of the line's number; what is about other numbers holds nothing here. Throws
 * BadUpdateError for what is no webhook of WhatsApp's, or an item that has no id or kind. Pure.
 */
export function readUpdate(
  update: unknown,
  line: Pick<Line<WhatsAppSettings>, 'settings' | 'identity'>,
  receivedAt: number,
): ReadUpdate {
  if (!isRecord(update) || !Array.isArray(update['entry'])) throw notOurs('no entries')
  const pieces: ParsedUpdate[] = []
  const notices: Notice[] = []
  const own = new OwnNumber(line)
  const entries = update['object'] === PRODUCT ? (update['entry'] as unknown[]) : []
  for (const change of entries.flatMap(changesOf)) {
    const { field, value } = change
    if (!own.claims(value)) continue
    // A spread of a long list into `push` would overflow the stack.
    for (const piece of readChange(change, receivedAt)) pieces.push(piece)
    const notice = toNotice(field, value)
    if (notice) notices.push(notice)
  }
  const foreign = pieces.length === 0 ? 'nothing of this number' : undefined
  return { parsed: join(pieces, own, update, foreign), notices }
}

interface Change {
  readonly field: string
  readonly value: Record<string, unknown>
}

function changesOf(entry: unknown): Change[] {
  if (!isRecord(entry)) throw notOurs('an entry is no object')
  const changes: unknown[] = Array.isArray(entry['changes']) ? entry['changes'] : []
  return changes.map((change) => {
    if (!isRecord(change)) throw notOurs('a change is no object')
    const { field, value } = change
    return { field: typeof field === 'string' ? field : '', value: isRecord(value) ? value : {} }
  })
}

function readChange({ field, value }: Change, receivedAt: number): ParsedUpdate[] {
  if (IGNORED_FIELDS.has(field)) return [nothing(field, value, field)]
  const contacts = listOf(value['contacts']).flatMap(
    (one) => contactSchema.safeParse(one).data ?? [],
  )
  const pieces = LISTS.flatMap((list) =>
    listOf(value[list.name]).map((item) => list.read(item, contacts, receivedAt)),
  )
  if (pieces.length > 0) return pieces
  if (field === 'messages') return [nothing(field, value, 'a change without messages')]
  if (ACCOUNT_FIELD.test(field)) return [nothing(field, value, `about the account: ${field}`)]
  const kind = `changes:${field}`.slice(0, 64)
  const key = digest({ field, value })
  return [{ key, events: [{ type: 'unsupported', at: receivedAt, kind }] }]
}

function nothing(field: string, value: unknown, ignored: string): ParsedUpdate {
  return { key: digest({ field, value }), events: [], ignored: ignored.slice(0, 100) }
}

function readOne(
  item: unknown,
  contacts: readonly Contact[],
  receivedAt: number,
  isEcho: boolean,
): ParsedUpdate {
  const message = check(messageSchema, item, 'messages')
  const key = keyOf(isEcho ? 'echo' : 'message', message.id)
  return { key, ...readMessage(message, contacts, receivedAt, isEcho) }
}

/** News of the account, errors that belong to no message, and templates that can't be used any more. */
function toNotice(field: string, value: Record<string, unknown>): Notice | undefined {
  const [error] = listOf(value['errors'])
  if (isRecord(error)) return { field, name: `error ${String(error['code'])}`.slice(0, 64) }
  if (!ACCOUNT_FIELD.test(field)) return undefined
  const told = value['event'] ?? value['alert_type'] ?? value['decision']
  const name = typeof told === 'string' ? told.slice(0, 64) : ''
  const isQuiet = field.includes('template') && !LOST_TEMPLATE.test(name)
  return isQuiet ? undefined : { field: field.slice(0, 64), name }
}

function join(
  pieces: readonly ParsedUpdate[],
  own: OwnNumber,
  update: unknown,
  foreign: string | undefined,
): ParsedUpdate {
  const keys = pieces.map(({ key }) => key)
  const [only = digest(update)] = keys
  const events = pieces.flatMap((piece) => piece.events)
  const conversations = pieces.flatMap((piece) => piece.conversations ?? [])
  const chats = new Set(pieces.flatMap(({ afterSendsTo = [] }) => afterSendsTo))
  const ignored = foreign ?? pieces.find((piece) => piece.ignored)?.ignored
  const identity = own.told
  return {
    // Repeats may be gathered differently, so a piece is known by what it is; the number is in it, should the line change.
    key: `${own.id ?? ''}:${keys.length > 1 ? digest(keys) : only}`,
    events,
    ...(conversations.length > 0 ? { conversations } : {}),
    ...(events.length === 0 && ignored !== undefined ? { ignored } : {}),
    ...(chats.size > 0 ? { afterSendsTo: [...chats] } : {}),
    ...given({ identity }),
    repeatsForMs: REPEATS_FOR_MS,
  }
}

/** Names the fields at fault, never their values. */
function check<T>(schema: z.ZodType<T>, value: unknown, list: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const paths = result.error.issues.slice(0, 5).map((issue) => [list, ...issue.path].join('.'))
  throw notOurs(paths.join(', '))
}

function notOurs(what: string): BadUpdateError {
  return new BadUpdateError(`not a webhook of WhatsApp: ${what}`)
}

function keyOf(kind: string, id: string): string {
  const key = `${kind}:${id}`
  return key.length <= MAX_ID ? key : digest(key)
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url')
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
