import type { ConnectorContext } from '#core/connector.ts'
import { isRecord } from '#core/json.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { toHttpError, toVkError } from './errors.ts'
import type { VkSettings } from './settings.ts'

export type Outside = Pick<ConnectorContext, 'http' | 'clock'>

/** One call of a method. Absent values are left out; VK takes no JSON bodies. */
export interface VkCall {
  readonly method: string
  readonly params: Readonly<Record<string, string | number | undefined>>
}

/** Of long polls, of uploads, and of a community's servers. */
const HANDED_OUT = ['key', 'upload_url', 'secret_key']

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** Makes one call; gives `response`. Throws VkError (a DeliveryError) and, unchanged, TransportError. */
export async function callApi(
  { http, clock }: Outside,
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
    secretFields: HANDED_OUT,
    ...options,
  })
  // Errors are HTTP 200 too, and at times another status: the code in the body decides, and only without one the status.
  const answer = readJsonObject(response.body)
  const error = answer?.['error']
  if (isRecord(error) && Number.isSafeInteger(error['error_code'])) {
    throw toVkError(Number(error['error_code']), error['error_msg'], settings)
  }
  if (response.status === 200 && answer && 'response' in answer) return answer['response']
  throw toHttpError(response, clock.now())
}
