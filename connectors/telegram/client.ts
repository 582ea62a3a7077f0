import type { ConnectorContext } from '#core/connector.ts'
import type { OutgoingRequest } from '#core/http.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { toTelegramError } from './errors.ts'
import type { TelegramSettings } from './settings.ts'
import type { ApiCall } from './types.ts'

export type Outside = Pick<ConnectorContext, 'http' | 'clock'>

export interface CallOptions {
  readonly signal: AbortSignal
  readonly timeoutMs?: number
}

const HTTP_TIMEOUT_MS = 15_000
/** 50 MB at 1.4 Mbit/s. */
const UPLOAD_TIMEOUT_MS = 300_000

/** Makes one call. Returns `result`. Throws TelegramError (a DeliveryError) and, unchanged, TransportError. */
export async function callApi(
  { http, clock }: Outside,
  settings: TelegramSettings,
  call: ApiCall,
  options: CallOptions,
): Promise<unknown> {
  const response = await http.request({
    method: 'POST',
    url: `${settings.apiRoot}/bot${settings.token}/${call.method}`,
    ...toBody(call),
    timeoutMs: options.timeoutMs ?? (call.uploads ? UPLOAD_TIMEOUT_MS : HTTP_TIMEOUT_MS),
    signal: options.signal,
  })
  const answer = readJsonObject(response.body)
  const isTelegram = typeof answer?.['ok'] === 'boolean'
  if (answer?.['ok'] === true) return answer['result']
  throw toTelegramError(response, isTelegram ? answer : undefined, settings.token, clock.now())
}

/** A call's body: JSON, or a form when it brings files along. In a form Telegram reads objects as JSON too. */
function toBody({ params, uploads }: ApiCall): Pick<OutgoingRequest, 'json' | 'multipart'> {
  if (!uploads) return { json: params }
  const fields = Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)])
  return { multipart: { fields: Object.fromEntries(fields), files: uploads } }
}
