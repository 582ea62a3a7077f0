import type { Store } from '../db/engine/store.ts'
import type { DatedStep } from '../db/journal/codec.ts'
import { readPlaces } from '../db/journal/read.ts'
import { slotAt, slotOf } from '../db/journal/slots.ts'

/** An attempt that has failed. */
export interface Failure {
  /** Epoch ms. */
  readonly at: number
  readonly message: string
  readonly code?: string
  /** Of the event that a portal has not taken. */
  readonly seq?: number
  /** Of the message that a channel has not taken. */
  readonly out?: number
}

/** About half a minute: each is a look into the table. */
const RECENT_SLOTS = 32

/**
 * Attempts that have failed of a line's latest events and messages and of those with these numbers, the latest first. Whatever
 * became of an event stands where it came in, so nothing is found of others.
 */
export async function readFailures(
  store: Store,
  lineId: number,
  { now, seqs }: { readonly now: number; readonly seqs: readonly number[] },
): Promise<Failure[]> {
  const recent = Array.from({ length: RECENT_SLOTS }, (_, back) => slotAt(now) - back)
  const slots = new Set([...recent, ...seqs.map(slotOf)])
  const places = [...slots].map((slot) => ({ lineId, slot }))
  const steps = [...(await readPlaces(store, places)).values()].flat()
  const found = new Map<string, Failure>()
  for (const step of steps) {
    const failure = toFailure(step)
    // A packet stands with each second that an event of it came in.
    if (failure) found.set('packet' in step ? step.packet : `${failure.out} ${failure.at}`, failure)
  }
  return [...found.values()].sort((a, b) => b.at - a.at)
}

function toFailure(step: DatedStep): Failure | undefined {
  const { at } = step
  if (step.kind === 'posted') {
    const [seq] = step.seqs.filter((one) => !step.accepted.includes(one))
    const { error, status } = step
    // Which events of a packet it has refused, and why, is told by themselves: here nothing has failed.
    const isTaken = status !== undefined && status < 300
    const answered = status === undefined || isTaken ? '' : `the portal answered ${status}`
    const message = error ?? answered
    return seq === undefined || message === '' ? undefined : { at, message, seq }
  }
  if (step.kind !== 'tried' || step.outcome === 'sent' || step.outcome === 'release') {
    return undefined
  }
  const { code, words, out } = step
  const message = words || code || step.outcome
  return { at, message, out, ...(code === undefined ? {} : { code }) }
}
