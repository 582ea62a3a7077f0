import { given } from '../../../core/given.ts'
import { isRecord } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'

/** What the portal has handed out, as one entry of its memory: whoever writes one of them writes all. */
export interface Tokens {
  readonly access: string
  readonly refresh: string
  /** Epoch ms. */
  readonly expiresAt: number
  /** Where methods are called; ends in a slash. */
  readonly endpoint: string
  /** Of the OAuth server, as the portal has named it. */
  readonly server: string
  /** Epoch ms: when they were given out. */
  readonly since: number
  readonly memberId?: string
  /** The tokens are good for nothing any more, until the application is installed anew. */
  readonly ended?: 'uninstalled' | 'refused'
}

export const TOKENS = 'tokens'
/** What the portal's events prove themselves with. */
export const APPLICATION_TOKEN = 'application-token'
/** A digest of what was registered at the portal: what has changed since is registered again. */
export const REGISTERED = 'registered'

/** Where Bitrix24 gives out tokens: nobody else is ever sent the application's secret, whatever a caller says. */
const OAUTH_HOSTS: ReadonlySet<string> = new Set([
  'oauth.bitrix.info',
  'oauth.bitrix24.tech',
  'oauth.bitrix24.com',
])
const STANDARD_OAUTH = 'https://oauth.bitrix.info'

export function readTokens(json: string | undefined): Tokens | undefined {
  if (json === undefined) return undefined
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? (value as unknown as Tokens) : undefined
  } catch {
    return undefined
  }
}

/** Where the portal's methods are, by the address that an administrator has entered. */
export function endpointOf({ url }: Pick<Portal, 'url'>): string {
  return `${new URL(url).origin}/rest/`
}

/**
 * The OAuth server that a portal's `SERVER_ENDPOINT` names: one of Bitrix24's own, or the portal itself. Anything else is
 * taken for a forgery, and the usual one is asked.
 */
export function oauthOrigin(server: string, portal: Pick<Portal, 'url'>): string {
  const named = URL.parse(server)
  const own = new URL(portal.url)
  if (named?.origin === own.origin) return own.origin
  if (named?.protocol === 'https:' && OAUTH_HOSTS.has(named.host)) return named.origin
  return STANDARD_OAUTH
}

const MAX_LIFE_SECONDS = 86_400
const USUAL_LIFE_SECONDS = 3600

/** How long an access token is good, by `expires_in`; the usual hour for what can't be true. */
export function lifeMs(expiresIn: unknown): number {
  const seconds = Number(expiresIn)
  return (seconds > 0 && seconds < MAX_LIFE_SECONDS ? seconds : USUAL_LIFE_SECONDS) * 1000
}

/** Tokens as the portal posts them when one of its pages opens; there may be none to renew them with. */
export function offeredTokens(
  portal: Portal,
  offered: {
    readonly access: string
    readonly refresh: string
    /** Seconds. */
    readonly expiresIn: string
    readonly server: string
    readonly memberId: string
  },
  now: number,
): Tokens | undefined {
  const { access, refresh, expiresIn, server, memberId } = offered
  if (access === '') return undefined
  return {
    ...{ access, refresh, server, since: now },
    expiresAt: now + lifeMs(expiresIn),
    endpoint: endpointOf(portal),
    ...given({ memberId }),
  }
}
