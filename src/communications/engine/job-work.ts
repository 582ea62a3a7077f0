import { BoundedMap } from '../../core/bounded-map.ts'
import { type Job, readDueJobs, readHeldCalls, releaseCalls } from '../../db/communications/jobs.ts'
import type { CallResult } from '../script/machine-types.ts'
import type { AdmissionDeps } from './admission.ts'
import type { CallOut } from './call-out.ts'
import { type DueCall, isCounted, Look } from './job-look.ts'
import type { AfterCommit, HeldLine, LineWork } from './line-run.ts'
import type { Plan } from './plan.ts'
import { Programs } from './programs.ts'

export interface JobWorkDeps extends AdmissionDeps {
  readonly callOut: CallOut
  /** HTTP requests of one line's jobs under way at once. */
  readonly maxCalls?: number
}

const MAX_JOBS = 200
/** Requests of one line's jobs under way at once. */
const MAX_CALLS = 20
/** How long a job waits for its line to be connected. */
const UNCONNECTED_FOR_MS = 24 * 3600 * 1000
/** Answers of calls that wait for the next look. */
const MAX_RESULTS = 10_000

/** Runs jobs that are due: one of a recipient at a time, in the order in which they are due. */
export class JobWork implements LineWork {
  readonly #deps: JobWorkDeps
  readonly #programs: Programs
  readonly #maxCalls: number
  readonly #results = new BoundedMap<string, CallResult>(MAX_RESULTS)

  constructor(deps: JobWorkDeps) {
    this.#deps = deps
    this.#programs = new Programs(deps.store)
    this.#maxCalls = deps.maxCalls ?? MAX_CALLS
  }

  async plan(plan: Plan, held: HeldLine): Promise<AfterCommit | undefined> {
    const { store } = this.#deps
    const { now, underWay } = held
    const lineId = held.active.record.id
    const due = await readDueJobs(store, lineId, now, MAX_JOBS + underWay.size)
    const jobs = due.filter(({ id }) => !underWay.has(id))
    if (!held.isConnected) return this.#giveUp(plan, held, jobs)
    const released = await this.#letCallsGo(plan, held)
    if (jobs.length === 0) return released > 0 ? () => undefined : undefined
    const look = new Look(this.#deps, plan, held, {
      programs: this.#programs,
      results: this.#results,
      maxCalls: this.#maxCalls,
    })
    await look.take(jobs)
    return look.isIdle && released === 0 ? undefined : () => this.#callOut(look.calls, held)
  }

  /** Requests that had to wait are due as others end. Gives how many. */
  async #letCallsGo(plan: Plan, { active, underWay, now }: HeldLine): Promise<number> {
    const free = this.#maxCalls - underWay.size
    if (free <= 0) return 0
    const ids = await readHeldCalls(this.#deps.store, active.record.id, free)
    plan.add(...releaseCalls(ids, now))
    return ids.length
  }

  /** Nothing can be sent; what has waited for a day is given up. */
  #giveUp(plan: Plan, held: HeldLine, jobs: readonly Job[]): AfterCommit | undefined {
    // A job may have waited for weeks, for an answer or behind others: that its line was disconnected is another matter.
    const { updatedAt } = held.active.record
    const late = jobs.filter(
      ({ dueAt }) => Math.max(dueAt, updatedAt) + UNCONNECTED_FOR_MS <= held.now,
    )
    for (const job of late) {
      const message = 'the line has not been connected for 24 h'
      const error = { code: 'HUB_LINE_NOT_CONNECTED', message }
      this.#deps.end.finish(
        plan,
        held,
        { job, isCounted: isCounted(job) },
        { state: 'failed', error },
      )
    }
    return late.length > 0 ? () => undefined : undefined
  }

  #callOut(calls: readonly DueCall[], held: HeldLine): Promise<void> | undefined {
    const { underWay, active, signal } = held
    const chosen = calls.slice(0, Math.max(0, this.#maxCalls - underWay.size))
    if (chosen.length === 0) return undefined
    for (const { job } of chosen) underWay.add(job.id)
    return Promise.all(
      chosen.map(async ({ job, progress, name }) => {
        const result = await this.#deps.callOut.call({ job, progress, active, signal })
        if (result) this.#results.set(name, result)
        underWay.delete(job.id)
      }),
    ).then(() => undefined)
  }
}
