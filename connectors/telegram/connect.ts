import type { ConnectReport } from '#core/connector.ts'
import type { DeliveryError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { addressField, refused, reportConnect, unreachable } from '#kit/connect-report.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import { TelegramError } from './errors.ts'
import { DEFAULT_API_ROOT, type TelegramSettings } from './settings.ts'

/** Asks Telegram who the token belongs to. The identity is the bot's id, which outlives its tokens. */
export function testConnect(
  outside: Outside,
  settings: TelegramSettings,
  { signal }: CallOptions,
): Promise<ConnectReport> {
  const field = addressField(settings.apiRoot, DEFAULT_API_ROOT)
  return reportConnect({ signal, addressField: field, explain }, async () => {
    const bot = await callApi(outside, settings, { method: 'getMe', params: {} }, { signal })
    if (!isRecord(bot) || !Number.isSafeInteger(bot['id'])) {
      return unreachable('the address answers, but not as a Bot API server', field)
    }
    const name = bot['username'] ? `@${String(bot['username'])}` : String(bot['first_name'] ?? '')
    return { ok: true, identity: String(bot['id']), ...given({ name }) }
  })
}

function explain(error: DeliveryError): ConnectReport | undefined {
  const code = error instanceof TelegramError ? error.refusal.code : 0
  if (code === 401) return refused('Telegram does not know this token (401 Unauthorized)', 'token')
  if (code !== 404) return undefined
  const words = 'Telegram answered 404 Not Found: the token or the Bot API address is wrong'
  return refused(words, 'token')
}
