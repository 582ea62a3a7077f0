import { DeliveryError, type DeliveryFault } from '#core/errors.ts'
import type { HttpClient, IncomingResponse } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { toBody } from './form.ts'
import type { TelegramSettings } from './settings.ts'
import type { ApiCall } from './types.ts'

/** An answer of Telegram's that is not `ok`. */
interface Refusal {
  readonly code: number
  readonly description: string
  readonly retryAfterMs?: number
  readonly migrateTo?: string
}

/** A DeliveryError that keeps what the callers here decide by. */
export class TelegramError extends DeliveryError {
  readonly refusal: Refusal
  constructor(refusal: Refusal, fault: DeliveryFault) {
    super(`Telegram answered ${refusal.code}: ${refusal.description}`, fault)
    this.refusal = refusal
  }

  /** For the cases Telegram tells apart by nothing but its words, which differ in case over time. */
  says(...beginnings: readonly string[]): boolean {
    const words = this.refusal.description.toLowerCase().replace(/^bad request: /, '')
    return beginnings.some((beginning) => words.startsWith(beginning))
  }
}

export interface CallOptions {
  readonly signal: AbortSignal
  readonly timeoutMs?: number
}

const HTTP_TIMEOUT_MS = 15_000
/** 50 MB at 1.4 Mbit/s. */
const UPLOAD_TIMEOUT_MS = 300_000

/** Makes one call. Returns `result`. Throws TelegramError (a DeliveryError) and, unchanged, TransportError. */
export async function callApi(
  http: HttpClient,
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
  const answer = readAnswer(response)
  if (answer?.['ok'] === true) return answer['result']
  const refusal = readRefusal(response, answer, settings.token)
  throw new TelegramError(refusal, toFault(refusal))
}

function readAnswer(response: IncomingResponse): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(response.body)
    return isRecord(answer) && typeof answer['ok'] === 'boolean' ? answer : undefined
  } catch {
    // Proxies answer in HTML: the status alone decides then.
    return undefined
  }
}

function readRefusal(
  response: IncomingResponse,
  answer: Record<string, unknown> | undefined,
  token: string,
): Refusal {
  const parameters = isRecord(answer?.['parameters']) ? answer['parameters'] : {}
  const code = Number.isInteger(answer?.['error_code'])
    ? Number(answer?.['error_code'])
    : response.status
  const words = answer?.['description']
  const description = typeof words === 'string' ? words : 'not an answer of the Bot API'
  const seconds = parameters['retry_after'] ?? response.headers['retry-after']
  const retryAfterMs = seconds === undefined ? Number.NaN : Number(seconds) * 1000
  const migrateTo = parameters['migrate_to_chat_id']
  return {
    code,
    // An API server of one's own may quote the path.
    description: description.replaceAll(token, '…').slice(0, 500),
    ...(retryAfterMs >= 0 ? { retryAfterMs } : {}),
    ...(Number.isSafeInteger(migrateTo) ? { migrateTo: String(migrateTo) } : {}),
  }
}

/** By number; Telegram's words change without notice. Missing rights are one chat's matter, so they don't pause the line. */
function toFault({ code, retryAfterMs }: Refusal): DeliveryFault {
  const channelCode = String(code)
  const after = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (code === 401 || code === 404) {
    return { disposition: 'pause', outcome: 'not-sent', channelCode, field: 'token' }
  }
  if (code === 429) {
    return { disposition: 'retry', outcome: 'not-sent', channelCode, isRateLimit: true, ...after }
  }
  if (code === 409 || code === 421) {
    return { disposition: 'retry', outcome: 'not-sent', channelCode, scope: 'line', ...after }
  }
  if (code >= 400 && code < 500) return { disposition: 'reject', outcome: 'not-sent', channelCode }
  // 5xx, and what isn't the Bot API at all: the message may have gone through before that.
  const outcome = code >= 300 && code < 400 ? 'not-sent' : 'unknown'
  return { disposition: 'retry', outcome, channelCode, scope: 'line', ...after }
}

/** The message to edit has a file, so its words are a caption: the call's `instead` is made. */
const CAPTION_NOT_TEXT = 'there is no text in the message to edit'

/** Makes one call of a message, with the one repetition that Telegram's answer may ask for. */
export async function sendCall(
  http: HttpClient,
  settings: TelegramSettings,
  call: ApiCall,
  options: CallOptions,
): Promise<unknown> {
  try {
    return await callApi(http, settings, call, options)
  } catch (error) {
    const other = error instanceof TelegramError ? correct(call, error) : undefined
    if (!other) throw error
    return await callApi(http, settings, other, options)
  }
}

function correct(call: ApiCall, error: TelegramError): ApiCall | undefined {
  const { code, migrateTo } = error.refusal
  if (code !== 400) return undefined
  if (migrateTo) return { ...call, params: { ...call.params, chat_id: Number(migrateTo) } }
  if (call.instead && error.says(CAPTION_NOT_TEXT)) return call.instead
  if (!error.says("can't parse entities", "can't parse caption entities")) return undefined
  const { entities: _, caption_entities: __, ...params } = call.params
  return { ...call, params }
}
