import type { Verification } from '#core/connector.ts'
import type { RawRequest } from '#core/http.ts'
import type { Line } from '#core/line.ts'
import { verifySecret } from '#kit/verify-secret.ts'
import type { TelegramSettings } from './settings.ts'

/** Telegram echoes the secret that setWebhook gave it; nothing else proves an update's origin. */
export function verifyUpdate(
  { headers }: RawRequest,
  { webhookSecret }: Line<TelegramSettings>,
): Verification {
  return verifySecret(headers['x-telegram-bot-api-secret-token'], webhookSecret, 'secret token')
}
