import { given } from '../../core/given.ts'
import { leadScope, type Recipient } from '../../core/recipient.ts'
import type { Job } from '../../db/communications/jobs.ts'
import { readTriggers } from '../../db/communications/triggers.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Outcome, Sandbox } from '../sandbox/sandbox.ts'
import type { JobEnd } from './job-end.ts'
import type { HeldLine } from './line-run.ts'
import type { Plan } from './plan.ts'
import type { TriggerBook } from './trigger-book.ts'

export interface AdmissionDeps {
  readonly store: Store
  readonly sandbox: Sandbox
  readonly end: JobEnd
  readonly triggers: TriggerBook
}

/** Decides which jobs may begin, and ends the others as skipped. */
export class Admission {
  readonly #deps: AdmissionDeps
  readonly #plan: Plan
  readonly #held: HeldLine
  readonly #leads: ReadonlyMap<number, Recipient>

  constructor(
    deps: AdmissionDeps,
    plan: Plan,
    held: HeldLine,
    leads: ReadonlyMap<number, Recipient>,
  ) {
    this.#deps = deps
    this.#plan = plan
    this.#held = held
    this.#leads = leads
  }

  async admit(jobs: readonly Job[]): Promise<Job[]> {
    return await this.#admitTriggers(await this.#meetConditions(jobs))
  }

  /** Jobs that start a trigger take its script as it is now; one whose condition or pause is against it ends as skipped. */
  async #admitTriggers(jobs: readonly Job[]): Promise<Job[]> {
    const ids = jobs.flatMap((job) => (isAsked(job) && job.triggerId ? [job.triggerId] : []))
    if (ids.length === 0) return [...jobs]
    const triggers = await readTriggers(this.#deps.store, ids)
    const asked = jobs.flatMap((job) => {
      const trigger = isAsked(job) ? triggers.get(job.triggerId ?? 0) : undefined
      const lead = this.#leads.get(job.lead ?? 0)
      return trigger && lead ? [{ job, trigger, lead }] : []
    })
    const enabled = asked.filter(({ trigger }) => trigger.isEnabled)
    const admitted = await this.#deps.triggers.admit(this.#plan, this.#held, enabled)
    return jobs.flatMap((job) => {
      if (!isAsked(job)) return [job]
      const trigger = triggers.get(job.triggerId ?? 0)
      if (trigger && !admitted.has(job.id) && this.#leads.has(job.lead ?? 0)) {
        this.#pass(job, REFUSED)
        return []
      }
      return [{ ...job, ...given({ scriptId: trigger?.scriptId }) }]
    })
  }

  async #meetConditions(jobs: readonly Job[]): Promise<Job[]> {
    const asked = jobs.filter(({ plan }) => plan.condition !== undefined && !plan.isRefused)
    const { now } = this.#held
    const outcomes =
      asked.length === 0
        ? []
        : await this.#deps.sandbox.run(
            asked.map((job) => {
              const lead = this.#leads.get(job.lead ?? 0)
              return {
                kind: 'condition',
                code: job.plan.condition ?? '',
                scope: {
                  ...(job.lead === undefined ? {} : { leadId: job.lead }),
                  lead: lead ? leadScope(lead) : {},
                  params: job.params,
                  ...given({ event: job.event }),
                  now,
                },
              }
            }),
          )
    const byJob = new Map(asked.map(({ id }, index) => [id, outcomes[index]]))
    return jobs.filter((job) => {
      const outcome = job.plan.isRefused ? REFUSED : byJob.get(job.id)
      if (outcome === undefined || (outcome.ok && outcome.value === true)) return true
      this.#pass(job, outcome)
      return false
    })
  }

  #pass(job: Job, outcome: Outcome): void {
    const begun = { job: { ...job, attempt: job.attempt + 1 }, isCounted: false }
    const how = outcome.ok
      ? ({ state: 'skipped' } as const)
      : ({
          state: 'failed',
          error: { code: 'HUB_SCRIPT_CODE', message: `condition: ${outcome.problem}` },
        } as const)
    this.#deps.end.finish(this.#plan, this.#held, begun, how)
  }
}

/** A trigger that was scheduled; one that an event has started has been asked already. */
function isAsked(job: Job): boolean {
  return job.kind === 'trigger' && job.event === undefined
}

const REFUSED: Outcome = { ok: true, value: false, calls: [] }
