import { createHmac } from 'node:crypto'
import type { HttpClient } from '#core/http.ts'
import { parseJson } from '#core/json.ts'
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
      const path = call.path.map(encodePart).join('/')
      const response = await http.request({
        method: call.method,
        url: `${apiRoot}/${graphVersion}/${path}?${query}`,
        signal,
        ...(call.json === undefined ? {} : { json: call.json }),
      })
      const isSuccess = response.status >= 200 && response.status < 300
      const answer = isSuccess ? readAnswer(response.body) : undefined
      if (answer !== undefined) return answer
      const hidden = [accessToken, appSecret, ...Object.values(proof)]
      // A success that nobody can read is a proxy's: the message may or may not have gone through.
      const judged = isSuccess ? { ...response, status: 502 } : response
      throw toGraphError(judged, tokenField, hidden)
    },
  }
}

/**
 * Shows that the caller knows the app's secret; apps can be set to refuse calls without it.
 * https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof
 */
function proofOf(token: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(token).digest('hex')
}

function readAnswer(body: string): unknown {
  try {
    return parseJson(body)
  } catch {
    return undefined
  }
}

/** `.` and `..` can't be encoded, and would climb to another node. */
function encodePart(part: string): string {
  return part === '.' || part === '..' ? '_' : encodeURIComponent(part.toWellFormed())
}
