import type { InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import type { RichText } from '#core/rich-text.ts'
import { joinLines } from '#kit/degrade.ts'
import { readEntities } from '#text/channels/telegram-reader.ts'
import { isContent, readFiles, readPlace } from './inbound-media.ts'
import { readQuoted } from './inbound-quote.ts'
import { readWords } from './inbound-words.ts'
import { isPlain, type TelegramMessage } from './types.ts'

/** Fields that say who, when, where and how; whatever else a message has is its content. */
const HEADER = new Set([
  ...['message_id', 'message_thread_id', 'date', 'edit_date', 'chat', 'from', 'sender_chat'],
  ...['sender_boost_count', 'sender_business_bot', 'sender_tag', 'business_connection_id'],
  ...['author_signature', 'via_bot', 'reply_markup', 'reply_to_message'],
  ...['reply_to_checklist_task_id', 'external_reply', 'quote', 'forward_origin', 'forward_from'],
  ...['forward_from_chat', 'forward_date', 'forward_sender_name', 'forward_signature'],
  ...['forward_from_message_id', 'is_automatic_forward', 'is_topic_message', 'is_from_offline'],
  ...['is_paid_post', 'has_protected_content', 'has_media_spoiler', 'media_group_id'],
  ...['show_caption_above_media', 'link_preview_options', 'entities', 'caption_entities'],
  ...['effect_id', 'paid_star_count', 'direct_messages_topic', 'suggested_post_info'],
])
/** Of the header, what is content all the same: it is missed if it can't be read. */
const ANSWERED = ['reply_to_message', 'external_reply', 'quote'] as const

export interface MessageContent {
  /** Absent when nothing in it can be carried. */
  readonly message?: InboundMessage
  /** Telegram's names of the parts that can't be carried. */
  readonly unsupported: readonly string[]
}

/** What a message holds; `raw` is the message as it came. `outgoing`: written by the company's own person. */
export function readMessage(
  message: TelegramMessage,
  raw: unknown,
  outgoing: boolean,
): MessageContent {
  if (message.text && !outgoing && isPlain(raw)) {
    return { message: { ...frameOf(message), text: readEntities(message.text) }, unsupported: [] }
  }
  const { files, carried } = readFiles(message)
  const place = readPlace(message)
  const written = readText(message)
  const quoted = readQuoted(message, raw)
  const text = joinLines([quoted.quote ?? [], ...written.lines])
  const allFiles = [...files, ...quoted.files]
  const isEmpty = written.lines.length + files.length + Object.keys(place.content).length === 0
  const left = leftOver(raw, [...carried, ...place.carried, ...written.carried], isEmpty)
  const unread = ANSWERED.filter((name) => message[name] === undefined && isThere(raw, name))
  const unsupported = [...left, ...unread, ...quoted.unsupported].map((name) => name.slice(0, 64))
  if (isEmpty && text.length + allFiles.length === 0) {
    return { unsupported: unsupported.length > 0 ? unsupported : ['message'] }
  }
  return {
    message: {
      ...frameOf(message),
      ...(text.length > 0 ? { text } : {}),
      ...(allFiles.length > 0 ? { files: allFiles } : {}),
      ...place.content,
      ...given({ replyTo: quoted.replyTo }),
      ...(isForwarded(message) ? { forwarded: true } : {}),
      ...(outgoing ? { outgoing: true } : {}),
    },
    unsupported,
  }
}

function frameOf(message: TelegramMessage): Pick<InboundMessage, 'id' | 'sentAt'> {
  return {
    id: String(message.message_id),
    ...given({ sentAt: readInstant(message['date']) }),
  }
}

/**
 * Content that nothing was made of. Beside content that was, flags and numbers are passed over: they say how it is shown,
 * and new ones come often.
 */
function leftOver(raw: unknown, carried: readonly string[], isEmpty: boolean): string[] {
  if (!isRecord(raw)) return []
  return Object.entries(raw).flatMap(([name, value]) => {
    if (HEADER.has(name) || carried.includes(name) || isNothing(value)) return []
    return isContent(name, value) || isEmpty ? [name] : []
  })
}

function isNothing(value: unknown): boolean {
  return value === null || value === ''
}

function isThere(raw: unknown, name: string): boolean {
  return isRecord(raw) && raw[name] !== undefined && raw[name] !== null
}

function isForwarded(message: TelegramMessage): boolean {
  return isThere(message, 'forward_origin') || isThere(message, 'forward_date')
}

function readText(message: TelegramMessage): { lines: RichText[]; carried: string[] } {
  const { text, caption, dice } = message
  const lines: RichText[] = []
  const carried: string[] = []
  const add = (name: string, line: RichText): void => {
    if (line.length === 0) return
    lines.push(line)
    carried.push(name)
  }
  add('text', readEntities(text ?? '', message.entities))
  add('caption', readEntities(caption ?? '', message.caption_entities))
  const thrown = [dice?.emoji, dice?.value].filter(Boolean).join(' ')
  add('dice', joinLines([thrown]))
  for (const line of readWords(message)) lines.push(joinLines([line]))
  return { lines, carried }
}
