import type {
  Chat,
  FileKind,
  InboundEvent,
  InboundFile,
  InboundMessage,
  Person,
} from '#core/event.ts'
import { given } from '#core/given.ts'
import { updateCheck } from '#kit/check-update.ts'
import { kindOf } from '#kit/file-kind.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { readSlackText } from '#text/channels/slack.ts'
import { type EventContext, isOwn, type KeyedParsed } from './inbound-scene.ts'
import { readInstant, toMessageId } from './message-id.ts'
import { toChat, toPerson } from './people.ts'
import {
  changedSchema,
  deletedSchema,
  messageEventSchema,
  type SlackFile,
  type SlackMessage,
} from './types.ts'

const check = updateCheck('a message of Slack')

/** A message that people see as one; other subtypes are notes of Slack's own (`channel_join`). */
const WRITTEN = new Set(['', 'file_share', 'me_message', 'thread_broadcast'])

interface Place {
  readonly channel: string
  readonly channel_type?: string | null | undefined
}

/**
 * https://docs.slack.dev/reference/events/message; and `app_mention`, which an app that is told of all messages gets besides:
 * both updates have one key.
 */
export function readMessageEvent(event: unknown, context: EventContext): KeyedParsed {
  const subtype = (event as { subtype?: unknown }).subtype
  if (subtype === 'message_changed') return readChanged(event, context)
  if (subtype === 'message_deleted') return readDeleted(event, context)
  const message = check(messageEventSchema, event)
  const parsed = readMessage('message.new', message, message, context)
  return { ...parsed, key: keyOf(message.channel, message.ts) }
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
  if (isOwn(message, context)) return { events: [], ignored: 'sent by this app' }
  const { user, bot_id: bot, subtype, ts, edited } = message
  const changedAt = type === 'message.updated' ? readInstant(edited?.ts) : readInstant(ts)
  const base = {
    at: changedAt ?? context.at,
    ...(user ? { user: toPerson(user) } : {}),
    chat: toChat(place.channel, place.channel_type),
  }
  const id = toMessageId(place.channel, ts)
  const content = readContent(message, place.channel)
  // A bot that is answered like a person would answer in turn.
  const isFromBot = Boolean(bot) || subtype === 'bot_message'
  if (isFromBot || !WRITTEN.has(subtype ?? '') || !content) {
    const kind = isFromBot ? 'bot_message' : (subtype ?? '')
    return { events: [unsupported(kind, base, id)] }
  }
  return {
    events: [{ type, ...base, message: { id, ...given({ sentAt: readInstant(ts) }), ...content } }],
  }
}

interface Base {
  readonly at: number
  readonly user?: Person
  readonly chat: Chat
}

function unsupported(subtype: string, base: Base, id: string): InboundEvent {
  const kind = subtype === '' ? 'message' : `message.${subtype.slice(0, 55)}`
  return { type: 'unsupported', ...base, kind, message: { id } }
}

type Content = Omit<InboundMessage, 'id' | 'sentAt'>

/** Undefined when nothing in it can be carried, as in a message that only quotes another. */
function readContent(
  { text, files, thread_ts: thread, ts }: SlackMessage,
  channel: string,
): Content | undefined {
  const carried = (files ?? []).flatMap(readFile)
  const content: Content = {
    ...(text ? { text: readSlackText(text) } : {}),
    ...(carried.length > 0 ? { files: carried } : {}),
  }
  if (Object.keys(content).length === 0) return undefined
  return thread && thread !== ts
    ? { ...content, replyTo: { id: toMessageId(channel, thread) } }
    : content
}

const KIND_OF_SUBTYPE: ReadonlyMap<string, FileKind> = new Map([
  ['slack_audio', 'voice'],
  ['slack_video', 'video'],
])
/** Nothing of them is there any more. */
const GONE_MODES = ['tombstone', 'hidden_by_limit']

/** Slack's own files open with the token only, so portals get a link of the hub; what is stored elsewhere is an address. */
function readFile({
  id,
  name,
  title,
  mimetype,
  size,
  mode,
  subtype,
  url_private: url,
}: SlackFile): InboundFile[] {
  if (GONE_MODES.includes(mode ?? '')) return []
  const called = name || title || undefined
  const mime = mimetype || undefined
  const kind = kindOf({ kind: KIND_OF_SUBTYPE.get(subtype ?? ''), mime, name: called })
  const source = mode === 'external' && isWebAddress(url) ? { url } : { ref: id }
  return [{ source, kind, ...given({ name: called, mime, size: size || undefined }) }]
}

function readChanged(event: unknown, context: EventContext): KeyedParsed {
  const { message, previous_message: before, ts, ...place } = check(changedSchema, event)
  const at = readInstant(ts) ?? context.at
  // What is left of a deleted message that has a thread.
  if (message.subtype === 'tombstone')
    return toDeletion(place, message.ts, before, { ...context, at })
  if (before && isSame(message, before)) {
    return { events: [], ignored: 'no change of what was written' }
  }
  return readMessage('message.updated', message, place, { ...context, at })
}

/** Previews of links and counts of replies change a message too. */
function isSame(message: SlackMessage, before: SlackMessage): boolean {
  const idsOf = ({ files }: SlackMessage): string => (files ?? []).map(({ id }) => id).join()
  return (message.text ?? '') === (before.text ?? '') && idsOf(message) === idsOf(before)
}

function readDeleted(event: unknown, context: EventContext): KeyedParsed {
  const { deleted_ts: deleted, previous_message: before, ...place } = check(deletedSchema, event)
  const at = readInstant(place.event_ts ?? place.ts) ?? context.at
  return toDeletion(place, deleted, before, { ...context, at })
}

/** Who deleted it isn't told. */
function toDeletion(
  { channel, channel_type: kind }: Place,
  ts: string,
  before: SlackMessage | null | undefined,
  context: EventContext,
): KeyedParsed {
  if (before && isOwn(before, context)) return { events: [], ignored: 'a message of this app went' }
  const message = { id: toMessageId(channel, ts) }
  return {
    events: [{ type: 'message.deleted', at: context.at, chat: toChat(channel, kind), message }],
  }
}
