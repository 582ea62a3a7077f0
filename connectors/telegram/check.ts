import type { DeliveryError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { ChannelFinding } from '#core/health.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { findAtChannel, findingWords, hostOf, otherThanApi, webhookFindings } from '#kit/health.ts'
import { listOf } from '#kit/json-answer.ts'
import { whole } from '#kit/loose.ts'
import { type CallOptions, callApi, type Outside } from './client.ts'
import { TelegramError } from './errors.ts'
import type { TelegramSettings } from './settings.ts'

const MINUTE_MS = 60_000
/**
 * Telegram tries what has failed again about every minute, and tells the last error for ever. One that is older than this
 * is over, if nothing waits: a check comes every quarter of an hour, so each error is seen at most once after its end.
 */
const RECENT_MS = 10 * MINUTE_MS
/** While updates wait: it tries less often when it has failed for long. */
const RECENT_WHILE_WAITING_MS = 60 * MINUTE_MS

/** One call tells of the token, the webhook and its errors. Throws as `callApi`. */
export function checkLine(
  outside: Outside,
  line: Line<TelegramSettings>,
  { signal }: CallOptions,
): Promise<readonly ChannelFinding[]> {
  const { settings, webhookUrl } = line
  return findAtChannel({ signal, explain }, async () => {
    const ask = { method: 'getWebhookInfo', params: {} }
    const info = await callApi(outside, settings, ask, { signal })
    const url = isRecord(info) ? info['url'] : undefined
    if (!isRecord(info) || typeof url !== 'string') {
      throw otherThanApi('Telegram answered getWebhookInfo without an address')
    }
    if (settings.mode === 'polling') return taker(url)
    const wrong = webhookFindings(url, webhookUrl)
    return wrong.length > 0 ? wrong : [...errors(info, line, outside.clock.now()), ...left(info)]
  })
}

/** A gateway's 404 says nothing of the token; the Bot API's own does. */
function explain(error: DeliveryError): undefined {
  if (error instanceof TelegramError && error.refusal.isForeign) throw otherThanApi(error.message)
}

/** While there is a webhook, getUpdates answers 409, whoever has set it. */
function taker(url: string): readonly ChannelFinding[] {
  if (url === '') return []
  const host = hostOf(url)
  return [{ code: 'polling_stopped', ...given({ words: host && `webhook: ${host}` }) }]
}

function errors(
  info: Record<string, unknown>,
  line: Line<TelegramSettings>,
  now: number,
): readonly ChannelFinding[] {
  const seconds = whole.safeParse(info['last_error_date']).data
  if (seconds === undefined) return []
  const waiting = whole.safeParse(info['pending_update_count']).data ?? 0
  const since = seconds * 1000
  if (now - since > (waiting > 0 ? RECENT_WHILE_WAITING_MS : RECENT_MS)) return []
  const words = findingWords(info['last_error_message'], line, [line.settings.token])
  return [{ code: 'webhook_failing', since, ...given({ words, waiting: waiting || undefined }) }]
}

/** Kinds of updates that somebody has switched off; without a list Telegram sends all that matter. */
function left(info: Record<string, unknown>): readonly ChannelFinding[] {
  const kinds = listOf(info['allowed_updates'])
  if (kinds.length === 0 || !kinds.every((kind) => typeof kind === 'string')) return []
  return ['message', 'callback_query']
    .filter((kind) => !kinds.includes(kind))
    .map((kind) => ({
      code: 'permission_missing',
      permission: kind,
      isVital: kind === 'message',
    }))
}
