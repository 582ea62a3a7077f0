import { given } from '../core/given.ts'
import type { HealthCode } from '../core/health.ts'
import { type Fault, isDefinite, stateOf, worstOf } from './fault.ts'

/** What is remembered of a line between two looks at its channel. All absent: nothing is wrong. */
export interface Facts {
  /** As the last check, test or send has left it. */
  readonly channel?: Fault
  /** As fetching updates has shown; a check can't tell. */
  readonly poll?: Fault
  /** The hub's address has changed, and a person has to enter the new one. */
  readonly moved?: Fault
  /** Seen once, and not believed before it is seen again. */
  readonly suspicion?: Suspicion
  /** Checks in a row that got no answer. */
  readonly unanswered?: number
  /** When the hub set a missing webhook anew by itself. */
  readonly repairedAt?: number
}

interface Suspicion {
  readonly code: HealthCode
  readonly at: number
}

/** What one look at a channel has come to. */
export type CheckOutcome =
  | { readonly kind: 'found'; readonly faults: readonly Fault[] }
  | { readonly kind: 'unanswered'; readonly fault: Fault }

export interface FactsStep {
  readonly facts: Facts
  /** When the channel is to be asked again, if sooner than usual. */
  readonly againAt?: number
}

/** What isn't definite is seen twice, so far apart, before it counts: a moment's trouble wakes nobody. */
export const SECOND_LOOK_MS = 60_000
/** Checks without an answer before the channel counts as out of reach. */
export const UNANSWERED_CHECKS = 3
/** A webhook that is missing again so soon is taken away by somebody: the hub sets it anew once, and doesn't fight. */
export const REPAIR_EVERY_MS = 24 * 3600 * 1000

/** Pure: what is known after a check. */
export function afterCheck(before: Facts, outcome: CheckOutcome, now: number): FactsStep {
  if (outcome.kind === 'unanswered') return { facts: afterSilence(before, outcome.fault) }
  const { channel: known, suspicion: suspected, unanswered: _, ...rest } = before
  const doubtful = worstOf(outcome.faults.filter((fault) => isDoubtful(fault, before, now)))
  const certain = worstOf(outcome.faults.filter((fault) => !isDoubtful(fault, before, now)))
  if (!doubtful || worstOf([doubtful, certain]) === certain) {
    return { facts: { ...rest, ...given({ channel: certain }) } }
  }
  const suspicion = suspected?.code === doubtful.code ? suspected : { code: doubtful.code, at: now }
  // What was broken before and isn't found any more has made room for something as bad: no word of health in between.
  const kept = stateOf(known) === 'broken' ? known : undefined
  return {
    facts: { ...rest, ...given({ channel: certain ?? kept }), suspicion },
    againAt: suspicion.at + SECOND_LOOK_MS,
  }
}

function isDoubtful(fault: Fault, { channel, suspicion }: Facts, now: number): boolean {
  if (stateOf(fault) !== 'broken' || isDefinite(fault) || channel?.code === fault.code) return false
  return suspicion?.code !== fault.code || now - suspicion.at < SECOND_LOOK_MS
}

/** No answer disproves nothing, and what is broken is worse than a channel that is away. */
function afterSilence(before: Facts, fault: Fault): Facts {
  const unanswered = Math.min((before.unanswered ?? 0) + 1, UNANSWERED_CHECKS)
  const isAway = unanswered >= UNANSWERED_CHECKS && stateOf(before.channel) !== 'broken'
  return { ...before, unanswered, ...(isAway ? { channel: fault } : {}) }
}

/** May the hub set a missing webhook anew now? */
export function mayRepair({ repairedAt }: Facts, now: number): boolean {
  return repairedAt === undefined || now - repairedAt >= REPAIR_EVERY_MS
}

/** The hub has set the webhook anew: should it be missing again soon, that is the second look. */
export function afterRepair(facts: Facts, now: number): Facts {
  const { channel: _, ...rest } = facts
  return { ...rest, repairedAt: now, suspicion: { code: 'webhook_missing', at: now } }
}

/** A send, a poll or a test has heard it. */
export function withFault(facts: Facts, fault: Fault, source: 'channel' | 'poll'): Facts {
  const { suspicion: _, ...rest } = facts
  return { ...rest, [source]: fault }
}

export function withoutPollFault({ poll: _, ...rest }: Facts): Facts {
  return rest
}
