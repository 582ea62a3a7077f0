import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { listOf } from '#kit/json-answer.ts'
import { digest } from '#kit/parsed.ts'
import { joinPieces } from '#meta/join-pieces.ts'
import { readMessage } from './inbound-message.ts'
import { OwnNumber } from './inbound-number.ts'
import { readStatus } from './inbound-status.ts'
import type { WhatsAppSettings } from './settings.ts'
import { type Contact, contactSchema, messageSchema, statusSchema } from './types.ts'

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
  const identity = own.told
  const parsed = { ...joinPieces(update, own.id ?? '', pieces, foreign), ...given({ identity }) }
  return { parsed, notices }
}

interface Change {
  readonly field: string
  readonly value: Record<string, unknown>
}

function changesOf(entry: unknown): Change[] {
  if (!isRecord(entry)) throw notOurs('an entry is no object')
  return listOf(entry['changes']).map((change) => {
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

/** What Meta says about the account, errors that belong to no message, and templates that can't be used any more. */
function toNotice(field: string, value: Record<string, unknown>): Notice | undefined {
  const [error] = listOf(value['errors'])
  if (isRecord(error)) return { field, name: `error ${String(error['code'])}`.slice(0, 64) }
  if (!ACCOUNT_FIELD.test(field)) return undefined
  const told = value['event'] ?? value['alert_type'] ?? value['decision']
  const name = typeof told === 'string' ? told.slice(0, 64) : ''
  const isQuiet = field.includes('template') && !LOST_TEMPLATE.test(name)
  return isQuiet ? undefined : { field: field.slice(0, 64), name }
}

const check = updateCheck('a webhook of WhatsApp')

function notOurs(what: string): BadUpdateError {
  return new BadUpdateError(`not a webhook of WhatsApp: ${what}`)
}

function keyOf(kind: string, id: string): string {
  const key = `${kind}:${id}`
  return key.length <= MAX_ID ? key : digest(key)
}
