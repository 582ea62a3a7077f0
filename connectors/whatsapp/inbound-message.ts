import type { InboundEvent, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import { plainText } from '#core/rich-text.ts'
import { lookUp } from '#kit/look-up.ts'
import { type Parsed, UNNAMED_REACTION } from '#kit/parsed.ts'
import { withSelector } from '#text/channels/messenger.ts'
import { readEdit, readRevoke, readSystem } from './inbound-change.ts'
import { readCaption, readContent } from './inbound-content.ts'
import { type MessageContext, unsupported } from './inbound-context.ts'
import { findParties, findRecipient } from './people.ts'
import {
  buttonSchema,
  type Contact,
  interactiveSchema,
  type Message,
  reactionSchema,
} from './types.ts'

/** Undefined: it isn't what its kind should be, or can't be carried. */
type Reader = (message: Message, context: MessageContext) => readonly InboundEvent[] | undefined

const WELCOME = 'request_welcome'

/** What a message may hold, for one that doesn't say which. */
const TYPES = [
  ...['text', 'image', 'video', 'audio', 'voice', 'document', 'sticker', 'location', 'contacts'],
  ...['order', 'interactive', 'button', 'reaction', 'system', 'edit', 'revoke'],
]

const READERS: Readonly<Record<string, Reader>> = {
  interactive: readInteractive,
  button: readButton,
  reaction: readReaction,
  [WELCOME]: readWelcome,
  edit: readEdit,
  revoke: readRevoke,
}

/**
 * One of the list `messages` of a change, or (`isEcho`) of `message_echoes`. Without an id it is unsupported, for nothing
 * could answer it.
 */
export function readMessage(
  found: Message,
  contacts: readonly Contact[],
  receivedAt: number,
  isEcho: boolean,
): Parsed {
  const message = { ...found, type: found.type || typeOf(found) }
  const parties = isEcho ? findRecipient(message, contacts) : findParties(message, contacts)
  const at = readInstant(message.timestamp) ?? receivedAt
  const { chat, user } = parties
  if (!chat) return { events: [unsupported(message, kindOf(message), { at })] }
  const base = { at, ...(user && !isEcho ? { user } : {}), chat }
  if (message.id === '') return { events: [unsupported(message, kindOf(message), base)] }
  const context = { base, isEcho }
  if (message.type === 'system') return readSystem(message, context, parties.context)
  const events = readEvents(message, context)
  // An echo isn't kept as the chat's last message, for that is the one to mark as read. It may be of a message that the
  // hub is just sending.
  if (isEcho) return { events, afterSendsTo: [chat.id] }
  const remembered = { ...parties.context, lastMessageId: message.id }
  return { events, conversations: [{ chatId: chat.id, context: remembered }] }
}

/** A message without its type has what it says under the name of one. */
function typeOf(message: Message): string {
  return TYPES.find((name) => isRecord(message[name])) ?? 'message'
}

function readEvents(message: Message, context: MessageContext): InboundEvent[] {
  const { base, isEcho } = context
  const read = lookUp(READERS, message.type) ?? readSaid
  const said = read(message, context) ?? [unsupported(message, kindOf(message), base)]
  // An advertisement led the person here, whatever kind of message they begin with.
  const isLed = message.referral && !isEcho && message.type !== WELCOME
  return [
    ...(isLed ? readWelcome(message, context) : []),
    ...said,
    ...readProduct(message, context),
  ]
}

/** Which product of the catalogue a message asks about. No event has room for it. */
function readProduct(message: Message, { base }: MessageContext): InboundEvent[] {
  const { product_retailer_id: id, catalog_id: catalog } = message.context?.referred_product ?? {}
  const named = id || catalog
  return named ? [unsupported(message, `referred_product:${named}`, base)] : []
}

function readSaid(message: Message, context: MessageContext): readonly InboundEvent[] | undefined {
  const { id, type } = message
  const { base } = context
  const whole = readContent(type, message[type])
  const content = whole ?? readRest(message)
  if (!content) return undefined
  const said = { id, sentAt: base.at, ...content, ...readFrame(message, context) }
  return [
    { type: 'message.new', ...base, message: said },
    ...(whole ? [] : [unsupported(message, kindOf(message), base)]),
  ]
}

/** A file that Meta could not give (error 131052), or didn't name: what was written below it is all there is. */
function readRest(message: Message): ReturnType<typeof readCaption> {
  return readCaption(message[message.type])
}

function readFrame(
  { context }: Message,
  { isEcho }: MessageContext,
): Pick<InboundMessage, 'replyTo' | 'forwarded' | 'outgoing'> {
  return {
    ...(context?.id ? { replyTo: { id: context.id } } : {}),
    ...(context?.forwarded || context?.frequently_forwarded ? { forwarded: true } : {}),
    ...given({ outgoing: isEcho }),
  }
}

/** The chat was opened for the first time, or by an advertisement or a post, whose id is told. */
function readWelcome({ referral }: Message, { base }: MessageContext): readonly InboundEvent[] {
  const ref = referral?.source_id || referral?.ctwa_clid || referral?.source_url
  return [{ type: 'chat.started', ...base, ...given({ ref }) }]
}

/** A button, or a row of a list, or a form that was filled in. A form that tells nothing but its words is a message. */
function readInteractive(
  message: Message,
  context: MessageContext,
): readonly InboundEvent[] | undefined {
  const { base } = context
  const found = interactiveSchema.safeParse(message['interactive']).data
  const { button_reply: button, list_reply: row, nfm_reply: form } = found ?? {}
  const reply = button ?? row
  const pressed = reply?.id || reply?.title
  if (reply && pressed) return [toButton(message, base, pressed, reply.title)]
  if (!form) return undefined
  const words = form.body || form.name
  if (form.response_json) return [toButton(message, base, form.response_json, words)]
  if (!words) return undefined
  const { id } = message
  const said = { id, sentAt: base.at, text: plainText(words), ...readFrame(message, context) }
  return [{ type: 'message.new', ...base, message: said }]
}

/** A quick reply of a template. */
function readButton(
  message: Message,
  { base }: MessageContext,
): readonly InboundEvent[] | undefined {
  const { text, payload } = buttonSchema.safeParse(message['button']).data ?? {}
  const pressed = payload || text
  return pressed ? [toButton(message, base, pressed, text)] : undefined
}

function toButton(
  { context }: Message,
  base: MessageContext['base'],
  payload: string,
  text: string | null | undefined,
): InboundEvent {
  // The message that had the button.
  const message = context?.id ? { message: { id: context.id } } : {}
  return { type: 'button', ...base, payload, ...given({ text }), ...message }
}

/** Meta doesn't tell which reaction was taken back: `other` stands for it, as in Messenger. */
function readReaction(
  message: Message,
  { base }: MessageContext,
): readonly InboundEvent[] | undefined {
  const found = reactionSchema.safeParse(message['reaction']).data
  if (!found) return undefined
  const change = found.emoji
    ? { added: [withSelector(found.emoji)], removed: [] }
    : { added: [], removed: [UNNAMED_REACTION] }
  return [{ type: 'reaction', ...base, message: { id: found.message_id }, ...change }]
}

/**
 * The channel's own name, with what it says besides: `unsupported:poll`, `interactive:call_permission_reply`,
 * `image:131052`.
 */
function kindOf(message: Message): string {
  const { type, errors } = message
  const inner = interactiveSchema.pick({ type: true }).safeParse(message[type]).data?.type
  const code = errors?.[0]?.code
  // 131051 says once more that the type is unsupported.
  const detail = inner || (code && code !== 131_051 ? String(code) : '')
  return detail ? `${type}:${detail}` : type
}
