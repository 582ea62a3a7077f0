import type { InboundEvent, InboundFile, InboundMessage, MessageStatusEvent } from '#core/event.ts'
import { given } from '#core/given.ts'
import { parseNumberedId } from '#core/ids.ts'
import { readReference } from '#core/parts.ts'
import { updateCheck } from '#kit/check-update.ts'
import { joinLines } from '#kit/degrade.ts'
import type { Parsed } from '#kit/parsed.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { toFileRef } from './messaging-file-refs.ts'
import { readAttachments } from './messaging-inbound-attachment.ts'
import { startOf } from './messaging-inbound-start.ts'
import { OWN_METADATA } from './messaging-outbound.ts'
import type { ItemContext } from './messaging-traits.ts'
import { type MetaMessage, messageSchema } from './messaging-types.ts'

const check = updateCheck('a webhook of Meta')

/** `message` of an item. Throws BadUpdateError if it has no id. */
export function readMessageItem(value: unknown, context: ItemContext): Parsed {
  const message = check(messageSchema, value)
  const { at, chat, user, settings } = context
  const { mid, is_echo: isEcho } = message
  const base = { at, chat, ...(isEcho ? {} : { user }) }
  if (message.is_deleted) {
    return { events: [{ type: 'message.deleted', ...base, message: { id: mid } }] }
  }
  if (isEcho) {
    const isOwn = message.metadata?.startsWith(OWN_METADATA) || message.app_id === settings.appId
    if (isOwn) return readOwnEcho(message, context)
  }
  const pressed = isEcho ? [] : readPress(message, context)
  const events = isEcho ? [] : [...startOf(message.referral, context), ...pressed]
  // The words of a press are its button's.
  const rest = pressed.length > 0 ? { ...message, text: undefined } : message
  const content = readMessage(rest, context)
  if (content.message) events.push({ type: 'message.new', ...base, message: content.message })
  const isEmpty = events.length === 0 && content.unsupported.length === 0
  for (const kind of isEmpty ? ['message'] : content.unsupported) {
    events.push({ type: 'unsupported', ...base, kind, message: { id: mid } })
  }
  // Not every echo names the app. If it is of a message that the hub is just sending to this person, only the id will
  // show it.
  return { events, ...(isEcho ? { afterSendsTo: [chat.id] } : {}) }
}

/**
 * The echo of what the hub has sent shows that it arrived. The hub needs that when the answer to a send was lost, and
 * otherwise knows it already.
 */
function readOwnEcho(
  { mid, metadata = '' }: MetaMessage,
  { at, chat, lineId }: ItemContext,
): Parsed {
  const reference = readReference((metadata ?? '').slice(OWN_METADATA.length))
  const isOfLine = reference && parseNumberedId('out_', reference.out)?.lineId === lineId
  if (!isOfLine) {
    return {
      events: [],
      ignored: 'sent by the hub itself',
      about: { chat: chat.id, messageId: mid },
    }
  }
  const event: MessageStatusEvent = {
    type: 'message.status',
    at,
    chat,
    status: 'sent',
    messageIds: [mid],
    reference,
  }
  return { events: [event] }
}

/** A quick reply; `message` is the one that had it. */
function readPress(
  { text, quick_reply: reply, reply_to: answered }: MetaMessage,
  { at, user, chat }: ItemContext,
): InboundEvent[] {
  if (!reply?.payload) return []
  const message = answered?.mid ? { message: { id: answered.mid } } : {}
  return [
    { type: 'button', at, user, chat, payload: reply.payload, ...given({ text }), ...message },
  ]
}

interface MessageContent {
  /** Absent when nothing in it can be carried. */
  readonly message?: InboundMessage
  /** Meta's names of the parts that can't be carried. */
  readonly unsupported: readonly string[]
}

function readMessage(message: MetaMessage, { at, traits }: ItemContext): MessageContent {
  const attached = readAttachments(message, traits)
  const text = joinLines([message.text ? traits.readText(message.text) : [], ...attached.texts])
  const files = [...readStory(message), ...attached.files]
  const { location } = attached
  const unsupported = [
    ...(message.is_unsupported ? ['is_unsupported'] : []),
    ...(isStoryLost(message) ? ['reply_to'] : []),
    ...attached.unsupported,
  ]
  const isEmpty = text.length === 0 && files.length === 0 && location === undefined
  if (isEmpty) return { unsupported }
  const answered = message.reply_to?.mid || message.reply_to?.story?.id
  return {
    message: {
      id: message.mid,
      sentAt: at,
      ...(text.length > 0 ? { text } : {}),
      ...(files.length > 0 ? { files } : {}),
      ...(answered ? { replyTo: { id: answered } } : {}),
      ...given({ location }),
      ...(message.is_echo ? { outgoing: true } : {}),
    },
    unsupported,
  }
}

/** The story that was answered: its link dies within a day. */
function readStory({ mid, reply_to: replyTo }: MetaMessage): InboundFile[] {
  const url = replyTo?.story?.url
  if (!isWebAddress(url)) return []
  return [{ source: { ref: toFileRef({ mid, url }) }, kind: 'document' }]
}

/** A story is answered, or what else there may be, without an address to open. */
function isStoryLost({ reply_to: replyTo }: MetaMessage): boolean {
  return Boolean(replyTo?.story) && !isWebAddress(replyTo?.story?.url)
}
