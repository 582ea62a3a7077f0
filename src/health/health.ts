import { given } from '../core/given.ts'
import type { HealthAction, HealthCode, HealthState } from '../core/health.ts'
import type { Language } from '../core/language.ts'
import { type LineStatus, takesUpdates } from '../core/line.ts'
import type { Facts } from './facts.ts'
import { actionOf, type Fault, stateOf, worstOf } from './fault.ts'
import { wordFault } from './texts.ts'

/** Of a line's queues, what matters to its health. */
export interface QueueState {
  /** Why sending is paused. */
  readonly paused?: { readonly at: number; readonly reason: string }
  /** Failed attempts at the portal. */
  readonly attempt: number
  readonly lastError?: string
  readonly firstFailedAt?: number
}

export interface HealthInput {
  readonly status: LineStatus
  /** Absent: nobody has looked yet. */
  readonly facts: Facts | undefined
  readonly queue: QueueState
}

export interface Judgement {
  readonly state: HealthState
  readonly fault?: Fault
  /** Since when, where the queues tell. */
  readonly since?: number
}

/** One failed attempt is an everyday matter: a restart, a moment's overload. */
const FAILED_ATTEMPTS = 2

export function isPortalAway(attempt: number): boolean {
  return attempt >= FAILED_ATTEMPTS
}

/** How a line is: the worst of what its channel and its queues say. Pure. */
export function judge({ status, facts, queue }: HealthInput): Judgement {
  if (!takesUpdates(status)) return { state: 'unknown' }
  const { paused, attempt, lastError, firstFailedAt } = queue
  const pause: Fault | undefined = paused && {
    code: 'sending_paused',
    ...given({ words: paused.reason }),
  }
  const away: Fault | undefined = isPortalAway(attempt)
    ? { code: 'portal_unreachable', ...given({ words: lastError }) }
    : undefined
  const fault = worstOf([facts?.channel, facts?.poll, facts?.moved, pause, away])
  if (!fault) return { state: facts ? 'ok' : 'unknown' }
  const since = fault === pause ? paused?.at : fault === away ? firstFailedAt : undefined
  return { state: stateOf(fault), fault, ...given({ since }) }
}

/** Does the channel's own side, as opposed to the queues, let nothing through? */
export function isChannelBroken(facts: Facts | undefined): boolean {
  return stateOf(worstOf([facts?.channel, facts?.poll])) === 'broken'
}

/** As portals and operators read it; instants are ISO 8601. */
export interface HealthObject {
  readonly state: HealthState
  readonly code?: HealthCode
  /** For an administrator, in the portal's language. */
  readonly message?: string
  readonly action?: HealthAction
  readonly since: string
  /** When the channel was last asked; absent while it never was. */
  readonly checkedAt?: string
}

export function toHealthObject(
  { state, fault }: Judgement,
  times: { readonly since: number; readonly checkedAt?: number },
  language: Language,
): HealthObject {
  const { since, checkedAt } = times
  return {
    state,
    ...(fault && {
      code: fault.code,
      message: wordFault(fault, since, language),
      action: actionOf(fault),
    }),
    since: new Date(since).toISOString(),
    ...given({
      checkedAt: checkedAt === undefined ? undefined : new Date(checkedAt).toISOString(),
    }),
  }
}
