/** Bytes of `biz_opaque_callback_data`, which Meta gives back with every status of the message. */
const LIMIT = 512
const CHAT = 'chat:'

/**
 * For messages that aren't the outbox's: the chat that the message went to, which Meta's statuses don't tell. Of a failed
 * message they name the phone number alone, of one sent to a phone number the person's id. Empty if the chat's id doesn't
 * fit.
 */
export function writeChatTag(chatId: string): string {
  const tag = CHAT + chatId
  return Buffer.byteLength(tag) <= LIMIT ? tag : ''
}

/** Undefined for what `writeChatTag` has not written. */
export function readChatTag(tag: string): string | undefined {
  return tag.startsWith(CHAT) && tag.length > CHAT.length ? tag.slice(CHAT.length) : undefined
}
