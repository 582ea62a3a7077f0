import type { HttpClient, IncomingResponse } from '#core/http.ts'
import { isRecord, parseJson } from '#core/json.ts'
import { toHttpError, toViberError } from './errors.ts'
import type { ViberSettings } from './settings.ts'

/**
 * Makes one call; gives the answer, whose 64-bit tokens are text. Throws ViberError (a DeliveryError) and, unchanged,
 * TransportError.
 */
export async function callApi(
  http: HttpClient,
  settings: ViberSettings,
  call: { readonly method: string; readonly body: object },
  { signal }: { readonly signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const response = await http.request({
    method: 'POST',
    url: `${settings.apiRoot}/${call.method}`,
    headers: { 'x-viber-auth-token': settings.authToken },
    json: call.body,
    signal,
  })
  const answer = readAnswer(response)
  if (!answer) throw toHttpError(response)
  if (answer['status'] === 0) return answer
  const words = typeof answer['status_message'] === 'string' ? answer['status_message'] : ''
  // A proxy of one's own may quote the headers.
  const safe = words.replaceAll(settings.authToken, '…').slice(0, 500)
  throw toViberError(Number(answer['status']), safe)
}

/** Errors are HTTP 200 too; any other status comes from something before the API and decides by itself. */
function readAnswer({ status, body }: IncomingResponse): Record<string, unknown> | undefined {
  if (status !== 200) return undefined
  try {
    const answer = parseJson(body)
    return isRecord(answer) && Number.isSafeInteger(answer['status']) ? answer : undefined
  } catch {
    return undefined
  }
}
