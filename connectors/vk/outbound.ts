import { hash } from 'node:crypto'
import type { GeoPoint } from '#core/event.ts'
import type { OutboundFile, OutboundMessage } from '#core/message.ts'
import type { RichText } from '#core/rich-text.ts'
import { chunk } from '#kit/chunk.ts'
import { describeContact, joinLines, labelsOf, placeWords } from '#kit/degrade.ts'
import { type VkText, writeVkText } from '#text/channels/vk-writer.ts'
import { splitRichText } from '#text/splitter.ts'
import { readMessageId } from './message-id.ts'
import { planButtons } from './outbound-buttons.ts'

/** VK takes 9000 characters and shows longer ones than 4096 in pieces. */
export const TEXT_LIMIT = 4096
/** Of one message. */
const ATTACHMENT_LIMIT = 10

type Params = Readonly<Record<string, string | number | undefined>>

/** One `messages.send`, but for the files that are yet to be uploaded. */
export interface Part {
  /** Of all parts: what makes the part's `random_id` its own. */
  readonly index: number
  readonly text: VkText
  readonly params: Params
  readonly files: readonly OutboundFile[]
}

/**
 * A message → what is sent, in order: texts, the last one with files and the place, further files in tens. The reply goes
 * with the first, buttons with the last; by themselves they stand below their own words. Empty when there is nothing to
 * send.
 */
export function planMessage(message: OutboundMessage, peerId: string): Part[] {
  const buttons = planButtons(message.buttons ?? [])
  const files = message.files ?? []
  const hasMore = files.length > 0 || message.text !== undefined
  const text = joinLines([
    message.text ?? [],
    ...buttons.list,
    ...wordsOf(message.location, hasMore),
    ...describeContact(message.contact),
  ])
  const isAlone = text.length === 0 && files.length === 0 && buttons.keyboard !== undefined
  const texts = splitText(isAlone ? labelsOf(message.buttons) : text)
  const chunks = chunk(files, ATTACHMENT_LIMIT)
  const last = Math.max(0, texts.length - 1)
  const count = Math.max(texts.length, last + chunks.length)
  return Array.from({ length: count }, (_, index) => ({
    index,
    text: texts[index] ?? { message: '', items: [] },
    files: chunks[index - last] ?? [],
    params: {
      ...(index === 0 ? planReply(message.replyTo?.id, peerId) : {}),
      ...(index === last ? planPlace(message.location) : {}),
      ...(index === count - 1 ? { keyboard: buttons.keyboard } : {}),
    },
  }))
}

/** The texts that replace a message: the edit, and for what doesn't fit into it further messages. */
export function planEdit(message: OutboundMessage): Part[] {
  const buttons = planButtons(message.buttons ?? [])
  const texts = splitText(joinLines([message.text ?? [], ...buttons.list]))
  return texts.map((text, index) => ({
    index,
    text,
    files: [],
    params: index === texts.length - 1 ? { keyboard: buttons.keyboard } : {},
  }))
}

function splitText(text: RichText): VkText[] {
  return splitRichText(text, TEXT_LIMIT, (part) => writeVkText(part).message.length)
    .map(writeVkText)
    .filter(({ message }) => message.trim() !== '')
}

function planPlace(place: GeoPoint | undefined): Params {
  return place ? { lat: place.latitude, long: place.longitude } : {}
}

/** A place alone is no message to VK: its numbers stand for it then. */
function wordsOf(place: GeoPoint | undefined, hasMore: boolean): string[] {
  const words = placeWords(place)
  if (!place || words.length > 0 || hasMore) return words
  return [`${place.latitude}, ${place.longitude}`]
}

function planReply(id: string | undefined, peerId: string): Params {
  const message = id === undefined ? undefined : readMessageId(id)
  if (!message) return {}
  if ('messageId' in message) return { reply_to: message.messageId }
  const forward = {
    peer_id: Number(peerId),
    conversation_message_ids: [message.cmid],
    is_reply: 1,
  }
  return { forward: JSON.stringify(forward) }
}

/** 48 bits: no two messages of a conversation share one by chance, and every client's numbers hold it. */
const RANDOM_ID_DIGITS = 12

/**
 * VK sends nothing twice to one conversation under the same `random_id`, so a part that may or may not have been taken is
 * repeated without harm. Never 0, which stands for none.
 */
export function randomIdOf(out: string, index: number): number {
  const digits = hash('sha256', `${out}:${index}`).slice(0, RANDOM_ID_DIGITS)
  return Number.parseInt(digits, 16) || 1
}
