import type { SentMessage } from '#core/connector.ts'
import type { OutboundMessage } from '#core/message.ts'
import { planMessage } from './outbound.ts'
import { toAlbums } from './outbound-albums.ts'

/**
 * The buttons that this message shows, to be sent again with an edit: Telegram takes a keyboard away with the old text. Of a
 * message that was sent in several parts one alone has them. None where the hub doesn't know the message.
 */
export function buttonsToKeep(
  messageId: string,
  original: SentMessage | undefined,
): OutboundMessage['buttons'] {
  if (!original) return undefined
  const { message, parts, editedButtons } = original
  if (editedButtons) return editedButtons
  const calls = toAlbums(planMessage(message, { chatId: '0' }))
  const shownBy = calls.findIndex(({ params }) => params['reply_markup'] !== undefined)
  return parts[shownBy]?.includes(messageId) ? message.buttons : undefined
}
