import type { InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { readInstant } from '#core/instant.ts'
import { isRecord } from '#core/json.ts'
import { plainText, type RichText, type TextNode } from '#core/rich-text.ts'
import { describePlace } from '#kit/degrade.ts'
import { readVkText } from '#text/channels/vk-reader.ts'
import { addressBehind } from '#text/links.ts'
import { unifyNewlines } from '#text/newlines.ts'
import { readAttachment } from './inbound-attachments.ts'
import { toMessageId } from './message-id.ts'
import { type QuotedMessage, quotedSchema, type VkMessage } from './types.ts'

export interface MessageContent {
  /** Absent when nothing in it can be carried. */
  readonly message?: Omit<InboundMessage, 'id'>
  /** VK's names of the parts that can't be carried. */
  readonly unsupported: readonly string[]
}

/**
 * What a message holds; `raw` is the message as it came. `outgoing`: written by a person of the company. `withoutText`: the
 * text is told otherwise, as the label of a button.
 */
export function readMessage(
  message: VkMessage,
  raw: unknown,
  { outgoing = false, withoutText = false } = {},
): MessageContent {
  const parts = readParts(withoutText ? { ...message, text: undefined } : message, 0)
  const { replyTo, quote } = readReply(message, parts)
  const quoted = quote ? [...quote, ...(parts.text.length > 0 ? plainText('\n') : [])] : []
  const text = [...quoted, ...parts.text]
  const location = readPlace(message)
  const { action } = message
  const unsupported = [
    ...(action ? [action.type.slice(0, 64)] : []),
    ...parts.unknown,
    ...unread(message, raw),
  ]
  if (text.length + parts.files.length === 0 && !location) {
    return { unsupported: unsupported.length > 0 || withoutText ? unsupported : ['message'] }
  }
  const isForwarded = (message.fwd_messages?.length ?? 0) > 0
  return {
    message: {
      ...given({ sentAt: readInstant(message['date']) }),
      ...(text.length > 0 ? { text } : {}),
      ...(parts.files.length > 0 ? { files: parts.files } : {}),
      ...given({ location, replyTo, forwarded: isForwarded }),
      ...(outgoing ? { outgoing: true } : {}),
    },
    unsupported,
  }
}

/** Content of the message that is there and nothing was made of, because it isn't what VK's schema says. */
function unread(message: QuotedMessage, raw: unknown): string[] {
  const fields = isRecord(raw) ? raw : {}
  return (['text', 'attachments', 'fwd_messages', 'geo', 'action'] as const).filter(
    (name) => message[name] === undefined && fields[name] !== undefined && fields[name] !== null,
  )
}

interface Parts {
  readonly text: TextNode[]
  readonly files: InboundFile[]
  readonly unknown: string[]
}

/** Forwarded messages may hold such; deeper than this nobody looks, and they are told as `fwd_messages`. */
const MAX_DEPTH = 10

function readParts(message: QuotedMessage, depth: number): Parts {
  const written = unescapeText(unifyNewlines(message.text))
  const parts: Parts = {
    text: [...readVkText(written, message.format_data)],
    files: [],
    unknown: [],
  }
  for (const attachment of message.attachments ?? []) {
    const { file, link, words, quote, kind } = readAttachment(attachment)
    if (file) parts.files.push(file)
    if (link && addressBehind(written, link.url) !== '') addLine(parts.text, toLink(link))
    if (words) addLine(parts.text, plainText(words))
    if (quote) addLine(parts.text, [{ type: 'quote', children: plainText(quote) }])
    if (kind !== undefined) parts.unknown.push(kind)
  }
  for (const forwarded of message.fwd_messages ?? [])
    addQuoted(parts, forwarded, depth, 'fwd_messages')
  return parts
}

/**
 * VK gives the texts of messages as HTML has them, so that a typed `"` comes as `&quot;`. Seen by clients of the API
 * (python273/vk_api#264, vk-io), not told in its documentation.
 */
function unescapeText(text: string): string {
  return text.replace(/&(?:lt|gt|quot|amp);/g, (reference) => CHARACTER[reference] ?? reference)
}

const CHARACTER: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&amp;': '&',
}

function toLink({ title, url }: { readonly title: string; readonly url: string }): RichText {
  return [{ type: 'link', href: url, children: plainText(title) }]
}

function addLine(text: TextNode[], line: RichText): void {
  if (line.length === 0) return
  if (text.length > 0) text.push({ type: 'text', value: '\n' })
  text.push(...line)
}

/** What was passed on stands in a quote, its files beside the message's own; so does what it passed on in turn. */
function addQuoted(parts: Parts, value: unknown, depth: number, name: string): void {
  const quoted = depth < MAX_DEPTH ? quotedSchema.safeParse(value).data : undefined
  if (!quoted) {
    parts.unknown.push(name)
    return
  }
  const inner = readParts(quoted, depth + 1)
  for (const line of describePlace(readPlace(quoted))) addLine(inner.text, plainText(line))
  if (quoted.reply_message) addQuoted(inner, quoted.reply_message, depth + 1, 'reply_message')
  if (inner.text.length > 0) addLine(parts.text, [{ type: 'quote', children: inner.text }])
  parts.files.push(...inner.files)
  parts.unknown.push(...inner.unknown, ...unread(quoted, value))
}

function readPlace({ geo }: QuotedMessage): InboundMessage['location'] {
  if (!geo) return undefined
  const { latitude, longitude } = geo.coordinates
  const { title, city, country } = geo.place ?? {}
  const address = [city, country].filter((name) => name && !title?.includes(name)).join(', ')
  return { latitude, longitude, ...given({ title, address }) }
}

/** A message that is answered has its number, or it isn't of this conversation: then its words stand above the text. */
function readReply(
  { reply_message: value, peer_id: peer }: VkMessage,
  parts: Parts,
): { readonly replyTo?: InboundMessage['replyTo']; readonly quote?: RichText } {
  if (!isRecord(value) && (value === undefined || value === null)) return {}
  const original = quotedSchema.safeParse(value).data
  const cmid = original?.conversation_message_id
  if (!original || cmid === undefined) {
    const quoted: Parts = { text: [], files: parts.files, unknown: parts.unknown }
    addQuoted(quoted, value, 0, 'reply_message')
    return { quote: quoted.text }
  }
  const text = readVkText(unescapeText(unifyNewlines(original.text)), original.format_data)
  return { replyTo: { id: toMessageId(peer, cmid), ...(text.length > 0 ? { text } : {}) } }
}
