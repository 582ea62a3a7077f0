import { createHmac } from 'node:crypto'
import { given } from '#core/given.ts'
import type { HttpClient, IncomingResponse } from '#core/http.ts'
import { isRecord, parseJson } from '#core/json.ts'
import { toGraphError } from './errors.ts'
import type { MetaSettings } from './settings.ts'

export interface GraphCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Parts after the version, not yet encoded. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** `app`: in the name of the app itself; the account's token if absent. */
  readonly as?: 'app'
}

/** One call of the Graph API. `tokenField` is the setting that holds the account's token. */
export interface Graph {
  /** The answer's JSON. Throws GraphError (a DeliveryError) and, unchanged, TransportError. */
  call(settings: MetaSettings, call: GraphCall, signal: AbortSignal): Promise<unknown>
}

export function createGraph(http: HttpClient, tokenField: string): Graph {
  return {
    async call(settings, call, signal) {
      const { apiRoot, graphVersion, accessToken, appSecret } = settings
      const isApp = call.as === 'app'
      const token = isApp ? `${settings.appId}|${appSecret}` : accessToken
      const proof = isApp ? {} : { appsecret_proof: proofOf(token, appSecret) }
      const query = new URLSearchParams({ ...call.query, access_token: token, ...proof })
      const response = await http.request({
        method: call.method,
        url: `${apiRoot}/${graphVersion}/${encodePath(call.path)}?${query}`,
        signal,
        ...given({ json: call.json }),
      })
      const { answer, refused } = readAnswer(response)
      if (!refused) return answer
      const hidden = [accessToken, appSecret, ...Object.values(proof)]
      throw toGraphError(refused, tokenField, hidden)
    },
  }
}

/**
 * Shows that the caller knows the app's secret; apps can be set to refuse calls without it.
 * https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof
 */
export function proofOf(token: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(token).digest('hex')
}

/**
 * What a call has brought: an answer, or the response that refuses it, whatever its status. A success that nobody can read
 * is a proxy's, and judged as a gateway's failure: the message may or may not have gone through.
 */
export function readAnswer(
  response: IncomingResponse,
):
  | { readonly answer: unknown; readonly refused?: undefined }
  | { readonly answer?: undefined; readonly refused: IncomingResponse } {
  const isSuccess = response.status >= 200 && response.status < 300
  if (!isSuccess) return { refused: response }
  try {
    const answer = parseJson(response.body)
    return isRecord(answer) && isRecord(answer['error']) ? { refused: response } : { answer }
  } catch {
    return { refused: { ...response, status: 502 } }
  }
}

/** `.` and `..` can't be encoded, and would climb to another node. */
export function encodePath(parts: readonly string[]): string {
  return parts
    .map((part) => (part === '.' || part === '..' ? '_' : encodeURIComponent(part.toWellFormed())))
    .join('/')
}
