import { type FieldFault, ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import type { Recipient } from '../../core/recipient.ts'
import { readIsoInstant } from '../../core/shapes/comm-fields.ts'
import type { JobParams } from '../../core/shapes/job.ts'
import { findBroadcast } from '../../db/communications/broadcasts.ts'
import type { JobPlan, NewJob } from '../../db/communications/jobs.ts'
import { findLeadOfPerson, readLeads, readLeadsByChat } from '../../db/communications/leads.ts'
import { findScript, findScriptOfPortal } from '../../db/communications/scripts.ts'
import { findTrigger, findTriggerOfPortal } from '../../db/communications/triggers.ts'
import type { Store } from '../../db/engine/store.ts'
import { cronProblem, nextDue } from '../schedule/plan.ts'

/** Whose scripts and recipients are meant. */
export interface Place {
  readonly portalId: string
  readonly lineId: number
  /** Of the portal. */
  readonly timeZone: string
}

/** Something that a job names isn't there, or isn't this portal's. */
export class UnknownThingError extends ParamsError {
  override name = 'UnknownThingError'
}

interface PlanOptions {
  readonly now: number
  readonly depth?: number
  /** What is known to be wrong already. */
  readonly faults?: readonly FieldFault[]
}

/**
 * What a job's params stand for. Throws ParamsError, UnknownThingError if what they name isn't there: another portal's scripts and
 * recipients aren't.
 */
export async function planJob(
  store: Store,
  place: Place,
  params: JobParams,
  { now, depth = 0, faults = [] }: PlanOptions,
): Promise<NewJob> {
  const { portalId } = place
  const refusals = faults.length > 0 ? [new ParamsError(faults)] : []
  const what = await attempt(refusals, () => findWhat(store, place, params))
  const lead = await attempt(refusals, () => findWhom(store, place, params))
  const timing = await attempt(refusals, () => planTiming(place, params, now))
  if (!what || !timing || refusals.length > 0) throw together(refusals)
  const { condition, addTags, removeTags, key } = params
  const plan: JobPlan = {
    ...timing.plan,
    ...given({ condition, addTags, removeTags }),
    ...(depth > 0 ? { depth } : {}),
  }
  return {
    lineId: lead?.lineId ?? place.lineId,
    portalId,
    ...what,
    ...given({ lead: lead?.lead, key }),
    dueAt: timing.dueAt,
    params: params.params ?? {},
    plan,
  }
}

/** Goes on after a refusal: whoever asks is told everything at once. */
async function attempt<T>(
  refusals: ParamsError[],
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ParamsError)) throw error
    refusals.push(error)
    return undefined
  }
}

function together(refusals: readonly ParamsError[]): ParamsError {
  const fields = refusals.flatMap((refusal) => refusal.fields)
  const isUnknown = refusals.every((refusal) => refusal instanceof UnknownThingError)
  return isUnknown ? new UnknownThingError(fields) : new ParamsError(fields)
}

type What = Pick<NewJob, 'kind' | 'scriptId' | 'triggerId' | 'broadcastId'>

async function findWhat(store: Store, place: Place, params: JobParams): Promise<What> {
  const { script, trigger, broadcast } = params
  if (script !== undefined) {
    const found =
      typeof script === 'number'
        ? await findScriptOfPortal(store, place.portalId, script)
        : await findScript(store, place.lineId, script)
    if (!found?.code) throw unknown('script', 'there is no such script')
    return { kind: 'script', scriptId: found.id }
  }
  if (trigger !== undefined) {
    const found =
      typeof trigger === 'number'
        ? await findTriggerOfPortal(store, place.portalId, trigger)
        : await findTrigger(store, place.lineId, trigger)
    if (!found) throw unknown('trigger', 'there is no such trigger')
    return { kind: 'trigger', scriptId: found.scriptId, triggerId: found.id }
  }
  const found = await findBroadcast(store, place.lineId, broadcast ?? '')
  if (!found) throw unknown('broadcast', 'there is no such broadcast')
  return { kind: 'broadcast', broadcastId: found.id }
}

async function findWhom(
  store: Store,
  { portalId, lineId }: Place,
  { lead, chat, person }: JobParams,
): Promise<Recipient | undefined> {
  if (lead !== undefined) {
    const found = (await readLeads(store, [lead])).get(lead)
    if (found?.portalId !== portalId) throw unknown('lead', 'there is no such recipient')
    return found
  }
  if (chat !== undefined) {
    const found = (await readLeadsByChat(store, lineId, [chat.id])).get(chat.id)
    if (!found) throw unknown('chat', 'there is no recipient with this chat')
    return found
  }
  if (person === undefined) return undefined
  const found = await findLeadOfPerson(store, portalId, person)
  if (!found) throw unknown('person', 'no recipient is linked to this person')
  return found
}

function planTiming(
  { timeZone: portalZone }: Place,
  { runAt, runAfterSec, periodSec, cron, timeZone = portalZone, until }: JobParams,
  now: number,
): { readonly dueAt: number; readonly plan: JobPlan } {
  const problem = cron === undefined ? undefined : cronProblem(cron)
  if (problem !== undefined) throw new ParamsError([{ field: 'cron', problem }])
  const end = until === undefined ? undefined : readIsoInstant(until)
  const plan: JobPlan = {
    ...given({ periodSec, cron, until: end }),
    ...(cron === undefined ? {} : { timeZone }),
  }
  const asked = runAt === undefined ? undefined : readIsoInstant(runAt)
  const after = runAfterSec === undefined ? asked : now + Math.round(runAfterSec * 1000)
  const from = after ?? now
  // A cron that is due at the very instant that was asked for is due then.
  const dueAt = cron === undefined ? from : nextDue(plan, from - 1, from)
  if (dueAt === undefined || (end !== undefined && dueAt > end)) {
    throw new ParamsError([{ field: 'until', problem: 'is before the first time' }])
  }
  return { dueAt, plan }
}

function unknown(field: string, problem: string): UnknownThingError {
  const fault: FieldFault = { field, problem }
  return new UnknownThingError([fault])
}
