import type { FileKind, InboundFile, InboundMessage } from '#core/event.ts'
import { given } from '#core/given.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { readEntities } from '#text/channels/telegram-reader.ts'
import type { TelegramFile, TelegramMessage } from './types.ts'

/** Fields that say who, when, where and how; whatever else a message has is its content. */
const HEADER = new Set([
  ...['message_id', 'message_thread_id', 'date', 'edit_date', 'chat', 'from', 'sender_chat'],
  ...['sender_boost_count', 'sender_business_bot', 'sender_tag', 'business_connection_id'],
  ...['author_signature', 'via_bot', 'reply_markup', 'reply_to_message', 'reply_to_story'],
  ...['reply_to_checklist_task_id', 'external_reply', 'quote', 'forward_origin', 'forward_from'],
  ...['forward_from_chat', 'forward_date', 'forward_sender_name', 'forward_signature'],
  ...['forward_from_message_id', 'is_automatic_forward', 'is_topic_message', 'is_from_offline'],
  ...['is_paid_post', 'has_protected_content', 'has_media_spoiler', 'media_group_id'],
  ...['show_caption_above_media', 'link_preview_options', 'entities', 'caption_entities'],
  ...['effect_id', 'paid_star_count', 'direct_messages_topic', 'suggested_post_info'],
])
/** Content that can't be carried, even where the message has a caption besides. */
const UNCARRIED = ['poll', 'paid_media', 'story', 'game', 'invoice', 'checklist', 'giveaway']

const MEDIA: readonly [field: 'video' | 'video_note' | 'audio' | 'voice' | 'document', FileKind][] =
  [
    ['video', 'video'],
    ['video_note', 'video'],
    ['audio', 'audio'],
    ['voice', 'voice'],
    ['document', 'document'],
  ]

export interface MessageContent {
  /** Absent when nothing in it can be carried. */
  readonly message?: InboundMessage
  /** Telegram's name of the part that can't be carried. */
  readonly unsupported?: string
}

/** What a message holds. `outgoing`: written by the company's own person (business accounts). */
export function readMessage(message: TelegramMessage, outgoing: boolean): MessageContent {
  const text = readText(message)
  const files = readFiles(message)
  const content = { ...given({ text, files }), ...readPlace(message) }
  if (Object.keys(content).length === 0) return { unsupported: contentName(message) }
  const uncarried = UNCARRIED.find((name) => message[name] !== undefined)
  const replyTo = readReply(message)
  return {
    message: {
      id: String(message.message_id),
      ...(message.date > 0 ? { sentAt: message.date * 1000 } : {}),
      ...content,
      ...given({ replyTo }),
      ...(isForwarded(message) ? { forwarded: true } : {}),
      ...(outgoing ? { outgoing: true } : {}),
    },
    ...given({ unsupported: uncarried }),
  }
}

function contentName(message: TelegramMessage): string {
  return Object.keys(message).find((key) => !HEADER.has(key)) ?? 'message'
}

function isForwarded(message: TelegramMessage): boolean {
  return message['forward_origin'] !== undefined || message['forward_date'] !== undefined
}

function readText(message: TelegramMessage): RichText | undefined {
  const { text, caption, dice } = message
  if (text) return readEntities(text, message.entities)
  if (caption) return readEntities(caption, message.caption_entities)
  return dice ? plainText(`${dice.emoji} ${dice.value}`) : undefined
}

function readFiles(message: TelegramMessage): InboundFile[] | undefined {
  const file = readFile(message)
  return file ? [file] : undefined
}

function readFile(message: TelegramMessage): InboundFile | undefined {
  // Telegram sets `document` beside `animation`.
  if (message.animation) return toFile(message.animation, 'video')
  if (message.sticker) return { ...toFile(message.sticker, 'sticker'), ...stickerMime(message) }
  if (message.photo) {
    const largest = message.photo.reduce<TelegramFile | undefined>(
      (best, photo) => (area(photo) >= area(best) ? photo : best),
      undefined,
    )
    return largest && toFile({ mime_type: 'image/jpeg', ...largest }, 'image')
  }
  for (const [field, kind] of MEDIA) {
    const file = message[field]
    if (file) return toFile(file, kind)
  }
  return undefined
}

function area(photo: TelegramFile | undefined): number {
  return Number(photo?.['width'] ?? 0) * Number(photo?.['height'] ?? 0)
}

function toFile(file: TelegramFile, kind: FileKind): InboundFile {
  return {
    source: { ref: file.file_id },
    kind,
    ...given({ name: file.file_name, mime: file.mime_type, size: file.file_size }),
  }
}

function stickerMime({ sticker }: TelegramMessage): { mime: string } {
  if (sticker?.is_animated) return { mime: 'application/x-tgsticker' }
  return { mime: sticker?.is_video ? 'video/webm' : 'image/webp' }
}

function readPlace(message: TelegramMessage): Pick<InboundMessage, 'location' | 'contact'> {
  const { venue, contact } = message
  // Telegram sets `location` beside `venue`.
  const point = venue?.location ?? message.location
  const name = [contact?.first_name, contact?.last_name].filter(Boolean).join(' ')
  const phone = contact?.phone_number
  return {
    ...(point && {
      location: {
        latitude: point.latitude,
        longitude: point.longitude,
        ...given({ title: venue?.title, address: venue?.address }),
      },
    }),
    ...((name || phone) && {
      contact: { ...given({ name, phone }) },
    }),
  }
}

/** In a forum every message "replies" to the one that opened its topic. */
function readReply(message: TelegramMessage): InboundMessage['replyTo'] {
  const { reply_to_message: original, quote } = message
  if (!original || original['forum_topic_created'] !== undefined) return undefined
  const text = quote
    ? readEntities(quote.text, quote.entities)
    : readEntities(
        original.text ?? original.caption ?? '',
        original.entities ?? original.caption_entities,
      )
  return { id: String(original.message_id), ...(text.length > 0 ? { text } : {}) }
}
