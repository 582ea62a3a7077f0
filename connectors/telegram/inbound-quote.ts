import type { InboundFile, InboundMessage } from '#core/event.ts'
import { isRecord } from '#core/json.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { describeContact, describePlace, joinLines } from '#kit/degrade.ts'
import { textFields } from '#kit/json-answer.ts'
import { readEntities } from '#text/channels/telegram-reader.ts'
import { isContent, readFiles, readPlace } from './inbound-media.ts'
import { readWords } from './inbound-words.ts'
import type { TelegramMessage } from './types.ts'

/** What a message answers. */
export interface Quoted {
  /** A message of the same chat. */
  readonly replyTo?: InboundMessage['replyTo']
  /** Words of another chat's message: they stand before the text. */
  readonly quote?: RichText
  readonly files: readonly InboundFile[]
  readonly unsupported: readonly string[]
}

const NOTHING: Quoted = { files: [], unsupported: [] }

/** `raw`: the message as it came. */
export function readQuoted(message: TelegramMessage, raw: unknown): Quoted {
  const { reply_to_message: original, external_reply: elsewhere, quote } = message
  // In a forum every message "replies" to the one that opened its topic.
  if (original?.forum_topic_created) return NOTHING
  const quoted = quote && readEntities(quote.text, quote.entities)
  if (original) {
    const text = quoted ?? readOriginal(original)
    const replyTo = { id: String(original.message_id), ...(text.length > 0 ? { text } : {}) }
    return { ...NOTHING, replyTo }
  }
  if (elsewhere) return readElsewhere(elsewhere, fieldsIn(raw, 'external_reply'), quoted ?? [])
  return quoted?.length ? { ...NOTHING, quote: toQuote('', quoted) } : NOTHING
}

function fieldsIn(raw: unknown, name: string): Record<string, unknown> {
  const fields = isRecord(raw) ? raw[name] : undefined
  return isRecord(fields) ? fields : {}
}

function readOriginal(original: NonNullable<TelegramMessage['reply_to_message']>): RichText {
  const { text, caption, entities, caption_entities: captionEntities } = original
  return text ? readEntities(text, entities) : readEntities(caption ?? '', captionEntities)
}

const HEADER = new Set([
  'origin',
  'chat',
  'message_id',
  'link_preview_options',
  'has_media_spoiler',
])

/** A message of another chat has no id here that a portal could know: its words are quoted, its files come along. */
function readElsewhere(
  elsewhere: NonNullable<TelegramMessage['external_reply']>,
  raw: Readonly<Record<string, unknown>>,
  quoted: RichText,
): Quoted {
  const { files, carried } = readFiles(elsewhere)
  const place = readPlace(elsewhere)
  const { location, contact } = place.content
  const lines = joinLines([
    quoted,
    ...readWords(elsewhere),
    ...describePlace(location),
    ...describeContact(contact),
  ])
  const known = new Set([...HEADER, ...carried, ...place.carried])
  const unsupported = Object.keys(raw)
    .filter((name) => !known.has(name) && isContent(name, raw[name]))
    .map((name) => `external_reply:${name}`)
  const origin = nameOfOrigin(elsewhere['origin'])
  if (lines.length > 0) return { quote: toQuote(origin, lines), files, unsupported }
  if (files.length > 0 || origin === '') return { files, unsupported }
  return { quote: toQuote(origin, []), files, unsupported }
}

/** Who is quoted stands above what they said. */
function toQuote(name: string, lines: RichText): RichText {
  const above: RichText = name === '' ? [] : [{ type: 'bold', children: plainText(name) }]
  return [{ type: 'quote', children: joinLines([above, lines]) }]
}

/** https://core.telegram.org/bots/api#messageorigin */
function nameOfOrigin(origin: unknown): string {
  if (!isRecord(origin)) return ''
  const person = textFields(origin['sender_user'])
  const chat = textFields(origin['chat'])
  const senderChat = textFields(origin['sender_chat'])
  return (
    chat('title') ||
    senderChat('title') ||
    [person('first_name'), person('last_name')].filter(Boolean).join(' ') ||
    textFields(origin)('sender_user_name')
  )
}
