import { z } from 'zod'
import { DeliveryError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'
import { type Decision, PAUSE, REJECT, RETRY, readRetryAfter, safeWords } from '#kit/http-answer.ts'
import { readJson } from '#kit/json-answer.ts'
import { words } from '#kit/loose.ts'

const connectorErrorSchema = z.looseObject({
  error: z.looseObject({ code: words, message: words }),
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

/**
 * The person has blocked the bot, taken it away or left, or the conversation has gone:
 * https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability
 */
const NOBODY_CODES = new Set([
  ...['MessageWritesBlocked', 'ConversationBlockedByUser', 'BotNotInConversationRoster'],
  ...['ConversationNotFound', 'MemberNotFoundInConversation'],
])
/** The same in a messenger's own words, which the service passes on under codes of its own. */
const NOBODY_WORDS =
  /bot was blocked by the user|user is deactivated|chat not found|bot was kicked from|\(#551\)|\b(?:user|channel)_not_found\b/i
/** Some channels tell their limits under another status than 429. */
const RATE_CODE = /throttl|too ?many ?requests|rate ?limit/i

const THROTTLED: Decision = { ...RETRY, isRateLimit: true }
/** Microsoft asks not to repeat a ServiceError blindly: one more try, then the message has failed. */
const RETRY_ONCE: Decision = { ...RETRY, outcome: 'unknown', maxAttempts: 2 }
/** The service broke while it had the activity, and there is no idempotency key: a repeat may show it twice. */
const RETRY_UNKNOWN: Decision = { ...RETRY, outcome: 'unknown' }

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
  const decision = decide(response.status, code, words)
  const retryAfterMs = readRetryAfter(response, now)
  const said = safeWords(words, hide)
  const channelCode = response.status === 405 ? 'HUB_UNSUPPORTED' : (code ?? `${response.status}`)
  return new DeliveryError(`the channel answered ${response.status}${said ? `: ${said}` : ''}`, {
    ...decision,
    channelCode: safeWords(channelCode, hide).slice(0, 64),
    ...(decision.disposition === 'retry' ? given({ retryAfterMs }) : {}),
  })
}

function decide(status: number, code: string | undefined, words = ''): Decision {
  if (status === 401) return PAUSE
  if (status < 500 && code !== undefined && RATE_CODE.test(code)) return THROTTLED
  if (isNobody(status, code, words)) return { ...REJECT, isNoAccount: true }
  if (status === 403) return code !== undefined && ADMIN_CODES.has(code) ? PAUSE : REJECT
  if (status === 429) return THROTTLED
  if (status === 412 || status === 503) return RETRY
  if (status === 500 || code === 'ServiceError') return RETRY_ONCE
  return status >= 500 ? RETRY_UNKNOWN : REJECT
}

function isNobody(status: number, code: string | undefined, words: string): boolean {
  const isRefused = status === 400 || status === 403 || status === 404
  if (isRefused && code !== undefined && NOBODY_CODES.has(code)) return true
  return (isRefused || status === 502) && NOBODY_WORDS.test(words)
}

function readConnectorError(body: string): { code?: string; words?: string } {
  const json = readJson(body)
  const error = connectorErrorSchema.safeParse(json).data?.error
  if (error) return given({ code: error.code, words: error.message })
  return given({ words: gatewayErrorSchema.safeParse(json).data?.message })
}

/** What a refusal of the token endpoint means. Nothing of a message has been sent at that point. */
export function toTokenError(
  response: IncomingResponse,
  now: number,
  hide: readonly string[],
): DeliveryError {
  const body = tokenErrorSchema.safeParse(readJson(response.body)).data ?? {}
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
  const said = safeWords(body.error_description?.split(/\r?\n/, 1)[0], hide)
  return new DeliveryError(`the token service refused the credentials${said ? `: ${said}` : ''}`, {
    ...PAUSE,
    channelCode: number === undefined ? `${response.status}` : `AADSTS${number}`,
  })
}

/** An error of the connector's, which may come with any status. */
export function isErrorBody(body: unknown): boolean {
  return connectorErrorSchema.safeParse(body).success
}
