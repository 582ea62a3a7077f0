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
  // Errors are HTTP 200 too; any other status comes from something before the API and decides by itself.
  const answer = response.status === 200 ? readJsonObject(response.body) : undefined
  if (!answer || !Number.isSafeInteger(answer['status'])) throw toHttpError(response, clock.now())
  if (answer['status'] === 0) return answer
  throw toViberError(Number(answer['status']), answer['status_message'], settings)
}
