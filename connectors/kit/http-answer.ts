import type { DeliveryFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'
import { parseRetryAfter } from '#core/retry-after.ts'

/** What to do about an answer, without the channel's code for it. */
export type Decision = Omit<DeliveryFault, 'channelCode'>

/** This message can't be delivered. */
export const REJECT: Decision = { disposition: 'reject', outcome: 'not-sent' }
/** A person must act before anything of this line can be sent. */
export const PAUSE: Decision = { disposition: 'pause', outcome: 'not-sent' }
/** It may work later; nothing was sent. */
export const RETRY: Decision = { disposition: 'retry', outcome: 'not-sent' }

/**
 * How long the channel wants to be left alone by its `Retry-After` header, in seconds (fractions as well) or as a date:
 * milliseconds from `now`, an epoch. Undefined if it doesn't say.
 */
export function readRetryAfter(
  { headers }: Pick<IncomingResponse, 'headers'>,
  now: number,
): number | undefined {
  const value = headers['retry-after']?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  // Every form of a date has a time in it; JavaScript would also read `-5` as one.
  return value.includes(':') ? parseRetryAfter(value, now) : undefined
}

/** What differs from channel to channel in what an HTTP status means. */
export interface StatusRules {
  /** The settings field that a 401 is about. */
  readonly credential: string
  /** The settings field that a 404 is about, where nothing but a wrong address gives one. Absent: a 404 rejects the message. */
  readonly address?: string
  /** What a 429 is about; the chat if absent. */
  readonly rateScope?: 'line'
  /** For a 429 that doesn't say how long to wait; without it the outbox waits as after any failure. */
  readonly rateWaitMs?: number
}

/**
 * The decision on a status alone, for answers without a code of the channel's: 401 pauses, 429 and 5xx are tried again,
 * other 4xx reject the message. After a 5xx, or a 2xx without a proper answer, the message may have been taken all the
 * same, so its outcome is unknown. `retryAfterMs`: as `readRetryAfter` gives it.
 */
export function decideByStatus(
  status: number,
  retryAfterMs: number | undefined,
  { credential, address, rateScope, rateWaitMs }: StatusRules,
): Decision {
  if (status === 401) return { ...PAUSE, field: credential }
  if (status === 404 && address !== undefined) return { ...PAUSE, field: address }
  if (status === 429) {
    const waitMs = retryAfterMs ?? rateWaitMs
    return { ...RETRY, isRateLimit: true, ...given({ scope: rateScope, retryAfterMs: waitMs }) }
  }
  if (status >= 400 && status < 500) return REJECT
  const outcome = status >= 300 && status < 400 ? 'not-sent' : 'unknown'
  return { ...RETRY, outcome, scope: 'line', ...given({ retryAfterMs }) }
}

const MAX_WORDS = 500

/**
 * The channel's own words, safe to log and to show: without what must stay secret, whatever the other side echoes, and at
 * most 500 characters. '' for anything but text.
 */
export function safeWords(words: unknown, secrets: readonly string[]): string {
  if (typeof words !== 'string') return ''
  const safe = secrets.reduce(
    (text, secret) => (secret === '' ? text : text.replaceAll(secret, '…')),
    words,
  )
  return safe.slice(0, MAX_WORDS)
}
