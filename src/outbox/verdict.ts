import { DeliveryError, TransportError } from '../core/errors.ts'
import { given } from '../core/given.ts'

/** What is to be done with a message whose sending failed. */
export type Verdict =
  | {
      readonly kind: 'retry'
      readonly delayMs: number
      /** What has to wait: the message's chat, or its whole line. */
      readonly scope: 'chat' | 'line'
      /** The channel said that it was too much at once. */
      readonly isRateLimit: boolean
      readonly isUncertain: boolean
      readonly code: string
      readonly message: string
    }
  | {
      readonly kind: 'pause'
      readonly isUncertain: boolean
      readonly code: string
      readonly message: string
      /** The settings field at fault, when it is known. */
      readonly field?: string
    }
  | {
      readonly kind: 'reject'
      readonly code: string
      readonly message: string
      /** The channel says that there is nobody. */
      readonly isNoAccount?: true
    }
  /** The hub is stopping: the message goes back as it was. */
  | { readonly kind: 'release'; readonly isUncertain: boolean }

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 300_000
/** After this the message has failed (PROTOCOL §7, "Sending"). */
export const GIVE_UP_AFTER_MS = 24 * 3600 * 1000

/** Between the tries of a message that somebody waits for; after the last it has failed. */
const AWAITED_DELAYS_MS: readonly number[] = [5000, 10_000, 20_000]

export interface JudgeOptions {
  /** When the message may have been taken, the next try waits at least so long, for a status may show it. */
  readonly tellsWithinMs?: number
  /** Somebody waits for the message's end: it is given up within a minute or so, but for a channel that only wants less at once. */
  readonly isAwaited?: boolean
}

/**
 * Reads a connector's error. `attempt` is the one that failed, 1-based; `ageMs` is how long the message has been queued;
 * `random` is in [0, 1).
 */
export function judgeFailure(
  error: unknown,
  attempt: number,
  ageMs: number,
  random: number,
  { tellsWithinMs = 0, isAwaited = false }: JudgeOptions = {},
): Verdict {
  const fault = toFault(error)
  if (fault.isAborted) return { kind: 'release', isUncertain: fault.isUncertain }
  const { code, message, isUncertain } = fault
  if (fault.disposition === 'reject') {
    return { kind: 'reject', code, message, ...given({ isNoAccount: fault.isNoAccount }) }
  }
  if (fault.disposition === 'pause') {
    return { kind: 'pause', isUncertain, code, message, ...given({ field: fault.field }) }
  }
  if (ageMs >= GIVE_UP_AFTER_MS) {
    return { kind: 'reject', code, message: `gave up after 24 h: ${message}` }
  }
  if (attempt >= fault.maxAttempts) return { kind: 'reject', code, message }
  const { scope, isRateLimit } = fault
  const leastMs = isUncertain ? tellsWithinMs : 0
  const usualMs = fault.retryAfterMs ?? backoff(attempt, random)
  const nextMs = isAwaited && !isRateLimit ? AWAITED_DELAYS_MS[attempt - 1] : usualMs
  if (nextMs === undefined) return { kind: 'reject', code, message }
  const delayMs = Math.max(nextMs, leastMs)
  return { kind: 'retry', delayMs, scope, isRateLimit, isUncertain, code, message }
}

interface Fault {
  readonly disposition: 'retry' | 'pause' | 'reject'
  readonly isAborted: boolean
  readonly isUncertain: boolean
  readonly code: string
  readonly message: string
  readonly scope: 'chat' | 'line'
  readonly isRateLimit: boolean
  readonly isNoAccount?: true
  readonly field?: string
  readonly maxAttempts: number
  readonly retryAfterMs?: number
}

function toFault(error: unknown): Fault {
  const base = {
    disposition: 'retry',
    isAborted: false,
    scope: 'chat',
    isRateLimit: false,
    maxAttempts: Number.POSITIVE_INFINITY,
  } as const
  if (error instanceof DeliveryError) {
    const { disposition, outcome, channelCode, retryAfterMs, scope = 'chat' } = error.fault
    const { maxAttempts = base.maxAttempts, isRateLimit = false } = error.fault
    return {
      ...base,
      disposition,
      scope,
      isRateLimit,
      ...given({ isNoAccount: error.fault.isNoAccount, field: error.fault.field }),
      maxAttempts,
      isUncertain: outcome === 'unknown',
      code: channelCode,
      message: error.message,
      ...(retryAfterMs === undefined
        ? {}
        : { retryAfterMs: Math.min(retryAfterMs, GIVE_UP_AFTER_MS) }),
    }
  }
  if (error instanceof TransportError) {
    return {
      ...base,
      isAborted: error.reason === 'ABORTED',
      isUncertain: error.outcome === 'unknown',
      code: 'HUB_CHANNEL_UNREACHABLE',
      message: `the channel did not answer (${error.reason})`,
    }
  }
  // A bug of ours: it may have got as far as the channel.
  return { ...base, isUncertain: true, code: 'HUB_INTERNAL', message: 'the hub failed to send it' }
}

/** 1 s, 2 s, 4 s … up to 5 min, each with up to a quarter more, so that chats don't come back in step. */
function backoff(attempt: number, random: number): number {
  const delay = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_RETRY_MS)
  return Math.round(delay * (1 + random / 4))
}
