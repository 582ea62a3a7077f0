import type { Clock } from '../../../core/clock.ts'
import { given } from '../../../core/given.ts'
import { isRecord, parseJson } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import type { PortalClient } from '../../exchange.ts'
import { lifeMs, oauthOrigin, type Tokens } from './tokens.ts'

export type Refreshed =
  | {
      readonly kind: 'fresh'
      readonly tokens: Tokens
      readonly domain?: string
      /** Whose the tokens are, in the server's own words; absent where it doesn't say. */
      readonly named: { readonly memberId?: string; readonly endpoint?: string }
    }
  /** For good: the refresh token is used up or taken back, or the application is another. */
  | { readonly kind: 'refused'; readonly error: string; readonly code: string }
  /** Nothing is known; it may work in a moment. */
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'aborted' }

/** Of these the refresh token is to blame, and only a new installation helps. */
const OVER: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_request',
  'insufficient_scope',
])
/** Of these the fields of the portal at the hub are: the tokens may be good. */
const WRONG_FIELDS: ReadonlySet<string> = new Set(['invalid_client', 'wrong_client'])
/** Well below the life of a claim: whoever refreshes has ended by then. */
const TIMEOUT_MS = 15_000

/**
 * Changes a refresh token for new tokens. The old ones are used up with that, so the answer must not be lost: one request at a
 * time, by whoever holds the claim. Never throws.
 */
export async function refreshTokens(
  {
    client,
    clock,
    timeoutMs,
  }: { readonly client: PortalClient; readonly clock: Clock; readonly timeoutMs: number },
  portal: Portal,
  old: Tokens,
  signal: AbortSignal,
): Promise<Refreshed> {
  const { clientId = '', clientSecret = '' } = portal.settings
  const query = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: old.refresh,
  })
  const url = `${oauthOrigin(old.server, portal)}/oauth/token/?${query}`
  const secrets = [clientSecret, old.refresh, old.access, encodeURIComponent(clientSecret)]
  const exchange = await client.send(
    {
      ...{ url, secrets, timeoutMs: Math.min(timeoutMs, TIMEOUT_MS) },
      method: 'GET',
      headers: { accept: 'application/json', 'user-agent': 'openlines-hub' },
    },
    signal,
  )
  if (exchange === 'aborted') return { kind: 'aborted' }
  if ('failure' in exchange)
    return { kind: 'failed', error: `the OAuth server: ${exchange.failure}` }
  const answer = parseAnswer(exchange.body)
  const code = textOf(answer?.['error']).toLowerCase()
  if (OVER.has(code)) return { kind: 'refused', code, error: `the OAuth server: ${code}` }
  if (WRONG_FIELDS.has(code)) {
    return { kind: 'failed', error: `the OAuth server: ${code}: clientId or clientSecret is wrong` }
  }
  const tokens = toTokens(answer, old, portal, clock.now())
  if (exchange.status === 200 && tokens) {
    const named = given({
      memberId: textOf(answer?.['member_id']),
      endpoint: toEndpoint(textOf(answer?.['client_endpoint']), portal),
    })
    return { kind: 'fresh', tokens, named, ...given({ domain: textOf(answer?.['domain']) }) }
  }
  const what = code || `HTTP ${exchange.status}`
  return { kind: 'failed', error: `the OAuth server: ${what}` }
}

function parseAnswer(body: string): Record<string, unknown> | undefined {
  try {
    const value = parseJson(body)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function toTokens(
  answer: Record<string, unknown> | undefined,
  old: Tokens,
  portal: Portal,
  now: number,
): Tokens | undefined {
  const access = textOf(answer?.['access_token'])
  const refresh = textOf(answer?.['refresh_token'])
  if (!answer || access === '' || refresh === '') return undefined
  return {
    access,
    refresh,
    expiresAt: now + lifeMs(answer['expires_in']),
    endpoint: toEndpoint(textOf(answer['client_endpoint']), portal) ?? old.endpoint,
    server: textOf(answer['server_endpoint']) || old.server,
    since: now,
    ...given({ memberId: textOf(answer['member_id']) || old.memberId }),
  }
}

/** The portal's address may change: its OAuth server says where it is now. Nothing that was encrypted goes on in the open. */
function toEndpoint(named: string, portal: Portal): string | undefined {
  const url = URL.parse(named)
  if (!url || url.username || url.password) return undefined
  const isAsSafe = url.protocol === 'https:' || url.protocol === new URL(portal.url).protocol
  if (!isAsSafe || !/^https?:$/.test(url.protocol)) return undefined
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
