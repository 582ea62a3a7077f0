import type { ConnectorContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'
import { readJson } from '#kit/json-answer.ts'
import { rejection } from '#kit/rejection.ts'
import { isRefusal, toDeliveryError } from './errors.ts'
import { isTrustedUrl } from './hosts.ts'
import type { BotFrameworkSettings } from './settings.ts'
import type { TokenSource } from './token.ts'

export interface ServiceCall {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  /** The base address, from an activity. */
  readonly serviceUrl: string
  /** Path parts after `/v3`, not yet encoded: conversation ids hold `:`, `;`, `@` and `/`. */
  readonly path: readonly string[]
  readonly json?: unknown
  /** A 404 is as good as done: what should be gone is gone. */
  readonly acceptsMissing?: boolean
  readonly signal: AbortSignal
}

/** The Bot Connector's REST API (v3). */
export interface BotFrameworkClient {
  /**
   * One call with the bot's token; the parsed body, or undefined. Throws TransportError and DeliveryError. Never shows the
   * token to a host that isn't allowed.
   */
  call(settings: BotFrameworkSettings, call: ServiceCall): Promise<unknown>
  /** The header that opens a file on a service host. Throws as `call`. */
  authorize(
    settings: BotFrameworkSettings,
    url: string,
    signal: AbortSignal,
  ): Promise<{ authorization: string }>
}

export function createClient(context: ConnectorContext, tokens: TokenSource): BotFrameworkClient {
  async function exchange(
    settings: BotFrameworkSettings,
    { method, serviceUrl, path, json, signal }: ServiceCall,
  ): Promise<{ response: IncomingResponse; token: string }> {
    const token = await tokens.get(settings, signal)
    const parts = path.map(encodePart).join('/')
    const response = await context.http.request({
      method,
      url: `${serviceUrl.replace(/\/$/, '')}/v3/${parts}`,
      headers: { authorization: `Bearer ${token}` },
      signal,
      ...given({ json }),
    })
    return { response, token }
  }

  return {
    async call(settings, call) {
      assertTrusted(call.serviceUrl, settings)
      let { response, token } = await exchange(settings, call)
      if (response.status === 401) {
        // The service may have forgotten a token that has time left. If it refuses a fresh one too, it refuses the bot.
        tokens.drop(settings, token)
        ;({ response, token } = await exchange(settings, call))
        if (response.status === 401) tokens.drop(settings, token)
      }
      const isSuccess = response.status >= 200 && response.status < 300
      if (isSuccess && !isRefusal(response.body)) return readJson(response.body)
      if (response.status === 404 && call.acceptsMissing) return undefined
      const operation = response.headers['x-correlating-operationid']
      context.log.debug(
        { event: 'botframework.refused', status: response.status, operation },
        'the service refused a call',
      )
      throw toDeliveryError(response, context.clock.now(), [token, settings.appSecret])
    },
    async authorize(settings, url, signal) {
      assertTrusted(url, settings)
      return { authorization: `Bearer ${await tokens.get(settings, signal)}` }
    },
  }
}

/** `.` and `..` can't be encoded: they would climb to another resource. */
function encodePart(part: string): string {
  if (part !== '' && part !== '.' && part !== '..') return encodeURIComponent(part.toWellFormed())
  throw rejection('an id that cannot stand in an address', 'HUB_UNSUPPORTED')
}

/** Settings may have changed since the address was learnt, so it is asked again each time. */
function assertTrusted(url: string, settings: BotFrameworkSettings): void {
  if (isTrustedUrl(url, settings)) return
  throw rejection('the address is not on an allowed host', 'HUB_UNTRUSTED_HOST')
}
