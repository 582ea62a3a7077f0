import { DeliveryError, type DeliveryFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { type Decision, PAUSE, REJECT, RETRY, readRetryAfter, safeWords } from '#kit/http-answer.ts'
import { readJsonObject } from '#kit/json-answer.ts'

/** What Meta says of a call that it refuses. */
export interface Refusal {
  readonly status: number
  /** Absent when the answer isn't the Graph API's. */
  readonly code?: number
  readonly subcode?: number
  readonly isTransient: boolean
  readonly retryAfterMs?: number
}

/** A DeliveryError that keeps what callers here decide by. */
export class GraphError extends DeliveryError {
  readonly refusal: Refusal
  constructor(message: string, refusal: Refusal, fault: DeliveryFault) {
    super(message, fault)
    this.refusal = refusal
  }

  /** Meta could not fetch or take the file: https://developers.facebook.com/docs/messenger-platform/error-codes */
  get isAboutFile(): boolean {
    return FILE_SUBCODES.has(this.refusal.subcode ?? 0)
  }
}

const FILE_SUBCODES = new Set([2018008, 2018047, 2018109, 2018294])
/** More than 24 h after the person's last message, on Messenger and on Instagram. */
const WINDOW_SUBCODES = new Set([2018065, 2018278, 2534022, 2534023])
/** The person isn't there for this account: unknown id, or has blocked it, or left. */
const NOBODY_SUBCODES = new Set([1545041, 2018001, 2018108, 2534014])
/** The same, without a subcode at times. */
const NOBODY_CODE = 551
/** 80 001, 80 002 and 80 006: what a page, Instagram and Messenger are allowed. */
const RATE_CODES = new Set([4, 17, 32, 341, 613, 80_001, 80_002, 80_006])
const RATE_SUBCODES = new Set([2018352, 2018354])
/** Page restricted, blocked for abuse. */
const RESTRICTED = { code: 368, subcode: 1_893_063 }
const TEMPORARY = new Set([1, 2, 1200])
/** Code 2 also stands for some people who have blocked the page: about 8 minutes of tries. */
const TEMPORARY_ATTEMPTS = 10
export const DEFAULT_REGAIN_MS = 60_000

/**
 * `hide` are strings that must not stand in the message, whatever the other side echoes. `tokenField`: the settings field
 * to blame for a bad token. `now`: an epoch.
 */
export function toGraphError(
  response: IncomingResponse,
  tokenField: string,
  hide: readonly string[],
  now: number,
): GraphError {
  const { refusal, words } = readRefusal(response, now)
  const message = `Meta answered ${nameOf(refusal)}${quote(words, hide)}`
  return new GraphError(message, refusal, toFault(refusal, tokenField))
}

/** `code` or `code/subcode`; the status where there is no code. */
export function nameOf({ status, code, subcode }: Refusal): string {
  if (code === undefined) return `${status}`
  return subcode === undefined ? `${code}` : `${code}/${subcode}`
}

/** `: words`, or '' if there are none, without the strings that must not be shown. */
export function quote(words: unknown, hide: readonly string[]): string {
  const said = safeWords(words, hide)
  return said === '' ? '' : `: ${said}`
}

/** Expects an answer that refuses; one that isn't the Graph API's gives its status alone. */
export function readRefusal(
  response: IncomingResponse,
  now: number,
): { refusal: Refusal; words: unknown } {
  const answer = readJsonObject(response.body)
  const error = isRecord(answer?.['error']) ? answer['error'] : {}
  const number = (key: string): number | undefined =>
    Number.isSafeInteger(error[key]) ? Number(error[key]) : undefined
  const code = number('code')
  const subcode = number('error_subcode')
  const retryAfterMs = readRegain(response, now)
  const data = isRecord(error['error_data']) ? error['error_data'] : {}
  // WhatsApp's useful words are in the details.
  const words = error['error_user_msg'] ?? data['details'] ?? error['message']
  return {
    refusal: {
      status: response.status,
      ...given({ code, subcode }),
      isTransient: error['is_transient'] === true,
      ...given({ retryAfterMs }),
    },
    words,
  }
}

/**
 * `Retry-After`, or the longest `estimated_time_to_regain_access`, which Meta tells in minutes:
 * https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
function readRegain(response: IncomingResponse, now: number): number | undefined {
  const retryAfterMs = readRetryAfter(response, now)
  if (retryAfterMs !== undefined) return retryAfterMs
  const usage = response.headers['x-business-use-case-usage'] ?? ''
  const minutes = [...usage.matchAll(/"estimated_time_to_regain_access"\s*:\s*(\d{1,6})/g)]
  const longest = Math.max(0, ...minutes.map((match) => Number(match[1])))
  return longest > 0 ? longest * 60_000 : undefined
}

/** By code and subcode; only what isn't the Graph API's own answer is judged by its status. */
function toFault(refusal: Refusal, tokenField: string): DeliveryFault {
  const { code, subcode = 0 } = refusal
  const channelCode = nameOf(refusal)
  if (WINDOW_SUBCODES.has(subcode)) return { ...REJECT, channelCode: 'outside_window' }
  if (code === NOBODY_CODE || NOBODY_SUBCODES.has(subcode))
    return { ...REJECT, channelCode, isNoAccount: true }
  return { ...decide(refusal, tokenField), channelCode }
}

function decide(refusal: Refusal, tokenField: string): Decision {
  const { status, code, subcode, retryAfterMs } = refusal
  const isRate = RATE_CODES.has(code ?? -1) || RATE_SUBCODES.has(subcode ?? 0)
  if (isRate || (code === undefined && status === 429)) {
    const regainMs = retryAfterMs ?? DEFAULT_REGAIN_MS
    return { ...RETRY, isRateLimit: true, scope: 'line', retryAfterMs: regainMs }
  }
  if (code === 190 || code === 102 || (code === undefined && status === 401)) {
    return { ...PAUSE, field: tokenField }
  }
  if (TEMPORARY.has(code ?? -1) || refusal.isTransient || status >= 500) return toRetry(refusal)
  return needsAdmin(refusal) ? PAUSE : REJECT
}

/** A server that broke while it had the message may have sent it. */
function toRetry({ status, code, retryAfterMs }: Refusal): Decision {
  return {
    ...RETRY,
    outcome: status >= 500 ? 'unknown' : 'not-sent',
    ...(code === 2 ? { maxAttempts: TEMPORARY_ATTEMPTS } : {}),
    ...given({ retryAfterMs }),
  }
}

/**
 * Missing permissions and restrictions. Code 10 with a subcode is about one message, but for the one of a restricted
 * page.
 */
function needsAdmin({ code = 0, subcode }: Refusal): boolean {
  if (code === RESTRICTED.code || subcode === RESTRICTED.subcode) return true
  return code === 3 || (code === 10 && subcode === undefined) || (code >= 200 && code <= 299)
}
