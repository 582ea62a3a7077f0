import type { SentMessage } from '#core/connector.ts'
import type { OutboundMessage } from '#core/message.ts'
import { planMessage } from './outbound.ts'

/**
 * The buttons that this message shows, to be sent again with an edit: VK takes a keyboard away with the old text. Of a
 * message that was sent in several parts the last one has them. None where the hub doesn't know the message.
 */
export function buttonsToKeep(
  messageId: string,
  original: SentMessage | undefined,
): OutboundMessage['buttons'] {
  if (!original) return undefined
  const { message, parts, editedButtons } = original
  if (editedButtons) return editedButtons
  const shownBy = planMessage(message, '0').findIndex(
    ({ params }) => params['keyboard'] !== undefined,
  )
  return parts[shownBy]?.includes(messageId) ? message.buttons : undefined
}
