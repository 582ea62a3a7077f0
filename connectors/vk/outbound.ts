import { hash } from 'node:crypto'
import type { ContactCard, GeoPoint } from '#core/event.ts'
import type { OutboundFile, OutboundMessage } from '#core/message.ts'
import { plainText, type RichText } from '#core/rich-text.ts'
import { splitRichText } from '#text/splitter.ts'
import { planButtons } from './keyboard.ts'
import { readMessageId } from './message-id.ts'
import { type VkText, writeVkText } from './text-write.ts'

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
  const text = withLines(message.text ?? [], [
    ...buttons.list,
    ...placeWords(message.location, files.length > 0 || message.text !== undefined),
    ...contactWords(message.contact),
  ])
  const isAlone = text.length === 0 && files.length === 0 && buttons.keyboard !== undefined
  const texts = splitText(isAlone ? labelsOf(message) : text)
  const chunks: (readonly OutboundFile[])[] = []
  for (let from = 0; from < files.length; from += ATTACHMENT_LIMIT) {
    chunks.push(files.slice(from, from + ATTACHMENT_LIMIT))
  }
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
  const texts = splitText(withLines(message.text ?? [], buttons.list))
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

function withLines(text: RichText, lines: readonly string[]): RichText {
  if (lines.length === 0) return text
  return [...text, ...plainText((text.length === 0 ? '' : '\n') + lines.join('\n'))]
}

function labelsOf({ buttons = [] }: OutboundMessage): RichText {
  const labels = buttons.flat().map(({ text }) => text.trim())
  return plainText(labels.filter(Boolean).join(' / '))
}

export function linkTo({ name, url }: OutboundFile): string {
  return name ? `${name}: ${url}` : url
}

function planPlace(place: GeoPoint | undefined): Params {
  return place ? { lat: place.latitude, long: place.longitude } : {}
}

/** A place alone is no message to VK: its numbers stand for it then. */
function placeWords(place: GeoPoint | undefined, hasMore: boolean): string[] {
  if (!place) return []
  const words = [place.title, place.address].flatMap((word) => (word ? [word] : []))
  return words.length > 0 || hasMore ? words : [`${place.latitude}, ${place.longitude}`]
}

function contactWords(contact: ContactCard | undefined): string[] {
  const words = [contact?.name, contact?.phone].filter(Boolean).join(' ')
  return words ? [words] : []
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
