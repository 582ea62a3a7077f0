import type { HttpClient, IncomingResponse } from '#core/http.ts'
import { isRecord, parseJson } from '#core/json.ts'
import { toHttpError, toVkError } from './errors.ts'
import type { VkSettings } from './settings.ts'

/** One call of a method. Absent values are left out; VK takes no JSON bodies. */
export interface VkCall {
  readonly method: string
  readonly params: Readonly<Record<string, string | number | undefined>>
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** Makes one call; gives `response`. Throws VkError (a DeliveryError) and, unchanged, TransportError. */
export async function callApi(
  http: HttpClient,
  settings: VkSettings,
  call: VkCall,
  options: CallOptions,
): Promise<unknown> {
  const given = Object.entries(call.params).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  const response = await http.request({
    method: 'POST',
    url: `${settings.apiRoot}/method/${call.method}`,
    form: {
      ...Object.fromEntries(given),
      access_token: settings.accessToken,
      v: settings.apiVersion,
    },
    ...options,
  })
  return readResponse(readAnswer(response), settings, response)
}

function readAnswer({ status, body }: IncomingResponse): Record<string, unknown> | undefined {
  if (status !== 200) return undefined
  try {
    const answer = parseJson(body)
    return isRecord(answer) ? answer : undefined
  } catch {
    return undefined
  }
}

function readResponse(
  answer: Record<string, unknown> | undefined,
  settings: VkSettings,
  response: IncomingResponse,
): unknown {
  if (answer && 'response' in answer) return answer['response']
  const error = answer?.['error']
  if (!isRecord(error) || !Number.isSafeInteger(error['error_code'])) throw toHttpError(response)
  throw toVkError(Number(error['error_code']), safeWords(error['error_msg'], settings))
}

/** Old versions repeat the request's params, the token among them. */
export function safeWords(words: unknown, { accessToken }: VkSettings): string {
  return typeof words === 'string' ? words.replaceAll(accessToken, '…').slice(0, 500) : ''
}
