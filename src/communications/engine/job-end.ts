import { ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { jobId } from '../../core/ids.ts'
import type { Recipient } from '../../core/recipient.ts'
import type { JobParams } from '../../core/shapes/job.ts'
import {
  type Job,
  type JobState,
  letJobsGo,
  moveJob,
  type NewJob,
} from '../../db/communications/jobs.ts'
import { followLine } from '../../db/communications/lines.ts'
import type { RunCounts } from '../../db/communications/runs.ts'
import { codesOf } from '../../db/communications/scripts.ts'
import type { Store } from '../../db/engine/store.ts'
import { planJob } from '../jobs/job-planner.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { nextDue } from '../schedule/plan.ts'
import type { BotEffect } from '../script/bot-calls.ts'
import type { Effect } from '../script/machine-types.ts'
import type { HeldLine } from './line-run.ts'
import type { Plan } from './plan.ts'
import { MAX_CHAIN, type Occurrence, TriggerBook } from './trigger-book.ts'

/** A job that has begun. */
export interface Begun {
  readonly job: Job
  /** A message of it counts for its recipient in the run. */
  isCounted: boolean
}

export interface HowItEnded {
  readonly state: Exclude<JobState, 'scheduled' | 'running' | 'waiting'>
  readonly error?: { readonly code: string; readonly message: string }
}

export interface JobEndDeps {
  readonly store: Store
  readonly sandbox: Sandbox
  /** Can the line's channel send templates? */
  takesTemplates(connector: string): boolean
}

/** `lead` is the recipient before the effects. */
type Carried = Begun & { readonly lead: Recipient; readonly effects: readonly Effect[] }
type Fault = NonNullable<HowItEnded['error']>

/** Carries out what the steps of jobs come to, and ends jobs. */
export class JobEnd {
  readonly #deps: JobEndDeps
  readonly #triggers: TriggerBook

  constructor(deps: JobEndDeps) {
    this.#deps = deps
    this.#triggers = new TriggerBook(deps)
  }

  /**
   * Puts the effects into the plan. Gives the fault of the first that can't be, and how many were done: none of the step that it is of,
   * and none behind it.
   */
  async carryOut(
    plan: Plan,
    held: HeldLine,
    one: Carried,
  ): Promise<{ readonly fault: Fault; readonly done: number } | undefined> {
    const jobs: NewJob[] = []
    const problem = await this.#prepare(held, one, jobs)
    for (const effect of one.effects.slice(0, problem?.done)) {
      await this.#carryOut(plan, held, one, { effect, jobs })
    }
    return problem
  }

  /** Looks for what can't be carried out, and plans the jobs of all before it. */
  async #prepare(
    held: HeldLine,
    one: Carried,
    jobs: NewJob[],
  ): Promise<{ readonly fault: Fault; readonly done: number } | undefined> {
    const { takesTemplates } = this.#deps
    for (const [at, effect] of one.effects.entries()) {
      if (effect.kind === 'sendTemplate' && !takesTemplates(held.active.record.connector)) {
        const fault = { code: 'HUB_UNSUPPORTED', message: 'this channel has no templates' }
        return { fault, done: at }
      }
      if (effect.kind !== 'bot') continue
      const next = await this.#planJob(held, one, effect.call)
      if ('code' in next) return { fault: next, done: at - (effect.behind ?? 0) }
      jobs.push(next)
    }
    return undefined
  }

  async #carryOut(
    plan: Plan,
    held: HeldLine,
    one: Carried,
    { effect, jobs }: { readonly effect: Effect; readonly jobs: NewJob[] },
  ): Promise<void> {
    switch (effect.kind) {
      case 'send':
        return this.#send(plan, held, one, effect.message)
      case 'sendTemplate':
        return this.#send(plan, held, one, { template: effect.template })
      case 'change':
        return plan.change(one.lead.lead, given(effect))
      case 'notify': {
        const codes = await codesOf(this.#deps.store, [effect.script])
        plan.tell({
          type: 'script.notify',
          at: new Date(held.now).toISOString(),
          lead: one.lead.lead,
          chat: { id: one.lead.chatId },
          script: codes.get(effect.script) ?? String(effect.script),
          data: effect.data,
        })
        return
      }
      case 'bot':
        return await this.#schedule(plan, one, jobs.shift())
    }
  }

  async #schedule(plan: Plan, { job }: Carried, next: NewJob | undefined): Promise<void> {
    if (!next) throw new TypeError('a job of code was not planned')
    if (next.lineId !== job.lineId) await followLine(this.#deps.store, next)
    plan.schedule(next)
  }

  #send(plan: Plan, { active }: HeldLine, one: Carried, message: object): void {
    const { job, lead } = one
    const isCounted = job.runId !== undefined && !one.isCounted
    plan.send({
      message: {
        lineId: lead.lineId,
        chatId: lead.chatId,
        kind: 'send',
        lane: 'bulk',
        payload: JSON.stringify({ message, format: active.portal.format }),
      },
      link: { lead: lead.lead, jobId: job.id, ...given({ runId: job.runId }), isCounted },
    })
    if (isCounted) one.isCounted = true
  }

  async #planJob(
    { active, now }: HeldLine,
    { job }: Carried,
    call: BotEffect,
  ): Promise<NewJob | Fault> {
    const { portalId, lineId } = job
    const depth = (job.plan.depth ?? 0) + 1
    if (depth > MAX_CHAIN) {
      const message = `jobs have scheduled each other ${MAX_CHAIN} times without a pause`
      const isSoon = call.kind === 'run' || !hasDelay(call.job)
      if (isSoon) return { code: 'HUB_SCRIPT_RUNAWAY', message }
    }
    const place = { portalId, lineId, timeZone: active.portal.timeZone ?? 'UTC' }
    const params = call.kind === 'run' ? toParams(call) : call.job
    try {
      const chain = hasDelay(params) ? {} : { depth }
      return await planJob(this.#deps.store, place, params, { now, ...chain })
    } catch (error) {
      if (!(error instanceof ParamsError)) throw error
      const problems = error.fields.map(({ field, problem }) => `${field}: ${problem}`).join('; ')
      return { code: 'HUB_SCRIPT_CONTENT', message: `bot: ${problems}` }
    }
  }

  /** Tags that jobs and their scripts have added start the triggers that wait for them. */
  async startTriggers(plan: Plan, held: HeldLine, all: readonly Carried[]): Promise<void> {
    const occurrences = all.flatMap(({ job, lead, effects }): Occurrence[] => {
      const { tags, added } = followTags(lead.tags, effects)
      const { depth = 0 } = job.plan
      return added.map((tag) => ({
        lead: { ...lead, tags },
        event: { type: `tag:${tag}` },
        keys: [`tag:${tag}`],
        depth,
      }))
    })
    await this.#triggers.fire(plan, held, occurrences)
  }

  /** Ends a job, or has it wait for its next time. Who has waited for its recipient may go. */
  finish(plan: Plan, { now }: HeldLine, { job, isCounted }: Begun, how: HowItEnded): void {
    const { state, error } = how
    // What was refused when it was scheduled is refused for all its times.
    const isLast = state === 'cancelled' || job.plan.isRefused === true
    const again = isLast ? undefined : nextDue(job.plan, now, job.dueAt)
    plan.add(
      moveJob({
        id: job.id,
        ...(again === undefined
          ? { state, finishedAt: now }
          : { state: 'scheduled', dueAt: again, runAt: again, scriptVersion: null }),
        attempt: job.attempt,
        position: again === undefined ? job.position : 0,
        ...given({ error }),
      }),
    )
    const { lead, runId } = job
    if (lead !== undefined) plan.addLast(...letJobsGo([lead]))
    if (runId === undefined) {
      plan.tell({
        type: 'job.finished',
        at: new Date(now).toISOString(),
        job: jobId(job.id),
        state,
        ...given({ lead, error }),
      })
    } else if (!isCounted) plan.count(runId, 'queued', UNSENT[state])
  }
}

