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
import type { VkSettings } from './settings.ts'

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

const HOUR_MS = 3_600_000
const BAD_TOKEN: Decision = { ...PAUSE, field: 'accessToken' }
const NOBODY: Decision = { ...REJECT, isNoAccount: true }

const GROUPS: readonly (readonly [codes: readonly number[], Decision])[] = [
  // Unknown, internal, runtime, wait, time-out, switched off for a while.
  [[1, 10, 13, 32, 36, 43], RETRY],
  [[6], { ...RETRY, isRateLimit: true, scope: 'line', retryAfterMs: 1000 }],
  // Flood control: too many messages alike. Trying again soon only prolongs it.
  [[9], { ...RETRY, scope: 'chat', retryAfterMs: 10 * 60_000, maxAttempts: 6 }],
  // The method's quota of the day.
  [[29], { ...RETRY, isRateLimit: true, scope: 'line', retryAfterMs: HOUR_MS }],
  [[5, 27, 28, 1117], BAD_TOKEN],
  // Rights that the token or the community lacks.
  [[15, 20, 203], BAD_TOKEN],
  [[7, 14, 17, 24, 42, 3300, 3301, 912, 2000], PAUSE],
  // Gone; people who have put the community on their blacklist, or let it write nothing; conversations that have ended or
  // that the community was taken out of.
  [[18, 37, 936, 3610, 900, 901, 902, 917, 922, 927, 935, 945], NOBODY],
  [[105, 22], { ...RETRY, maxAttempts: 3 }],
]
const DECISIONS: ReadonlyMap<number, Decision> = new Map(
  GROUPS.flatMap(([codes, decision]) => codes.map((code): [number, Decision] => [code, decision])),
)

/**
 * The decision on one of VK's codes; what isn't listed concerns one message or chat (914, 946 …). VK refuses
 * before it sends, and `random_id` keeps a repetition harmless. `message`: VK's own words; old versions repeat the
 * request's params in them, the token among them.
 */
export function toVkError(code: number, message: unknown, { accessToken }: VkSettings): VkError {
  const words = safeWords(message, [accessToken])
  const fault = { ...(DECISIONS.get(code) ?? REJECT), channelCode: String(code) }
  return new VkError(`VK answered ${code}${words === '' ? '' : `: ${words}`}`, fault, code)
}

/** An answer that tells no id is none of the API's: `random_id` keeps a repetition harmless. */
export function withoutId(): VkError {
  const fault = {
    ...RETRY,
    outcome: 'unknown',
    maxAttempts: 3,
    channelCode: 'HUB_NO_RECEIPT',
  } as const
  return new VkError('VK answered without the id of a message', fault)
}

/** For an id that isn't in the form of VK's: VK would refuse it, so it isn't asked. */
export function badParameter(words: string): VkError {
  return new VkError(words, { ...REJECT, channelCode: String(BAD_PARAMETER) }, BAD_PARAMETER)
}

/** The decision on an answer that is none of the API's: a proxy's, or VK in trouble. `now`: an epoch. */
export function toHttpError(response: IncomingResponse, now: number): VkError {
  const { status } = response
  const rules = { credential: 'accessToken', address: 'apiRoot', rateScope: 'line' } as const
  const decision = decideByStatus(status, readRetryAfter(response, now), rules)
  const words = `VK answered HTTP ${status}, and not as its API does`
  return new VkError(words, { ...decision, channelCode: String(status) })
}
