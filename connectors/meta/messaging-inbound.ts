import type { z } from 'zod'
import type { ParsedUpdate } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { Chat, InboundEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { updateCheck } from '#kit/check-update.ts'
import { listOf } from '#kit/json-answer.ts'
import { lookUp } from '#kit/look-up.ts'
import { digest, type Parsed } from '#kit/parsed.ts'
import { withSelector } from '#text/channels/messenger.ts'
import { joinPieces } from './join-pieces.ts'
import { readMessage } from './messaging-inbound-message.ts'
import { OWN_METADATA } from './messaging-outbound.ts'
import type { ItemContext, MessagingTraits } from './messaging-traits.ts'
import {
  deliverySchema,
  editSchema,
  type Item,
  itemSchema,
  messageSchema,
  postbackSchema,
  reactionSchema,
  readSchema,
  referralSchema,
} from './messaging-types.ts'
import type { MetaSettings } from './settings.ts'

const check = updateCheck('a webhook of Meta')

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

/**
 * One webhook body of Messenger or Instagram → the events of the line's account; entries of other accounts are left out.
 * Throws BadUpdateError for what is no webhook of Meta's, or a known kind without the fields it always has.
 */
export function parseMessaging(
  update: unknown,
  line: Line<MetaSettings>,
  receivedAt: number,
  traits: MessagingTraits,
): ParsedUpdate {
  const { settings } = line
  if (
    !isRecord(update) ||
    typeof update['object'] !== 'string' ||
    !Array.isArray(update['entry'])
  ) {
    throw new BadUpdateError('not a webhook of Meta: no object with entries')
  }
  const isOurs = update['object'] === traits.object
  const own = update['entry'].filter(
    (entry: unknown): entry is Record<string, unknown> =>
      isOurs && isRecord(entry) && String(entry['id']) === settings.account,
  )
  const pieces = own.flatMap((entry) => [
    ...itemsOf(entry).map((item) => readItem(item, { settings, traits, receivedAt })),
    ...listOf(entry['changes']).map((change) => readChange(change, receivedAt)),
  ])
  const nothing = own.length === 0 ? 'nothing of this account' : undefined
  return joinPieces(update, settings.account, pieces, nothing)
}

/** `standby`: another app answers in this chat at the moment; what is said there counts all the same. */
function itemsOf(entry: Record<string, unknown>): unknown[] {
  return [...listOf(entry['messaging']), ...listOf(entry['standby'])]
}

interface Surroundings {
  readonly settings: MetaSettings
  readonly traits: MessagingTraits
  readonly receivedAt: number
}

function readItem(raw: unknown, { settings, traits, receivedAt }: Surroundings): ParsedUpdate {
  const kind = kindOf(raw)
  const reader = lookUp(READERS, kind)
  if (!reader) return { key: digest(raw), events: [unsupported(kind, raw, settings, receivedAt)] }
  const item = check(itemSchema, raw)
  const person = personOf(item, settings)
  const context: ItemContext = {
    settings,
    traits,
    at: item.timestamp || receivedAt,
    chat: { id: person, kind: 'private' },
    user: { id: person },
  }
  return { key: keyOf(kind, item), ...reader(item[kind], context) }
}

function kindOf(item: unknown): string {
  const names = isRecord(item) ? Object.keys(item).filter((name) => !HEADER.has(name)) : []
  return names.find((name) => Object.hasOwn(READERS, name)) ?? names[0] ?? 'messaging'
}

/** The account is one of the two, mostly the recipient. */
function personOf({ sender, recipient }: Item, { account }: MetaSettings): string {
  return sender.id === account ? recipient.id : sender.id
}

/** A message is known by its id whatever else has changed in its repetition: links in it are signed anew. */
function keyOf(kind: string, item: Item): string {
  const message = kind === 'message' && isRecord(item['message']) ? item['message'] : {}
  const mid = message['mid']
  if (typeof mid !== 'string' || mid.length > 400) return digest(item)
  return message['is_deleted'] === true ? `deleted:${mid}` : `message:${mid}`
}

function unsupported(
  kind: string,
  raw: unknown,
  settings: MetaSettings,
  receivedAt: number,
): InboundEvent {
  const item = itemSchema.safeParse(raw).data
  const person = item && personOf(item, settings)
  return {
    type: 'unsupported',
    at: item?.timestamp || receivedAt,
    ...(person ? { user: { id: person }, chat: { id: person, kind: 'private' } } : {}),
    kind: kind.slice(0, 64),
  }
}

/** Posts, comments and the like: not asked for, but an administrator may have subscribed to them. */
function readChange(change: unknown, receivedAt: number): ParsedUpdate {
  const field = isRecord(change) && typeof change['field'] === 'string' ? change['field'] : ''
  const kind = `changes:${field}`.slice(0, 64)
  return { key: digest(change), events: [{ type: 'unsupported', at: receivedAt, kind }] }
}

function readMessageItem(value: unknown, context: ItemContext): Parsed {
  const message = check(messageSchema, value)
  const { at, chat, user, settings } = context
  const { mid, is_echo: isEcho } = message
  const base = { at, chat, ...(isEcho ? {} : { user }) }
  if (message.is_deleted) {
    return { events: [{ type: 'message.deleted', ...base, message: { id: mid } }] }
  }
  if (isEcho) {
    const isOwn =
      message.metadata?.startsWith(OWN_METADATA) || String(message.app_id) === settings.appId
    if (isOwn) return { events: [], ignored: 'sent by the hub itself' }
  }
  if (message.is_unsupported) {
    const kind = 'is_unsupported'
    return { events: [{ type: 'unsupported', ...base, kind, message: { id: mid } }] }
  }
  const start = startOf(message.referral, context)
  if (message.quick_reply) {
    const { payload } = message.quick_reply
    const text = message.text ? { text: message.text } : {}
    return { events: [...start, { type: 'button', ...base, payload, ...text }] }
  }
  const content = readMessage(message, context)
  const events: InboundEvent[] = [...start]
  if (content.message) events.push({ type: 'message.new', ...base, message: content.message })
  for (const kind of content.unsupported) {
    events.push({ type: 'unsupported', ...base, kind, message: { id: mid } })
  }
  // Not every echo names the app. If it is of a message that the hub is just sending to this person, only the id will
  // show it.
  return { events, ...(isEcho ? { afterSendsTo: [chat.id] } : {}) }
}

function readEdit(value: unknown, { at, chat, user, traits }: ItemContext): Parsed {
  const { mid, text } = check(editSchema, value)
  const message = { id: mid, text: traits.readText(text) }
  return { events: [{ type: 'message.updated', at, user, chat, message }] }
}

/** A reaction that is taken back needn't be named; Meta's own word for an unnamed one is `other`. */
function readReaction(value: unknown, { at, chat, user }: ItemContext): Parsed {
  const { mid, action, reaction, emoji } = check(reactionSchema, value)
  const names = [withSelector(emoji) || reaction || 'other']
  const isAdded = action === 'react'
  const change = { added: isAdded ? names : [], removed: isAdded ? [] : names }
  return { events: [{ type: 'reaction', at, user, chat, message: { id: mid }, ...change }] }
}

/**
 * Everything up to the watermark is delivered; ids are told besides, though not always. Both are passed on: ids are right
 * whatever the clocks say.
 */
function readDelivery(value: unknown, { at, chat }: ItemContext): Parsed {
  const { watermark, mids } = check(deliverySchema, value)
  return tellStatus('delivered', at, chat, mids ?? [], watermark)
}

function readRead(value: unknown, { at, chat }: ItemContext): Parsed {
  const { watermark, mid } = check(readSchema, value)
  // Who has seen a message has seen those before it.
  return tellStatus('read', at, chat, mid ? [mid] : [], watermark ?? at)
}

function tellStatus(
  status: 'delivered' | 'read',
  at: number,
  chat: Chat,
  messageIds: readonly string[],
  watermark: number,
): Parsed {
  const base = { type: 'message.status', at, chat, status } as const
  return {
    events: [
      ...(messageIds.length > 0 ? [{ ...base, messageIds }] : []),
      { ...base, messageIds: [], watermark },
    ],
    afterSendsTo: [chat.id],
  }
}

function readPostback(value: unknown, context: ItemContext): Parsed {
  const { title, payload, referral } = check(postbackSchema, value)
  const { at, chat, user } = context
  const text = title ? { text: title } : {}
  return {
    events: [...startOf(referral, context), { type: 'button', at, user, chat, payload, ...text }],
  }
}

function readReferral(value: unknown, context: ItemContext): Parsed {
  return { events: startOf(check(referralSchema, value), context) }
}

/** The person came by a link to the chat (`m.me/page?ref=…`) or an advertisement. */
function startOf(
  referral: z.infer<typeof referralSchema> | null | undefined,
  { at, chat, user }: ItemContext,
): InboundEvent[] {
  if (!referral) return []
  return [{ type: 'chat.started', at, user, chat, ...given({ ref: referral.ref }) }]
}
