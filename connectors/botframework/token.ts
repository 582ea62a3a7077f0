import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '#core/clock.ts'
import type { ConnectorContext } from '#core/connector.ts'
import { TransportError } from '#core/errors.ts'
import type { HttpClient } from '#core/http.ts'
import { readJson } from '#kit/json-answer.ts'
import { toTokenError } from './errors.ts'
import type { BotFrameworkSettings } from './settings.ts'

const RENEW_BEFORE_EXPIRY_MS = 5 * 60 * 1000

const tokenSchema = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
})

/** The bot's own tokens, by credentials. */
export interface TokenSource {
  /** Throws DeliveryError (`pause` with the field at fault, or `retry`) and TransportError, always `not-sent`. */
  get(settings: BotFrameworkSettings, signal: AbortSignal): Promise<string>
  /** As `get`, with a token that is asked for now; the kept one stays in use if there is none. */
  renew(settings: BotFrameworkSettings, signal: AbortSignal): Promise<string>
  /** Forgets this token, which the service has refused; whichever is kept if none is named. */
  drop(settings: BotFrameworkSettings, token?: string): void
}

/** Caches tokens until 5 minutes before they expire; callers that come together share one request. */
export function createTokenSource({ http, clock }: ConnectorContext): TokenSource {
  const cache = new Map<string, { readonly token: string; readonly renewAt: number }>()
  const pending = new Map<string, Promise<string>>()

  function load(key: string, settings: BotFrameworkSettings): Promise<string> {
    const underWay = pending.get(key)
    if (underWay !== undefined) return underWay
    // Without the caller's signal: one caller's abort must not fail the others.
    const loading = fetchToken(http, clock, settings)
      .then(({ token, expiresAt }) => {
        cache.set(key, { token, renewAt: expiresAt - RENEW_BEFORE_EXPIRY_MS })
        return token
      })
      .finally(() => pending.delete(key))
    pending.set(key, loading)
    return loading
  }

  return {
    get(settings, signal) {
      const key = cacheKey(settings)
      const cached = cache.get(key)
      if (cached && clock.now() < cached.renewAt) return Promise.resolve(cached.token)
      return unlessAborted(load(key, settings), signal)
    },
    renew: (settings, signal) => unlessAborted(load(cacheKey(settings), settings), signal),
    drop(settings, token) {
      const key = cacheKey(settings)
      if (token === undefined || cache.get(key)?.token === token) cache.delete(key)
    },
  }
}

function cacheKey(settings: BotFrameworkSettings): string {
  const secret = createHash('sha256').update(settings.appSecret).digest('base64')
  return [settings.tokenUrl, settings.appId.toLowerCase(), secret].join('\n')
}

async function fetchToken(
  http: HttpClient,
  clock: Clock,
  settings: BotFrameworkSettings,
): Promise<{ token: string; expiresAt: number }> {
  const askedAt = clock.now()
  const response = await http
    .request({
      method: 'POST',
      url: settings.tokenUrl,
      form: {
        grant_type: 'client_credentials',
        client_id: settings.appId,
        client_secret: settings.appSecret,
        scope: settings.scope,
      },
    })
    .catch((error: unknown) => {
      // Whatever became of this request, the message itself hasn't left.
      throw error instanceof TransportError ? new TransportError(error.reason, 'not-sent') : error
    })
  if (response.status !== 200) throw toTokenError(response, askedAt, [settings.appSecret])
  const body = tokenSchema.safeParse(readJson(response.body)).data
  if (!body) throw new TransportError('HUB_BAD_TOKEN_ANSWER', 'not-sent')
  return { token: body.access_token, expiresAt: askedAt + body.expires_in * 1000 }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new TransportError('ABORTED', 'not-sent'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
