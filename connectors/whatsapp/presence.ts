import type { SendContext } from '#core/connector.ts'
import type { Line } from '#core/line.ts'
import { callApi, numberPath, type Outside } from './client.ts'
import { toTarget } from './outbound-target.ts'
import type { WhatsAppSettings } from './settings.ts'

/**
 * Marks a message of the chat as read (the last one if none is named), and with it those before it; `isTyping` shows for
 * up to 25 s that somebody is writing, which WhatsApp takes only together with the mark. Does nothing in a chat that nobody
 * has written in. https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators
 */
export async function markRead(
  outside: Outside,
  { settings }: Line<WhatsAppSettings>,
  seen: {
    readonly chatId: string
    readonly messageId?: string | undefined
    readonly isTyping?: true
  },
  call: SendContext,
): Promise<void> {
  const id = seen.messageId ?? toTarget(seen.chatId, call.conversation).lastMessageId
  if (id === undefined) return
  const json = {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: id,
    ...(seen.isTyping ? { typing_indicator: { type: 'text' } } : {}),
  }
  const path = numberPath(settings, 'messages')
  await callApi(outside, settings, { method: 'POST', path, json }, call)
}
