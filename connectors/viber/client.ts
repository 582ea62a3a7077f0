import type { CallContext, ConnectorContext } from '#core/connector.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { toHttpError, toViberError } from './errors.ts'
import type { ViberSettings } from './settings.ts'

export type Outside = Pick<ConnectorContext, 'http' | 'clock'>

/**
 * Makes one call; gives the answer, whose 64-bit tokens are text. Throws ViberError (a DeliveryError) and, unchanged,
 * TransportError.
 */
export async function callApi(
  { http, clock }: Outside,
  settings: ViberSettings,
  call: { readonly method: string; readonly body: object },
  { signal }: CallContext,
): Promise<Record<string, unknown>> {
  const response = await http.request({
    method: 'POST',
    url: `${settings.apiRoot}/${call.method}`,
    headers: { 'x-viber-auth-token': settings.authToken },
    json: call.body,
    signal,
  })
  // Errors are HTTP 200 too, and at times another status: Viber's own in the body decides, and only without one HTTP's.
  const answer = readJsonObject(response.body)
  const status = answer?.['status']
  if (answer && response.status === 200 && status === 0) return answer
  if (answer && isOwnStatus(status, response.status)) {
    throw toViberError(status, answer['status_message'], settings)
  }
  throw toHttpError(response, clock.now())
}

/** Of an answer with another HTTP status a gateway may be the author, whose `status` is the HTTP status once more. */
function isOwnStatus(status: unknown, httpStatus: number): status is number {
  if (typeof status !== 'number' || !Number.isSafeInteger(status) || status === 0) return false
  return httpStatus === 200 || (status > 0 && status < 100)
}
