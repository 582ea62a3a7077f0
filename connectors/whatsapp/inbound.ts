import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { itemsOf, listOf } from '#kit/json-answer.ts'
import { digest } from '#kit/parsed.ts'
import { joinPieces } from '#meta/join-pieces.ts'
import { readCall, readPreference } from './inbound-call.ts'
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

/** A list of a change, each item of which is an update of its own. Throws BadUpdateError for an item it can't read. */
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
      const status = check(statusSchema, item)
      // In a group each of its people reads the message, and Meta names them in several ways.
      const isGroup = status.recipient_type === 'group'
      const key = isGroup ? digest(item) : keyOf(`status:${status.status}`, status.id)
      return { key, ...readStatus(status, contacts, at) }
    },
  },
  {
    name: 'calls',
    read: (item, contacts, at) => ({ key: digest(item), ...readCall(item, contacts, at) }),
  },
  {
    name: 'user_preferences',
    read: (item, contacts, at) => ({ key: digest(item), ...readPreference(item, contacts, at) }),
  },
]

/**
 * One webhook body → the events of the line's number; what is about other numbers holds nothing here. An item that can't be
 * read costs nothing but itself. Throws BadUpdateError for what is no webhook of WhatsApp's. Pure.
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
  const objects = entries.filter(isRecord)
  if (entries.length > 0 && objects.length === 0) throw notOurs('no entry is an object')
  for (const change of objects.flatMap(changesOf)) {
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
  /** Its value isn't there, or in no form that is known. */
  readonly isOdd: boolean
}

function changesOf(entry: Record<string, unknown>): Change[] {
  return itemsOf(entry['changes']).map((change) => {
    const { field, value } = isRecord(change) ? change : {}
    return {
      field: typeof field === 'string' ? field : '',
      value: isRecord(value) ? value : {},
      isOdd: !isRecord(value),
    }
  })
}

function readChange({ field, value, isOdd }: Change, receivedAt: number): ParsedUpdate[] {
  if (IGNORED_FIELDS.has(field)) return [nothing(field, value, field)]
  const contacts = listOf(value['contacts']).flatMap(
    (one) => contactSchema.safeParse(one).data ?? [],
  )
  const pieces = LISTS.flatMap((list) =>
    itemsOf(value[list.name]).map((item, index) =>
      readOrTell(list, item, contacts, receivedAt, `${list.name}.${index}`),
    ),
  )
  if (pieces.length > 0) return pieces
  if (field === 'messages' && !isOdd) return [nothing(field, value, 'a change without messages')]
  if (ACCOUNT_FIELD.test(field)) return [nothing(field, value, `about the account: ${field}`)]
  const kind = `changes:${field}`.slice(0, 64)
  const key = digest({ field, value })
  return [{ key, events: [{ type: 'unsupported', at: receivedAt, kind }] }]
}

function readOrTell(
  { name, read }: ItemList,
  item: unknown,
  contacts: readonly Contact[],
  receivedAt: number,
  path: string,
): ParsedUpdate {
  try {
    return read(item, contacts, receivedAt)
  } catch (error) {
    if (!(error instanceof BadUpdateError)) throw error
    const events: InboundEvent[] = [{ type: 'unsupported', at: receivedAt, kind: name }]
    return { key: digest(item), events, unreadable: [{ path, problem: error.message }] }
  }
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
  const message = check(messageSchema, item)
  const parsed = readMessage(message, contacts, receivedAt, isEcho)
  if (message.id !== '') return { key: keyOf(isEcho ? 'echo' : 'message', message.id), ...parsed }
  const unreadable = [
    { path: isEcho ? 'message_echoes' : 'messages', problem: 'a message without id' },
  ]
  return { key: digest(item), ...parsed, unreadable }
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
