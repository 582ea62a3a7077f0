import { given } from '../core/given.ts'
import { type LastFailure, type LockoutState, UNLOCKED } from '../core/inbox.ts'

/** What became of one attempt, as far as the lockout cares. */
export type AttemptOutcome =
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'failed'
      readonly error: string
      /** The portal's own wish: the lock lasts at least this long. */
      readonly retryAfterMs?: number
      /** The packet held one event and was refused with a 4xx: one more strike against that event. */
      readonly isStrike?: boolean
      readonly status?: number
      readonly body?: string
    }

/** Of a portal's answer: enough for the head of an error page. */
const MAX_BODY_LENGTH = 500

export interface LockoutPlan {
  readonly ladderMs: readonly number[]
  /** The most events a packet may hold. */
  readonly maxEvents: number
}

export interface LockoutStep {
  readonly state: LockoutState
  /** When the line is to be tried again; absent after a success: at once, if there is more. */
  readonly dueAt?: number
  /** The ladder is used up: what was queued when this attempt began goes to the dead letters. */
  readonly isExpired?: true
}

/**
 * The lockout of PROTOCOL §5 as a pure function. An attempt that began before its lock had run out (the portal had shown
 * life) and fails leaves lock and count as they were; otherwise a failure climbs one step, and the failure after the last
 * step expires the queue and starts anew.
 */
export function nextLockout(
  state: LockoutState,
  outcome: AttemptOutcome,
  startedAt: number,
  now: number,
  plan: LockoutPlan,
): LockoutStep {
  if (outcome.kind === 'accepted') return { state: afterSuccess(state, plan.maxEvents) }
  const probed = {
    ...state,
    lastError: outcome.error,
    probeSize: 1,
    strikes: outcome.isStrike ? state.strikes + 1 : state.strikes,
    lastFailure: toFailure(outcome, state.attempt + 1, now),
  }
  const askedUntil = now + capRetryAfter(outcome.retryAfterMs, plan.ladderMs)
  if (state.lockedUntil !== undefined && startedAt < state.lockedUntil) {
    const lockedUntil = Math.max(state.lockedUntil, askedUntil)
    return { state: { ...probed, lockedUntil }, dueAt: lockedUntil }
  }
  const step = plan.ladderMs[state.attempt]
  if (step === undefined) {
    return { state: { ...UNLOCKED, probeSize: 1 }, dueAt: now, isExpired: true }
  }
  const lockedUntil = Math.max(now + step, askedUntil)
  return {
    state: {
      ...probed,
      attempt: state.attempt + 1,
      lockedUntil,
      firstFailedAt: state.firstFailedAt ?? now,
    },
    dueAt: lockedUntil,
  }
}

function toFailure(
  { error, status, body }: Extract<AttemptOutcome, { kind: 'failed' }>,
  attempt: number,
  at: number,
): LastFailure {
  const shown = body?.trim().slice(0, MAX_BODY_LENGTH).toWellFormed()
  return { at, attempt, error, ...given({ httpStatus: status, body: shown }) }
}

/** Lock and count are cleared; the packet may be twice as large, until it reaches the limit (0). */
function afterSuccess(state: LockoutState, maxEvents: number): LockoutState {
  const doubled = state.probeSize * 2
  return { ...UNLOCKED, probeSize: doubled >= maxEvents ? 0 : doubled }
}

/** A portal may ask for patience, but not for more than the ladder's whole length: its events would never expire. */
function capRetryAfter(retryAfterMs: number | undefined, ladderMs: readonly number[]): number {
  if (retryAfterMs === undefined || !(retryAfterMs > 0)) return 0
  return Math.min(
    retryAfterMs,
    ladderMs.reduce((sum, step) => sum + step, 0),
  )
}
