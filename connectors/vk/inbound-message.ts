import type { InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { plainText, type RichText, type TextNode } from '#core/rich-text.ts'
import { readVkText } from '#text/channels/vk-reader.ts'
import { unifyNewlines } from '#text/newlines.ts'
import { readAttachment } from './inbound-attachments.ts'
import { toMessageId } from './message-id.ts'
import type { QuotedMessage, VkMessage } from './types.ts'

export interface MessageContent {
  /** Absent when nothing in it can be carried. */
  readonly message?: Omit<InboundMessage, 'id'>
  /** VK's names of the parts that can't be carried. */
  readonly unsupported: readonly string[]
}

/** What a message holds. `outgoing`: written by a person of the company. */
export function readMessage(message: VkMessage, outgoing: boolean): MessageContent {
  const parts = readParts(message)
  for (const forwarded of message.fwd_messages ?? []) addForwarded(parts, forwarded)
  const content = {
    ...(parts.text.length > 0 ? { text: parts.text } : {}),
    ...(parts.files.length > 0 ? { files: parts.files } : {}),
    ...readPlace(message),
  }
  const { action } = message
  const unsupported = action ? [action.type] : parts.unknown
  if (Object.keys(content).length === 0) {
    return { unsupported: unsupported.length > 0 ? unsupported : ['message'] }
  }
  const replyTo = readReply(message)
  const isForwarded = (message.fwd_messages?.length ?? 0) > 0
  return {
    message: {
      ...(message.date ? { sentAt: message.date * 1000 } : {}),
      ...content,
      ...given({ replyTo, forwarded: isForwarded }),
      ...(outgoing ? { outgoing: true } : {}),
    },
    unsupported,
  }
}

interface Parts {
  readonly text: TextNode[]
  readonly files: InboundFile[]
  readonly unknown: string[]
}

function readParts({ text, format_data: format, attachments = [] }: QuotedMessage): Parts {
  const parts: Parts = {
    text: [...readVkText(unifyNewlines(text), format)],
    files: [],
    unknown: [],
  }
  for (const attachment of attachments) {
    const { file, link, words } = readAttachment(attachment)
    if (file) parts.files.push(file)
    else if (link && !text?.includes(link.url)) addLine(parts.text, toLink(link))
    else if (words) addLine(parts.text, plainText(words))
    else if (!link) parts.unknown.push(attachment.type.slice(0, 64))
  }
  return parts
}

function toLink({ title, url }: { readonly title: string; readonly url: string }): RichText {
  return [{ type: 'link', href: url, children: plainText(title) }]
}

function addLine(text: TextNode[], line: RichText): void {
  if (text.length > 0) text.push({ type: 'text', value: '\n' })
  text.push(...line)
}

/** What was passed on stands in a quote, its files beside the message's own. What it passed on in turn is left out. */
function addForwarded(parts: Parts, forwarded: QuotedMessage): void {
  const { text, files, unknown } = readParts(forwarded)
  if (text.length > 0) addLine(parts.text, [{ type: 'quote', children: text }])
  parts.files.push(...files)
  parts.unknown.push(...unknown)
}

function readPlace({ geo }: VkMessage): Pick<InboundMessage, 'location'> {
  if (!geo) return {}
  const { latitude, longitude } = geo.coordinates
  const { title } = geo.place ?? {}
  return { location: { latitude, longitude, ...given({ title }) } }
}

function readReply({
  reply_message: original,
  peer_id: peer,
}: VkMessage): InboundMessage['replyTo'] {
  const cmid = original?.conversation_message_id
  if (!original || cmid === undefined) return undefined
  const text = readVkText(unifyNewlines(original.text), original.format_data)
  return { id: toMessageId(peer, cmid), ...(text.length > 0 ? { text } : {}) }
}
