import { given } from '../core/given.ts'
import { HEALTH_TYPE, type LockoutState, type StoredEvent } from '../core/inbox.ts'
import type { PacketAnswer } from '../core/packet.ts'
import type { Settlement } from '../db/inbox/settle.ts'
import { type AttemptOutcome, type LockoutPlan, nextLockout } from './lockout.ts'

/** How long a portal that said `ack: later` may take (PROTOCOL §5). */
export const ACK_WAIT_MS = 60_000
/** Probes of one event refused with a 4xx before the event itself is suspected. */
export const POISON_STRIKES = 3

export interface Attempt {
  readonly lineId: number
  readonly lease: number
  readonly packet: readonly StoredEvent[]
  readonly lockout: LockoutState
  readonly startedAt: number
  readonly now: number
  /** Set when nothing is in hand beyond the packet: the line may go idle unless an event beyond this number has come. */
  readonly emptyUpTo?: number
}

export interface AttemptResult {
  readonly settlement: Settlement
  /** The ladder is used up: everything queued when the attempt began is to be expired. */
  readonly isExpired: boolean
}

/** What a portal's answer means for the line. Pure; `gone` and `aborted` never get here. */
export function judgeAttempt(
  attempt: Attempt,
  answer: Exclude<PacketAnswer, { kind: 'gone' | 'aborted' }>,
  plan: LockoutPlan,
): AttemptResult {
  if (answer.kind === 'answered') return judgeAnswer(attempt, answer, plan)
  if (answer.kind === 'ack-later') return { settlement: awaitAck(attempt, plan), isExpired: false }
  const isAlone = attempt.packet.length === 1
  const isRefusal = answer.status !== undefined && isEventRefusal(answer.status)
  if (isRefusal && attempt.packet.every(({ type }) => type === HEALTH_TYPE)) {
    return passOver(attempt)
  }
  return fail(attempt, attempt.lockout, { ...answer, isStrike: isAlone && isRefusal }, plan, [], [])
}

/**
 * A portal that knows nothing of such packets refuses them, and must not have its line locked for that. Lock and count stay
 * as they are, for whether it would take an event this doesn't say.
 */
function passOver({ lineId, lease, packet, lockout, now }: Attempt): AttemptResult {
  const isLocked = lockout.lockedUntil !== undefined && lockout.lockedUntil > now
  const settlement: Settlement = {
    lineId,
    lease,
    accepted: packet.map(({ seq }) => seq),
    rejected: [],
    lockout,
    next: isLocked ? { kind: 'wait', dueAt: lockout.lockedUntil ?? now } : { kind: 'continue' },
  }
  return { settlement, isExpired: false }
}

/** A 4xx that may be about the event; 408, 410, 425 and 429 are about the moment or the portal. */
function isEventRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 410, 425, 429].includes(status)
}

function judgeAnswer(
  attempt: Attempt,
  { accepted, rejected }: Extract<PacketAnswer, { kind: 'answered' }>,
  plan: LockoutPlan,
): AttemptResult {
  const done = new Set([...accepted, ...rejected.map(({ seq }) => seq)])
  const isWhole = attempt.packet.every(({ seq }) => done.has(seq))
  const success = nextLockout(
    attempt.lockout,
    { kind: 'accepted' },
    attempt.startedAt,
    attempt.now,
    plan,
  )
  if (!isWhole) {
    // Some events went: the ladder starts anew for the rest. None went: the attempt has simply failed.
    const state = done.size > 0 ? success.state : attempt.lockout
    const error = 'the portal did not accept every event'
    return fail(attempt, state, { error }, plan, accepted, rejected)
  }
  const { lineId, lease, emptyUpTo } = attempt
  return {
    settlement: {
      lineId,
      lease,
      accepted,
      rejected,
      lockout: success.state,
      next: { kind: 'continue', ...given({ emptyUpTo }) },
    },
    isExpired: false,
  }
}

function awaitAck(attempt: Attempt, plan: LockoutPlan): Settlement {
  const { lineId, lease, packet, lockout, startedAt, now, emptyUpTo } = attempt
  const success = nextLockout(lockout, { kind: 'accepted' }, startedAt, now, plan)
  return {
    lineId,
    lease,
    accepted: [],
    rejected: [],
    lockout,
    next: {
      kind: 'await-ack',
      until: now + ACK_WAIT_MS,
      seqs: packet.map(({ seq }) => seq),
      confirmed: {
        lockout: success.state,
        ...given({ emptyUpTo }),
      },
    },
  }
}

function fail(
  attempt: Attempt,
  state: LockoutState,
  failure: Omit<Extract<AttemptOutcome, { kind: 'failed' }>, 'kind'>,
  plan: LockoutPlan,
  accepted: Settlement['accepted'],
  rejected: Settlement['rejected'],
): AttemptResult {
  const outcome: AttemptOutcome = { kind: 'failed', ...failure }
  const step = nextLockout(state, outcome, attempt.startedAt, attempt.now, plan)
  return {
    settlement: {
      lineId: attempt.lineId,
      lease: attempt.lease,
      accepted,
      rejected,
      lockout: step.state,
      next: { kind: 'wait', dueAt: step.dueAt ?? attempt.now },
    },
    isExpired: step.isExpired === true,
  }
}