/** Which tags a recipient comes to have, step by step: one that was taken away and given back was added, too. */
function followTags(
  before: readonly string[],
  effects: readonly Effect[],
): { readonly tags: string[]; readonly added: string[] } {
  const tags = new Set(before)
  const added = new Set<string>()
  for (const effect of effects) {
    if (effect.kind !== 'change') continue
    for (const tag of effect.removeTags ?? []) tags.delete(tag)
    for (const tag of effect.addTags ?? []) {
      if (!tags.has(tag)) added.add(tag)
      tags.add(tag)
    }
  }
  return { tags: [...tags].sort(), added: [...added] }
}

/** How a recipient counts to whom nothing was sent. */
const UNSENT: Readonly<Record<HowItEnded['state'], keyof RunCounts>> = {
  done: 'skipped',
  skipped: 'skipped',
  cancelled: 'skipped',
  interrupted: 'skipped',
  failed: 'failed',
}

function hasDelay({ runAt, runAfterSec = 0, periodSec, cron }: JobParams): boolean {
  return runAt !== undefined || runAfterSec >= 1 || periodSec !== undefined || cron !== undefined
}

function toParams(call: Extract<BotEffect, { readonly kind: 'run' }>): JobParams {
  const whom = 'lead' in call ? { lead: call.lead } : { person: call.person }
  return { [call.what]: call.ref, params: call.params, ...whom }
}
