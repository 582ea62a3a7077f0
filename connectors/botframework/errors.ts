import { z } from 'zod'
import { DeliveryError, type DeliveryFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'

const MAX_WORDS = 300

const connectorErrorSchema = z.looseObject({
  error: z.looseObject({ code: z.string().optional(), message: z.string().optional() }),
})
const gatewayErrorSchema = z.looseObject({ message: z.string() })
const tokenErrorSchema = z.looseObject({
  error: z.string().optional(),
  error_description: z.string().optional(),
  error_codes: z.array(z.number()).optional(),
})

/** What Entra says about credentials, by AADSTS number. Its HTTP statuses differ, the numbers don't. */
const CREDENTIAL_FAULTS: ReadonlyMap<number, { field: string; advice: string }> = new Map([
  [
    7000215,
    { field: 'appSecret', advice: "wrong client secret: enter its value, not the secret's id" },
  ],
  [7000222, { field: 'appSecret', advice: 'the client secret has expired: create a new one' }],
  [700016, { field: 'appId', advice: 'the app is not known in this tenant' }],
  [7000229, { field: 'tenantId', advice: 'the app has no service principal in this tenant' }],
  [90002, { field: 'tenantId', advice: 'the tenant does not exist' }],
  [900023, { field: 'tenantId', advice: 'the tenant id is malformed' }],
])

/** 403 for the bot as a whole; any other 403 concerns one conversation. */
const ADMIN_CODES = new Set(['BotDisabledByAdmin', 'NotEnoughPermissions'])

type Policy = Pick<DeliveryFault, 'disposition' | 'outcome' | 'isRateLimit' | 'maxAttempts'>
const REJECT: Policy = { disposition: 'reject', outcome: 'not-sent' }
const PAUSE: Policy = { disposition: 'pause', outcome: 'not-sent' }
const RETRY: Policy = { disposition: 'retry', outcome: 'not-sent' }
const THROTTLED: Policy = { ...RETRY, isRateLimit: true }
/** Microsoft asks not to repeat a ServiceError blindly: one more try, then it is told. */
const RETRY_ONCE: Policy = { disposition: 'retry', outcome: 'unknown', maxAttempts: 2 }
/** The service broke while it had the activity, and there is no idempotency key: a repeat may show it twice. */
const RETRY_UNKNOWN: Policy = { disposition: 'retry', outcome: 'unknown' }

/**
 * Teams publishes the only table of errors ("Status codes from bot conversational APIs"); it serves for all channels.
 * `hide` are strings that must not stand in the message, whatever the other side echoes.
 */
export function toDeliveryError(
  response: IncomingResponse,
  now: number,
  hide: readonly string[] = [],
): DeliveryError {
  const { code, words } = readConnectorError(response.body)
  const policy = policyOf(response.status, code)
  const retryAfterMs = readRetryAfter(response, now)
  const channelCode = response.status === 405 ? 'HUB_UNSUPPORTED' : (code ?? `${response.status}`)
  return new DeliveryError(
    scrub(`the channel answered ${response.status}${words ? `: ${words}` : ''}`, hide),
    {
      ...policy,
      channelCode: scrub(channelCode, hide).slice(0, 64),
      ...(policy.disposition === 'retry' && retryAfterMs !== undefined ? { retryAfterMs } : {}),
    },
  )
}

function policyOf(status: number, code: string | undefined): Policy {
  if (status === 401) return PAUSE
  if (status === 403) return code !== undefined && ADMIN_CODES.has(code) ? PAUSE : REJECT
  if (status === 429) return THROTTLED
  if (status === 412 || status === 503) return RETRY
  if (status === 500) return RETRY_ONCE
  return status >= 500 ? RETRY_UNKNOWN : REJECT
}

function readConnectorError(body: string): { code?: string; words?: string } {
  const json = parseJson(body)
  const error = connectorErrorSchema.safeParse(json).data?.error
  if (error) {
    return {
      ...given({ code: error.code }),
      ...(error.message ? { words: error.message.slice(0, MAX_WORDS) } : {}),
    }
  }
  const gateway = gatewayErrorSchema.safeParse(json).data
  return gateway ? { words: gateway.message.slice(0, MAX_WORDS) } : {}
}

/** `Retry-After` as seconds or as a date, in milliseconds from now. */
function readRetryAfter(response: IncomingResponse, now: number): number | undefined {
  const value = response.headers['retry-after']?.trim()
  if (!value) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** What a refusal of the token endpoint means. Nothing of a message has been sent at that point. */
export function toTokenError(
  response: IncomingResponse,
  now: number,
  hide: readonly string[],
): DeliveryError {
  const body = tokenErrorSchema.safeParse(parseJson(response.body)).data ?? {}
  if (
    response.status >= 500 ||
    response.status === 429 ||
    body.error === 'temporarily_unavailable'
  ) {
    const retryAfterMs = readRetryAfter(response, now)
    return new DeliveryError(`the token service answered ${response.status}`, {
      ...RETRY,
      channelCode: `${response.status}`,
      scope: 'line',
      ...given({ retryAfterMs }),
    })
  }
  for (const number of body.error_codes ?? []) {
    const known = CREDENTIAL_FAULTS.get(number)
    if (known) {
      return new DeliveryError(`${known.advice} (AADSTS${number})`, {
        ...PAUSE,
        channelCode: `AADSTS${number}`,
        field: known.field,
      })
    }
  }
  const [number] = body.error_codes ?? []
  const words = body.error_description?.split(/\r?\n/, 1)[0]?.slice(0, MAX_WORDS)
  return new DeliveryError(
    scrub(`the token service refused the credentials${words ? `: ${words}` : ''}`, hide),
    { ...PAUSE, channelCode: number === undefined ? `${response.status}` : `AADSTS${number}` },
  )
}

/** An error of the connector's, which may come with any status. */
export function isErrorBody(body: unknown): boolean {
  return connectorErrorSchema.safeParse(body).success
}

/** JSON, or undefined: gateways answer with HTML too. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function scrub(words: string, hide: readonly string[]): string {
  return hide.reduce((shown, secret) => (secret ? shown.replaceAll(secret, '•••') : shown), words)
}
