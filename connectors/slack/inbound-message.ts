import { BadUpdateError } from '#core/errors.ts'
import type { FileKind, InboundEvent, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { updateCheck } from '#kit/check-update.ts'
import { joinLines } from '#kit/degrade.ts'
import { kindOf } from '#kit/file-kind.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { readSlackText } from '#text/channels/slack.ts'
import { textOfBlocks } from './inbound-blocks.ts'
import { type EventContext, isOwn, type KeyedParsed, unsupported } from './inbound-scene.ts'
import { readShared, type SharedContent } from './inbound-shared.ts'
import { toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import {
  fileSchema,
  messageEventSchema,
  type SlackFile,
  type SlackMessage,
  type SlackMessageEvent,
} from './types.ts'

const check = updateCheck('a message of Slack')

/** A message that people see as one; other subtypes are notes of Slack's own (`channel_join`). */
const WRITTEN = new Set(['', 'file_share', 'me_message', 'thread_broadcast'])
const SHARED_FILE = 'file_share'
/** What is left of a deleted message that has a thread. */
const TOMBSTONE = 'tombstone'

/** Where a message is, as far as that is told. */
interface Place {
  readonly channel?: { readonly id: string } | undefined
  readonly channel_type?: string | undefined
  readonly ts?: string | undefined
}

/** Is an event without a type a message? */
export function looksLikeMessage(event: unknown): boolean {
  const { channel, ts, text, files, message, ...rest } =
    messageEventSchema.safeParse(event).data ?? {}
  const lists = [files, rest['attachments'], rest['blocks']]
  return Boolean(channel && ts && (text || message || lists.some(Array.isArray)))
}

/**
 * https://docs.slack.dev/reference/events/message; and `app_mention`, which an app that is told of all messages gets besides:
 * both updates have one key. Throws BadUpdateError if it doesn't tell which message it is about.
 */
export function readMessageEvent(event: unknown, context: EventContext): KeyedParsed {
  const message = check(messageEventSchema, event)
  const form = formOf(message)
  if (form === 'changed') return readChanged(message, context)
  if (form === 'deleted') return readDeleted(message, context)
  // Both are the same when a message is new.
  const place = { ...message, ts: message.ts ?? message.event_ts }
  const parsed = readMessage('message.new', message, place, context)
  const { channel, ts } = place
  return channel && ts ? { ...parsed, key: keyOf(channel.id, ts) } : parsed
}

/** By the subtype, or by what it holds where that is missing. Slack leaves it out when a thread has got an answer. */
function formOf(event: SlackMessageEvent): 'changed' | 'deleted' | 'new' {
  const { subtype, message, previous_message: before, deleted_ts: deleted } = event
  if (subtype === 'message_changed') return 'changed'
  if (subtype === 'message_deleted') return 'deleted'
  if (subtype) return 'new'
  if (message && (before || message.edited)) return 'changed'
  return deleted ? 'deleted' : 'new'
}

function keyOf(channel: string, ts: string): string {
  return `new:${toMessageId(channel.slice(0, 64), ts)}`
}

function readMessage(
  type: 'message.new' | 'message.updated',
  message: SlackMessage,
  place: Place,
  context: EventContext,
): KeyedParsed {
  if (isOwn(message, context)) return { events: [], ignored: 'sent by this app', ...about(place) }
  const { user, bot_id: bot, subtype = '', edited } = message
  const { channel, ts, chat, id } = placed(place)
  const sentAt = readInstant(ts)
  const changedAt = type === 'message.updated' ? readInstant(edited?.ts) : sentAt
  const at = changedAt ?? context.at
  const scene = { ...(user ? { user: toPerson(user.id) } : {}), chat }
  const tell = (kind: string): InboundEvent =>
    unsupported(kind ? `message.${kind}` : 'message', { ...scene, message: { id } }, at)
  // A bot that is answered like a person would answer in turn.
  const isFromBot = Boolean(bot) || subtype === 'bot_message'
  if (isFromBot) return { events: [tell('bot_message')] }
  const shared = readShared(message['attachments'])
  const { content, isLacking } = readContent(message, channel, ts, shared)
  const rest = shared.isLacking && type === 'message.new' ? [tell('attachments')] : []
  if (!WRITTEN.has(subtype)) return { events: [tell(subtype)] }
  if (!content) return { events: rest.length > 0 && !subtype ? rest : [tell(subtype)] }
  return {
    events: [
      { type, at, ...scene, message: { id, ...given({ sentAt }), ...content } },
      ...(isLacking ? [tell(SHARED_FILE)] : []),
      ...rest,
    ],
  }
}

function about({ channel, channel_type: kind, ts }: Place): Pick<KeyedParsed, 'about'> {
  if (!channel || !ts) return {}
  return { about: { chat: toChat(channel.id, kind).id, messageId: toMessageId(channel.id, ts) } }
}

/** Throws BadUpdateError if that can't be said. */
function placed({ channel, channel_type: kind, ts }: Place) {
  if (!channel || !ts) {
    throw new BadUpdateError(`not a message of Slack: ${channel ? 'ts' : 'channel'}`)
  }
  const id = toMessageId(channel.id, ts)
  return { channel: channel.id, ts, chat: toChat(channel.id, kind), id }
}

interface Content {
  /** Undefined when nothing in it can be carried. */
  readonly content?: Omit<InboundMessage, 'id' | 'sentAt'>
  /** There are files in it that can't be read. */
  readonly isLacking: boolean
}

function readContent(
  message: SlackMessage,
  channel: string,
  ts: string,
  { quotes, files: passedOn }: SharedContent,
): Content {
  const { thread_ts: thread } = message
  const written = message.text || textOfBlocks(message['blocks'])
  const own = readFiles(message)
  const others = readFiles({ ...message, subtype: undefined, files: passedOn })
  const isLacking = own.isLacking || others.isLacking
  const files = [...own.files, ...others.files]
  const text = joinLines([readSlackText(written), ...quotes])
  if (text.length + files.length === 0) return { isLacking }
  const isForwarded = quotes.length + passedOn.length > 0
  return {
    content: {
      ...(text.length > 0 ? { text } : {}),
      ...(files.length > 0 ? { files } : {}),
      ...(thread && thread !== ts ? { replyTo: { id: toMessageId(channel, thread) } } : {}),
      ...given({ forwarded: isForwarded }),
    },
    isLacking,
  }
}

const KIND_OF_SUBTYPE: ReadonlyMap<string, FileKind> = new Map([
  ['slack_audio', 'voice'],
  ['slack_video', 'video'],
])
/** Nothing of them is there any more. */
const GONE_MODES = ['tombstone', 'hidden_by_limit']

function readFiles({ files, subtype }: SlackMessage): {
  readonly files: readonly InboundFile[]
  readonly isLacking: boolean
} {
  const read = listOf(files).map((file) => fileSchema.safeParse(file).data)
  const isNone = files === undefined || files === null
  const isOdd = isNone ? subtype === SHARED_FILE : !Array.isArray(files)
  return {
    files: read.flatMap((file) => (file ? toFile(file) : [])),
    isLacking: isOdd || read.some((file) => !file || toFile(file).length === 0),
  }
}

/** Slack's own files open with the token only, so portals get a link of the hub; what is stored elsewhere is an address. */
function toFile(file: SlackFile): InboundFile[] {
  const { id, name, title, mimetype, size, mode, subtype, url_private: url } = file
  if (GONE_MODES.includes(mode ?? '')) return []
  const called = name || title || undefined
  const mime = mimetype || undefined
  const kind = kindOf({ kind: KIND_OF_SUBTYPE.get(subtype ?? ''), mime, name: called })
  const source = mode === 'external' && isWebAddress(url) ? { url } : { ref: id }
  return [{ source, kind, ...given({ name: called, mime, size }) }]
}

function readChanged(event: SlackMessageEvent, context: EventContext): KeyedParsed {
  const { message, previous_message: before } = event
  if (!message) throw new BadUpdateError('not a message of Slack: message')
  const at = readInstant(event.ts ?? event.event_ts) ?? context.at
  const place = { ...event, ts: message.ts ?? before?.ts }
  if (message.subtype === TOMBSTONE) return toDeletion(place, before, { ...context, at })
  if (before && isSame(message, before)) {
    return { events: [], ignored: 'no change of what was written' }
  }
  return readMessage('message.updated', message, place, { ...context, at })
}

/** Previews of links and counts of replies change a message too. */
function isSame(message: SlackMessage, before: SlackMessage): boolean {
  const idsOf = ({ files }: SlackMessage): string =>
    listOf(files)
      .map((file) => textFields(file)('id'))
      .join()
  return (message.text ?? '') === (before.text ?? '') && idsOf(message) === idsOf(before)
}

function readDeleted(event: SlackMessageEvent, context: EventContext): KeyedParsed {
  const { deleted_ts: deleted, previous_message: before } = event
  const at = readInstant(event.event_ts ?? event.ts) ?? context.at
  return toDeletion({ ...event, ts: deleted ?? before?.ts }, before, { ...context, at })
}

/** Who deleted it isn't told. */
function toDeletion(
  place: Place,
  before: SlackMessage | undefined,
  context: EventContext,
): KeyedParsed {
  if (before && isOwn(before, context)) return { events: [], ignored: 'a message of this app went' }
  const { chat, id } = placed(place)
  return { events: [{ type: 'message.deleted', at: context.at, chat, message: { id } }] }
}
