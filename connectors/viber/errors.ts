import { DeliveryError, type DeliveryFault } from '#core/errors.ts'
import type { IncomingResponse } from '#core/http.ts'
import {
  type Decision,
  decideByStatus,
  PAUSE,
  REJECT,
  RETRY,
  readRetryAfter,
  safeWords,
} from '#kit/http-answer.ts'
import type { ViberSettings } from './settings.ts'

/** What Viber said no with: `status` and `status_message` of an answer that is HTTP 200 all the same. */
export class ViberError extends DeliveryError {
  /** Undefined where the answer is not the Bot API's. */
  readonly status: number | undefined
  constructor(message: string, fault: DeliveryFault, status?: number) {
    super(message, fault)
    this.status = status
  }
}

const INVALID_URL = 1
export const BAD_DATA = 3
export const WEBHOOK_NOT_SET = 10

const CERTIFICATE_HINT =
  " (Viber must reach the hub's public address over https, with a certificate of a known authority)"
const MINUTE_MS = 60_000
/** Tries of an error that Viber has no name for. */
const GENERAL_TRIES = 4

/**
 * https://developers.viber.com/docs/api/rest-bot-api/#error-codes; 21 to 24 are known from other clients only. Whatever
 * Viber gives a status for has certainly not been sent.
 */
const DECISIONS: ReadonlyMap<number, readonly [name: string, Decision]> = new Map([
  [INVALID_URL, ['invalidUrl', PAUSE]],
  [2, ['invalidAuthToken', { ...PAUSE, field: 'authToken' }]],
  [BAD_DATA, ['badData', REJECT]],
  [4, ['missingData', REJECT]],
  [5, ['receiverNotRegistered', { ...REJECT, isNoAccount: true }]],
  [6, ['receiverNotSubscribed', { ...REJECT, isNoAccount: true }]],
  [7, ['publicAccountBlocked', PAUSE]],
  [8, ['publicAccountNotFound', { ...PAUSE, field: 'authToken' }]],
  [9, ['publicAccountSuspended', PAUSE]],
  [WEBHOOK_NOT_SET, ['webhookNotSet', PAUSE]],
  [11, ['receiverNoSuitableDevice', REJECT]],
  // Also after 100 messages in an hour to somebody who says nothing: only an answer of theirs ends that.
  [
    12,
    [
      'tooManyRequests',
      { ...RETRY, isRateLimit: true, scope: 'chat', retryAfterMs: 10 * MINUTE_MS },
    ],
  ],
  [13, ['apiVersionNotSupported', REJECT]],
  [14, ['incompatibleWithVersion', REJECT]],
  [15, ['publicAccountNotAuthorized', PAUSE]],
  [16, ['inchatReplyMessageNotAllowed', REJECT]],
  [17, ['publicAccountIsNotInline', REJECT]],
  [18, ['noPublicChat', REJECT]],
  [19, ['cannotSendBroadcast', REJECT]],
  [20, ['broadcastNotAllowed', REJECT]],
  [21, ['unsupportedCountry', REJECT]],
  [22, ['paymentUnsupported', REJECT]],
  [23, ['freeMessagesExceeded', PAUSE]],
  [24, ['noBalance', PAUSE]],
])

/** The decision on a status that isn't 0. `message`: Viber's own words. */
export function toViberError(
  status: number,
  message: unknown,
  { authToken }: ViberSettings,
): ViberError {
  const [name, decision] = DECISIONS.get(status) ?? [
    `status${status}`,
    { ...RETRY, maxAttempts: GENERAL_TRIES },
  ]
  // A proxy of one's own may quote the headers.
  const words = safeWords(message, [authToken])
  const said = words === '' || words === name ? '' : `: ${words}`
  const hint = status === INVALID_URL ? CERTIFICATE_HINT : ''
  const fault = { ...decision, channelCode: name }
  return new ViberError(`Viber answered ${status} ${name}${said}${hint}`, fault, status)
}

/** The decision on an answer that is none of the Bot API's: a proxy's, or Viber in trouble. `now`: an epoch. */
export function toHttpError(response: IncomingResponse, now: number): ViberError {
  const { status } = response
  const rules = { credential: 'authToken', address: 'apiRoot' }
  const decision = decideByStatus(status, readRetryAfter(response, now), rules)
  const words = `Viber answered HTTP ${status}, and not as its Bot API does`
  return new ViberError(words, { ...decision, channelCode: String(status) })
}
