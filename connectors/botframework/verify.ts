import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '#core/clock.ts'
import type { Verification } from '#core/connector.ts'
import { BadUpdateError } from '#core/errors.ts'
import type { RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { isTrustedUrl } from './hosts.ts'
import type { BotFrameworkSettings } from './settings.ts'
import type { KeyStore } from './verify-keys.ts'

const CLOCK_SKEW_S = 300
const ALGORITHMS = ['RS256', 'RS384', 'RS512']

/**
 * Is this activity from the Bot Connector, for this bot, and meant to be answered where it says? Emulator tokens and
 * bots without an app id, which the SDKs let pass, are refused. Throws TransportError (no keys) and BadUpdateError
 * (genuine token, but no activity).
 */
export async function verifyActivity(
  request: RawRequest,
  settings: BotFrameworkSettings,
  keys: KeyStore,
  clock: Clock,
): Promise<Verification> {
  const token = /^Bearer +([\w.-]+)$/i.exec(request.headers['authorization'] ?? '')?.[1]
  if (!token) return refuse('no bearer token')
  const genuine = await readToken(token, settings, keys, clock)
  if ('reason' in genuine) return refuse(genuine.reason)
  if (!isAudience(genuine.claims.aud, settings.appId)) return refuse('token for another app')
  const activity = request.json()
  if (!isRecord(activity)) throw new BadUpdateError('not an activity')
  const { channelId, serviceUrl } = activity
  if (typeof channelId !== 'string' || !genuine.endorsements.includes(channelId)) {
    return refuse('channel not endorsed by the signing key')
  }
  if (typeof serviceUrl !== 'string' || genuine.claims['serviceurl'] !== serviceUrl) {
    return refuse("service address isn't the token's")
  }
  return isTrustedUrl(serviceUrl, settings) ? { ok: true } : refuse('service host not allowed')
}

type Genuine = { readonly claims: JWTPayload; readonly endorsements: readonly string[] }

async function readToken(
  token: string,
  settings: BotFrameworkSettings,
  keys: KeyStore,
  clock: Clock,
): Promise<Genuine | { readonly reason: string }> {
  let endorsements: readonly string[] = []
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = await keys.find(settings.openIdMetadataUrl, kid)
        if (!key) throw new errors.JWKSNoMatchingKey()
        endorsements = key.endorsements
        return key.jwk
      },
      {
        algorithms: ALGORITHMS,
        issuer: settings.issuer,
        requiredClaims: ['exp', 'aud'],
        clockTolerance: CLOCK_SKEW_S,
        currentDate: new Date(clock.now()),
      },
    )
    return { claims: payload, endorsements }
  } catch (error) {
    if (error instanceof errors.JOSEError) return { reason: error.code }
    throw error
  }
}

/** The service writes one app id. Signed or not, a token is input: its claims may be of any type. */
function isAudience(audience: unknown, appId: string): boolean {
  return typeof audience === 'string' && audience.toLowerCase() === appId.toLowerCase()
}

function refuse(reason: string): Verification {
  return { ok: false, reason }
}
