import { DeliveryError, type DeliveryFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { decideByStatus, REJECT, RETRY, readRetryAfter, safeWords } from '#kit/http-answer.ts'

/** An answer of Telegram's that is not `ok`. */
interface Refusal {
  readonly code: number
  readonly description: string
  readonly retryAfterMs?: number
  /** The body itself says how long to wait, whatever its code. */
  readonly isRateLimit?: true
  readonly migrateTo?: string
  /** The answer isn't the Bot API's. */
  readonly isForeign?: true
}

/** A DeliveryError that keeps what the callers here decide by. */
export class TelegramError extends DeliveryError {
  readonly refusal: Refusal
  constructor(refusal: Refusal, fault: DeliveryFault) {
    super(`Telegram answered ${refusal.code}: ${refusal.description}`, fault)
    this.refusal = refusal
  }

  /** For the cases Telegram tells apart by nothing but its words, which differ in case over time. */
  says(...beginnings: readonly string[]): boolean {
    return isSaid(this.refusal, beginnings)
  }
}

function isSaid({ description }: Refusal, beginnings: readonly string[]): boolean {
  const words = description.toLowerCase().replace(/^(?:bad request|forbidden): /, '')
  return beginnings.some((beginning) => words.startsWith(beginning))
}

/** Nobody is there, or nobody who wants to read: unknown, deleted, blocked, or the bot was shut out. */
const NOBODY = [
  'chat not found',
  'user not found',
  'peer_id_invalid',
  'input_user_deactivated',
  'user is deactivated',
  'user_deactivated',
  'channel_private',
  'channel_invalid',
  'user_is_blocked',
  'bot was blocked by the user',
  "bot can't initiate conversation with a user",
  'bot was kicked from',
  'bot is not a member of',
  'the group chat was deleted',
  'group chat was deactivated',
]

/** `answer`: the body, if it is the Bot API's; the HTTP status alone decides otherwise. `now`: an epoch. */
export function toTelegramError(
  response: IncomingResponse,
  answer: Record<string, unknown> | undefined,
  token: string,
  now: number,
): TelegramError {
  const refusal = readRefusal(response, answer, token, now)
  return new TelegramError(refusal, toFault(refusal))
}

function readRefusal(
  response: IncomingResponse,
  answer: Record<string, unknown> | undefined,
  token: string,
  now: number,
): Refusal {
  const parameters = isRecord(answer?.['parameters']) ? answer['parameters'] : {}
  const code = Number.isInteger(answer?.['error_code'])
    ? Number(answer?.['error_code'])
    : response.status
  const words = answer?.['description'] ?? 'not an answer of the Bot API'
  const seconds = Number(parameters['retry_after'] ?? Number.NaN)
  const retryAfterMs = seconds >= 0 ? seconds * 1000 : readRetryAfter(response, now)
  const migrateTo = parameters['migrate_to_chat_id']
  return {
    code,
    // An API server of one's own may quote the path, which holds the token.
    description: safeWords(words, [token]),
    ...given({ retryAfterMs, isRateLimit: seconds >= 0, isForeign: answer === undefined }),
    ...(Number.isSafeInteger(migrateTo) ? { migrateTo: String(migrateTo) } : {}),
  }
}

/**
 * By number, as Telegram's words change without notice; that there is nobody it tells by words alone. Missing rights are
 * one chat's matter, so they don't pause the line.
 */
function toFault(refusal: Refusal): DeliveryFault {
  const { code, retryAfterMs, isRateLimit } = refusal
  const channelCode = String(code)
  // 409: another process polls; 421: the bot is being moved. Both pass.
  if (code === 409 || code === 421) {
    return { ...RETRY, scope: 'line', channelCode, ...given({ retryAfterMs }) }
  }
  const isClient = code >= 400 && code < 500
  if (isClient && (isRateLimit || isSaid(refusal, ['too many requests']))) {
    return { ...RETRY, isRateLimit: true, channelCode, ...given({ retryAfterMs }) }
  }
  if ((code === 400 || code === 403) && isSaid(refusal, NOBODY)) {
    return { ...REJECT, isNoAccount: true, channelCode }
  }
  // The token is a part of the address.
  const rules = { credential: 'token', address: 'token' }
  return { ...decideByStatus(code, retryAfterMs, rules), channelCode }
}
