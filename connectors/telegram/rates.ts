import type { SendRates } from '#core/connector.ts'
import { readChatId } from './chat-id.ts'

/**
 * https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about 30 messages a second in all, one
 * a second to a chat with short bursts (here: on the average of half a minute), 20 a minute to a group. Real limits
 * differ by bot; a 429 with `retry_after` shows them and is obeyed as well.
 */
export const TELEGRAM_RATES: SendRates = {
  line: [{ count: 30, perMs: 1000 }],
  chat: (chatId) =>
    isGroup(chatId) ? [{ count: 20, perMs: 60_000 }] : [{ count: 30, perMs: 30_000 }],
  // Telegram counts by chat, whatever the thread.
  sharedBy: (chatId) => readChatId(chatId).chatId,
}

/** Groups, supergroups and channels have negative ids; people's are positive. */
function isGroup(chatId: string): boolean {
  return chatId.startsWith('-')
}
