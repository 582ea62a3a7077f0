import type { PartReference } from '#core/event.ts'
import { readReference, writeReference } from '#core/parts.ts'

/** Bytes of `biz_opaque_callback_data`, which Meta gives back with every status of the message. */
const LIMIT = 512
const BETWEEN = ';'

/**
 * Which part of which message it is (none for what isn't the outbox's), and the id of the chat, which Meta doesn't tell:
 * of a failed message it names the phone number alone, and of what was sent to a phone number the person's id.
 */
export function writeTag(part: PartReference | undefined, chatId: string): string {
  const reference = part ? writeReference(part) : ''
  const tag = reference + BETWEEN + chatId
  return Buffer.byteLength(tag) <= LIMIT ? tag : reference
}

export function readTag(tag: string): { readonly reference: string; readonly chatId?: string } {
  const at = tag.indexOf(BETWEEN)
  if (at < 0) return { reference: tag }
  const [reference, chatId] = [tag.slice(0, at), tag.slice(at + BETWEEN.length)]
  // Others may put what they like to the messages of the number.
  const isOurs = reference === '' || readReference(reference) !== undefined
  return { reference, ...(isOurs && chatId !== '' ? { chatId } : {}) }
}
