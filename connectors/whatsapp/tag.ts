import type { PartReference } from '#core/event.ts'
import { writeReference } from '#core/parts.ts'

/** Bytes of `biz_opaque_callback_data`, which Meta gives back with every status of the message. */
const LIMIT = 512
const BETWEEN = ';'

/**
 * Which part of which message it is, and the chat's id where that isn't what it is sent to: a status of a failed message
 * names the phone number alone.
 */
export function writeTag(part: PartReference, chatId: string, address: string): string {
  const reference = writeReference(part)
  const tag = chatId === address ? reference : reference + BETWEEN + chatId
  return Buffer.byteLength(tag) <= LIMIT ? tag : reference
}

export function readTag(tag: string): { readonly reference: string; readonly chatId?: string } {
  const at = tag.indexOf(BETWEEN)
  if (at < 0) return { reference: tag }
  const chatId = tag.slice(at + BETWEEN.length)
  return { reference: tag.slice(0, at), ...(chatId === '' ? {} : { chatId }) }
}
