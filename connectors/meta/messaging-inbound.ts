import type { ParsedUpdate, UnreadablePart } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { Chat, InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { itemsOf, textFields } from '#kit/json-answer.ts'
import { lookUp } from '#kit/look-up.ts'
import { digest, type Parsed, UNNAMED_REACTION } from '#kit/parsed.ts'
import { withSelector } from '#text/channels/messenger.ts'
import { joinPieces } from './join-pieces.ts'
import { readMessageItem } from './messaging-inbound-message.ts'
import { startOf } from './messaging-inbound-start.ts'
import type { ItemContext, MessagingTraits } from './messaging-traits.ts'
import {
  changeSchema,
  deliverySchema,
  editSchema,
  type Item,
  itemSchema,
  postbackSchema,
  reactionSchema,
  readSchema,
  referralSchema,
} from './messaging-types.ts'
import type { MetaSettings } from './settings.ts'

const check = updateCheck('a webhook of Meta')

/** Throws BadUpdateError for an item without what its kind always has. */
type Reader = (value: unknown, context: ItemContext) => Parsed

const READERS: Readonly<Record<string, Reader>> = {
  message: readMessageItem,
  message_edit: readEdit,
  reaction: readReaction,
  delivery: readDelivery,
  read: readRead,
  postback: readPostback,
  referral: readReferral,
}

/** Fields of an item that name no kind of update. */
const HEADER = new Set(['sender', 'recipient', 'timestamp', 'hop_context', 'prior_message'])
/** Fields that say which of a kind it is: `optin` with `STOP_NOTIFICATIONS`. */
const DETAILS = ['notification_messages_status', 'type', 'action', 'status'] as const

/**
 * One webhook body of Messenger or Instagram → the events of the line's account; entries of other accounts are left out.
 * An item that can't be read costs nothing but itself. Throws BadUpdateError for what is no webhook of Meta's.
 */
export function parseMessaging(
  update: unknown,
  line: Line<MetaSettings>,
  receivedAt: number,
  traits: MessagingTraits,
): ParsedUpdate {
  const { settings, id: lineId } = line
  if (
    !isRecord(update) ||
    typeof update['object'] !== 'string' ||
    !Array.isArray(update['entry'])
  ) {
    throw new BadUpdateError('not a webhook of Meta: no object with entries')
  }
  const isOurs = update['object'] === traits.object
  const surroundings = { lineId, settings, traits, receivedAt }
  const own = update['entry'].flatMap((entry: unknown, index) =>
    isOurs && isRecord(entry) && String(entry['id']) === settings.account
      ? [readEntry(entry, `entry.${index}`, surroundings)]
      : [],
  )
  const nothing = own.length === 0 ? 'nothing of this account' : 'an entry without updates'
  return joinPieces(
    update,
    settings.account,
    own.flat(),
    own.flat().length > 0 ? undefined : nothing,
  )
}

/** An item that is no object. */
const NOTHING: Item = {}

interface Surroundings {
  readonly lineId: number
  readonly settings: MetaSettings
  readonly traits: MessagingTraits
  readonly receivedAt: number
}

function readEntry(
  entry: Record<string, unknown>,
  path: string,
  surroundings: Surroundings,
): ParsedUpdate[] {
  const pieces = (name: string, read: typeof readItem): ParsedUpdate[] =>
    itemsOf(entry[name]).map((item, index) => read(item, `${path}.${name}.${index}`, surroundings))
  return [
    ...pieces('messaging', readItem),
    // Another app answers in this chat at the moment; what is said there counts all the same.
    ...pieces('standby', readItem),
    ...pieces('changes', readChange),
  ]
}

function readItem(raw: unknown, path: string, surroundings: Surroundings): ParsedUpdate {
  const { lineId, settings, traits, receivedAt } = surroundings
  const kind = kindOf(raw)
  const item = itemSchema.safeParse(raw).data ?? NOTHING
  const at = readInstant(item.timestamp) ?? receivedAt
  const person = personOf(item, settings)
  const key = keyOf(kind, item, raw)
  const reader = lookUp(READERS, kind)
  const tell = (unreadable: readonly UnreadablePart[]): ParsedUpdate => {
    const events = [unsupported(kind, at, person, isRecord(raw) ? raw[kind] : undefined)]
    return { key, events, ...(unreadable.length > 0 ? { unreadable } : {}) }
  }
  if (!reader) return tell([])
  if (person === undefined) return tell([{ path, problem: 'names no person' }])
  const chat: Chat = { id: person, kind: 'private' }
  try {
    return {
      key,
      ...reader(item[kind], { lineId, settings, traits, at, chat, user: { id: person } }),
    }
  } catch (error) {
    if (!(error instanceof BadUpdateError)) throw error
    return tell([{ path: `${path}.${kind}`, problem: error.message }])
  }
}

function kindOf(item: unknown): string {
  const names = isRecord(item) ? Object.keys(item).filter((name) => !HEADER.has(name)) : []
  return names.find((name) => Object.hasOwn(READERS, name)) ?? names[0] ?? 'messaging'
}

/** The account is one of the two, mostly the recipient. Undefined: the other isn't named. */
function personOf({ sender, recipient }: Item, { account }: MetaSettings): string | undefined {
  return [sender?.id, recipient?.id].find((id) => id !== undefined && id !== account)
}

/** A message is known by its id whatever else has changed in its repetition: links in it are signed anew. */
function keyOf(kind: string, item: Item, raw: unknown): string {
  const message = kind === 'message' && isRecord(item['message']) ? item['message'] : {}
  const mid = message['mid']
  if (typeof mid !== 'string' || mid === '' || mid.length > 400) return digest(raw)
  return message['is_deleted'] === true ? `deleted:${mid}` : `message:${mid}`
}

function unsupported(
  kind: string,
  at: number,
  person: string | undefined,
  value: unknown,
): InboundEvent {
  const field = textFields(value)
  const [detail] = DETAILS.map(field).filter(Boolean)
  const isKnown = lookUp(READERS, kind) !== undefined
  const id = isKnown ? field('mid') : ''
  const named = isKnown || !detail ? kind : `${kind}:${detail}`
  return {
    type: 'unsupported',
    at,
    ...(person ? { user: { id: person }, chat: { id: person, kind: 'private' } } : {}),
    kind: named.slice(0, 64),
    ...(id ? { message: { id } } : {}),
  }
}

/**
 * Posts, comments and the like: not asked for, but an administrator may have subscribed to them. Some products tell messages
 * in this form, and so does the test button of the app's dashboard.
 */
function readChange(raw: unknown, path: string, surroundings: Surroundings): ParsedUpdate {
  const change = isRecord(raw) ? raw : {}
  const value = change['value']
  const field = typeof change['field'] === 'string' ? change['field'] : ''
  if (isRecord(value) && 'sender' in value && Object.hasOwn(READERS, kindOf(value))) {
    return readItem(value, `${path}.value`, surroundings)
  }
  const { from, comment_id: comment, id, post_id: post } = changeSchema.safeParse(value).data ?? {}
  const isPerson = from && from.id !== surroundings.settings.account
  const message = comment || id || post
  const event: InboundEvent = {
    type: 'unsupported',
    at: surroundings.receivedAt,
    ...(isPerson
      ? { user: { id: from.id, ...given({ name: from.name, username: from.username }) } }
      : {}),
    kind: `changes:${field}`.slice(0, 64),
    ...(message ? { message: { id: message } } : {}),
  }
  return { key: digest(raw), events: [event] }
}

function readEdit(value: unknown, { at, chat, user, traits }: ItemContext): Parsed {
  const { mid, text } = check(editSchema, value)
  const message = { id: mid, text: traits.readText(text) }
  return { events: [{ type: 'message.updated', at, user, chat, message }] }
}

/** A reaction that is taken back needn't be named; Meta's own word for an unnamed one is `other`. */
function readReaction(value: unknown, { at, chat, user }: ItemContext): Parsed {
  const { mid, action, reaction, emoji } = check(reactionSchema, value)
  const names = [withSelector(emoji) || reaction || UNNAMED_REACTION]
  const isAdded = action === 'react'
  const change = { added: isAdded ? names : [], removed: isAdded ? [] : names }
  return { events: [{ type: 'reaction', at, user, chat, message: { id: mid }, ...change }] }
}

/**
 * Everything up to the watermark is delivered; ids are told besides, though not always. Both are passed on: ids are right
 * whatever the clocks say.
 */
function readDelivery(value: unknown, { at, chat }: ItemContext): Parsed {
  const { watermark, mids = [] } = check(deliverySchema, value)
  return tellStatus('delivered', at, chat, mids, readInstant(watermark))
}

function readRead(value: unknown, { at, chat }: ItemContext): Parsed {
  const { watermark, mid } = check(readSchema, value)
  // Who has seen a message has seen those before it.
  return tellStatus(
    'read',
    at,
    chat,
    mid ? [mid] : [],
    readInstant(watermark) ?? (mid ? at : undefined),
  )
}

function tellStatus(
  status: 'delivered' | 'read',
  at: number,
  chat: Chat,
  messageIds: readonly string[],
  watermark: number | undefined,
): Parsed {
  if (messageIds.length === 0 && watermark === undefined) {
    throw new BadUpdateError('not a webhook of Meta: neither watermark nor message')
  }
  const base = { type: 'message.status', at, chat, status } as const
  return {
    events: [
      ...(messageIds.length > 0 ? [{ ...base, messageIds }] : []),
      ...(watermark === undefined ? [] : [{ ...base, messageIds: [], watermark }]),
    ],
    afterSendsTo: [chat.id],
  }
}

function readPostback(value: unknown, context: ItemContext): Parsed {
  const { title, payload, referral } = check(postbackSchema, value)
  const { at, chat, user } = context
  // The hub's own buttons without a payload send their words, too.
  const pressed = payload || title
  if (!pressed) throw new BadUpdateError('not a webhook of Meta: neither payload nor title')
  const button = { payload: pressed, ...given({ text: title }) }
  return {
    events: [...startOf(referral, context), { type: 'button', at, user, chat, ...button }],
  }
}

function readReferral(value: unknown, context: ItemContext): Parsed {
  return { events: startOf(check(referralSchema, value), context) }
}
