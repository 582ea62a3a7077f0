import type { Line } from '#core/line.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import { ALLOWED_UPDATES } from './polling.ts'
import type { TelegramSettings } from './settings.ts'
import type { ApiCall } from './types.ts'

/** Updates that wait at Telegram stay there. */
const NO_WEBHOOK: ApiCall = { method: 'deleteWebhook', params: { drop_pending_updates: false } }

/** Makes the line's updates come: by webhook or by polling, since each excludes the other. Throws as `callApi`. */
export async function installWebhook(
  outside: Outside,
  line: Line<TelegramSettings>,
  options: CallOptions,
): Promise<void> {
  const { settings, webhookUrl, webhookSecret } = line
  const webhook = {
    method: 'setWebhook',
    params: {
      url: webhookUrl,
      secret_token: webhookSecret,
      allowed_updates: ALLOWED_UPDATES,
      max_connections: 40,
    },
  }
  await callApi(outside, settings, settings.mode === 'polling' ? NO_WEBHOOK : webhook, options)
}

/** Throws as `callApi`. */
export async function uninstallWebhook(
  outside: Outside,
  { settings }: Line<TelegramSettings>,
  options: CallOptions,
): Promise<void> {
  await callApi(outside, settings, NO_WEBHOOK, options)
}
