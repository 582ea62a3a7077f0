import type { ConnectReport } from '#core/connector.ts'
import { TransportError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { HttpClient } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { type CallOptions, callApi, TelegramError } from './client.ts'
import { ALLOWED_UPDATES } from './polling.ts'
import { DEFAULT_API_ROOT, type TelegramSettings } from './settings.ts'
import type { ApiCall } from './types.ts'

/** Asks Telegram who the token belongs to. The identity is the bot's id, which outlives its tokens. */
export async function reportConnect(
  http: HttpClient,
  settings: TelegramSettings,
  options: CallOptions,
): Promise<ConnectReport> {
  try {
    const bot = await callApi(http, settings, { method: 'getMe', params: {} }, options)
    if (!isRecord(bot) || !Number.isSafeInteger(bot['id'])) {
      return unreachable(settings, 'the address answers, but not as a Bot API server')
    }
    const name = bot['username'] ? `@${String(bot['username'])}` : String(bot['first_name'] ?? '')
    return { ok: true, identity: String(bot['id']), ...given({ name }) }
  } catch (error) {
    // An abort is the hub's own doing and says nothing about the channel.
    if (options.signal.aborted) throw error
    if (error instanceof TransportError) return unreachable(settings, error.message)
    if (error instanceof TelegramError) return toReport(error, settings)
    throw error
  }
}

function toReport(error: TelegramError, settings: TelegramSettings): ConnectReport {
  const { code } = error.refusal
  if (code === 401) return refused('Telegram does not know this token (401 Unauthorized)')
  if (code === 404) {
    return refused('Telegram answered 404 Not Found: the token or the Bot API address is wrong')
  }
  if (error.fault.disposition === 'retry') return unreachable(settings, error.message)
  return { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message: error.message } }
}

function refused(message: string): ConnectReport {
  return { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message, field: 'token' } }
}

/** Only an address of one's own can be the fault; Telegram's is right by default. */
function unreachable(settings: TelegramSettings, message: string): ConnectReport {
  const field = settings.apiRoot === DEFAULT_API_ROOT ? {} : { field: 'apiRoot' }
  return { ok: false, error: { code: 'HUB_CHANNEL_UNREACHABLE', message, ...field } }
}

/** The call that makes a line's updates come: by webhook, or, since both exclude each other, by polling. */
export function planInstall(line: Line<TelegramSettings>): ApiCall {
  if (line.settings.mode === 'polling') return planUninstall()
  return {
    method: 'setWebhook',
    params: {
      url: line.webhookUrl,
      secret_token: line.webhookSecret,
      allowed_updates: ALLOWED_UPDATES,
      max_connections: 40,
    },
  }
}

/** Updates that wait at Telegram stay there. */
export function planUninstall(): ApiCall {
  return { method: 'deleteWebhook', params: { drop_pending_updates: false } }
}
