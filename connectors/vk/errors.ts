import { DeliveryError, type DeliveryFault } from '#core/errors.ts'
import type { IncomingResponse } from '#core/http.ts'

/** What VK said no with: `error_code` of an answer that is HTTP 200 all the same. */
export class VkError extends DeliveryError {
  /** Undefined where the answer is not the API's. */
  readonly vkCode: number | undefined
  constructor(message: string, fault: DeliveryFault, vkCode?: number) {
    super(message, fault)
    this.vkCode = vkCode
  }
}

/** Codes that callers decide by. https://dev.vk.com/en/reference/errors, VKCOM/vk-api-schema errors.json */
export const BAD_PARAMETER = 100
export const BAD_KEYBOARD = 911
export const CANNOT_FORWARD: readonly number[] = [913, 921]
/** A file that VK could not take: saved wrongly, refused, or of a kind that it never takes. */
export const BAD_FILE: readonly number[] = [22, 100, 105, 118, 121, 122, 129]

type Decision = Pick<DeliveryFault, 'disposition'> & Partial<DeliveryFault>

const HOUR_MS = 3_600_000
const REJECT: Decision = { disposition: 'reject' }
const PAUSE: Decision = { disposition: 'pause' }
const BAD_TOKEN: Decision = { disposition: 'pause', field: 'accessToken' }
const LATER: Decision = { disposition: 'retry' }
const NOBODY: Decision = { disposition: 'reject', isNoAccount: true }

const GROUPS: readonly (readonly [codes: readonly number[], Decision])[] = [
  // Unknown, internal, runtime, wait, time-out, switched off for a while.
  [[1, 10, 13, 32, 36, 43], LATER],
  [[6], { disposition: 'retry', isRateLimit: true, scope: 'line', retryAfterMs: 1000 }],
  // Flood control: too many alike. Soon repeated, it only lasts longer.
  [[9], { disposition: 'retry', scope: 'chat', retryAfterMs: 10 * 60_000, maxAttempts: 6 }],
  // The method's quota of the day.
  [[29], { disposition: 'retry', isRateLimit: true, scope: 'line', retryAfterMs: HOUR_MS }],
  [[5, 27, 28, 1117], BAD_TOKEN],
  // Rights that the token or the community lacks.
  [[15, 20, 203], BAD_TOKEN],
  [[7, 14, 17, 24, 42, 3300, 3301, 912, 2000], PAUSE],
  [[18, 936, 3610], NOBODY],
  [[105, 22], { disposition: 'retry', maxAttempts: 3 }],
]
const DECISIONS: ReadonlyMap<number, Decision> = new Map(
  GROUPS.flatMap(([codes, decision]) => codes.map((code): [number, Decision] => [code, decision])),
)

/**
 * The decision on one of VK's codes; what isn't listed concerns one message or chat (900, 901, 902, 917 …). VK refuses
 * before it sends, and `random_id` keeps a repetition harmless. `words` are VK's own, without the token.
 */
export function toVkError(code: number, words: string): VkError {
  const decision = DECISIONS.get(code) ?? REJECT
  const fault: DeliveryFault = { outcome: 'not-sent', channelCode: String(code), ...decision }
  return new VkError(`VK answered ${code}${words === '' ? '' : `: ${words}`}`, fault, code)
}

/** The decision on an answer that is none of the API's: a proxy's, or VK in trouble. */
export function toHttpError({ status, headers }: IncomingResponse): VkError {
  const words = `VK answered HTTP ${status}, and not as its API does`
  return new VkError(words, toHttpFault(status, headers['retry-after']))
}

function toHttpFault(status: number, retryAfter: string | undefined): DeliveryFault {
  const base = { outcome: 'not-sent', channelCode: String(status) } as const
  const retryAfterMs = Number(retryAfter) * 1000
  const after = retryAfterMs >= 0 ? { retryAfterMs } : {}
  if (status === 401) return { ...base, disposition: 'pause', field: 'accessToken' }
  if (status === 404) return { ...base, disposition: 'pause', field: 'apiRoot' }
  if (status === 429) {
    return { ...base, disposition: 'retry', isRateLimit: true, scope: 'line', ...after }
  }
  if (status >= 400 && status < 500) return { ...base, disposition: 'reject' }
  // 200 among them: whoever answered, the message may have been taken before that.
  const outcome = status >= 300 && status < 400 ? 'not-sent' : 'unknown'
  return { ...base, disposition: 'retry', outcome, scope: 'line', ...after }
}
