import type { BoundedMap } from '../../core/bounded-map.ts'
import { given } from '../../core/given.ts'
import { leadScope, type Recipient } from '../../core/recipient.ts'
import { findBroadcast, insertRun, type Run, readRuns } from '../../db/communications/broadcasts.ts'
import { HELD, holdJobs, type Job, moveJob, readBusyLeads } from '../../db/communications/jobs.ts'
import { readLeads } from '../../db/communications/leads.ts'
import { findScriptOfPortal } from '../../db/communications/scripts.ts'
import { quietEnd } from '../schedule/quiet-hours.ts'
import { begin, newProgress } from '../script/machine.ts'
import type { CallResult, Input, Progress } from '../script/machine-types.ts'
import { Admission, type AdmissionDeps } from './admission.ts'
import { type Driven, drive } from './drive.ts'
import type { Begun, Tagging } from './job-end.ts'
import type { HeldLine } from './line-run.ts'
import type { Plan } from './plan.ts'
import type { Programs } from './programs.ts'

/** How a job is kept while it runs: where the machine stands, and what the engine knows beside that. */
interface Kept extends Progress {
  /** The person's answer that it has waited for. */
  readonly reply?: string
  /** A message of it counts for its recipient in the run. */
  readonly isCounted?: true
}

/** A request that a job waits for. */
export interface DueCall {
  readonly job: Job
  readonly progress: Progress
  readonly name: string
}

/** Names one try of one call: an answer must not be taken for that of another. */
function callName(job: Job, { count, wait }: Progress): string {
  return `${job.id}:${job.attempt}:${count}:${wait?.kind === 'call' ? wait.tries : ''}`
}

interface Running extends Driven, Begun {
  readonly job: Job
  readonly lead: Recipient
}

export interface LookTools {
  readonly programs: Programs
  /** Of requests that have ended. */
  readonly results: BoundedMap<string, CallResult>
  /** Requests of one line that may be under way at once. */
  readonly maxCalls: number
}

/** One look at a line's due jobs. */
export class Look {
  readonly #deps: AdmissionDeps
  readonly #plan: Plan
  readonly #held: HeldLine
  readonly #programs: Programs
  readonly #results: BoundedMap<string, CallResult>
  readonly #maxCalls: number
  readonly calls: DueCall[] = []
  readonly #running: Running[] = []
  /** Jobs that have begun with tags of their own. */
  readonly #tagged: Tagging[] = []
  #runs = new Map<number, Run>()
  #leads = new Map<number, Recipient>()
  isIdle = true

  constructor(
    deps: AdmissionDeps,
    plan: Plan,
    held: HeldLine,
    { programs, results, maxCalls }: LookTools,
  ) {
    this.#deps = deps
    this.#plan = plan
    this.#held = held
    this.#programs = programs
    this.#results = results
    this.#maxCalls = maxCalls
  }

  async take(jobs: readonly Job[]): Promise<void> {
    const { store } = this.#deps
    const leads = [...new Set(jobs.flatMap(({ lead }) => (lead === undefined ? [] : [lead])))]
    this.#leads = await readLeads(store, leads)
    this.#runs = await readRuns(
      store,
      jobs.flatMap(({ runId }) => (runId === undefined ? [] : [runId])),
    )
    const busy = await readBusyLeads(store, leads)
    const waiting: number[] = []
    const admitted: Job[] = []
    for (const job of jobs) {
      if (this.#isPostponed(job)) continue
      if (job.state !== 'scheduled') this.#resume(job)
      else if (job.lead === undefined) await this.#startRun(job)
      else if (busy.has(job.lead)) waiting.push(job.id)
      else {
        busy.set(job.lead, job.id)
        admitted.push(job)
      }
    }
    if (waiting.length > 0) this.isIdle = false
    this.#plan.add(...holdJobs(waiting))
    await this.#begin(admitted)
    await drive(this.#running, { sandbox: this.#deps.sandbox, programs: this.#programs })
    for (const one of this.#running) await this.#settle(one)
    const taggings = [...this.#tagged, ...this.#running]
    await this.#deps.end.startTriggers(this.#plan, this.#held, taggings)
  }

  /** Jobs of a run that is paused, has been cancelled or keeps quiet now. */
  #isPostponed(job: Job): boolean {
    const run = job.runId === undefined ? undefined : this.#runs.get(job.runId)
    if (!run) return false
    const { now } = this.#held
    const begun = { job, isCounted: isCounted(job) }
    if (run.state === 'cancelled') {
      this.isIdle = false
      this.#deps.end.finish(this.#plan, this.#held, begun, { state: 'cancelled' })
      return true
    }
    if (run.state === 'paused') {
      this.isIdle = false
      this.#plan.add(moveJob({ ...whereItStands(job), held: HELD.run }))
      return true
    }
    const hasAnswered = job.state === 'running'
    const until = run.config.quietHours && quietEnd(run.config.quietHours, now)
    if (until === undefined || hasAnswered) return false
    this.isIdle = false
    this.#plan.add(moveJob({ ...whereItStands(job), runAt: until }))
    return true
  }

  /** A job that starts a broadcast has done so when the run is there. */
  async #startRun(job: Job): Promise<void> {
    this.isIdle = false
    const { store, end } = this.#deps
    const broadcast =
      job.broadcastId === undefined
        ? undefined
        : await findBroadcast(store, job.lineId, job.broadcastId)
    const script = broadcast && (await findScriptOfPortal(store, job.portalId, broadcast.scriptId))
    const begun = { job: { ...job, attempt: job.attempt + 1 }, isCounted: false }
    if (!broadcast || !script) {
      const message = broadcast ? 'the script was deleted' : 'the broadcast was deleted'
      const code = broadcast ? 'HUB_UNKNOWN_SCRIPT' : 'HUB_UNKNOWN_BROADCAST'
      end.finish(this.#plan, this.#held, begun, { state: 'failed', error: { code, message } })
      return
    }
    const { params } = job
    const { now } = this.#held
    this.#plan.add(insertRun({ broadcast, scriptVersion: script.version, params, at: now }, now))
    end.finish(this.#plan, this.#held, begun, { state: 'done' })
  }

  /** Jobs that may begin: the condition is asked, tags are set, and the machine stands at its first step. */
  async #begin(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return
    this.isIdle = false
    const meant = await new Admission(this.#deps, this.#plan, this.#held, this.#leads).admit(jobs)
    for (const job of meant) {
      const lead = this.#leads.get(job.lead ?? 0)
      const script =
        job.scriptId === undefined
          ? undefined
          : await findScriptOfPortal(this.#deps.store, job.portalId, job.scriptId)
      const version = job.scriptVersion ?? script?.version
      const begun = { job: { ...job, attempt: job.attempt + 1 }, isCounted: false }
      if (!lead || job.scriptId === undefined || version === undefined) {
        const error = lead
          ? { code: 'HUB_UNKNOWN_SCRIPT', message: 'the script was deleted' }
          : { code: 'HUB_UNKNOWN_RECIPIENT', message: 'the recipient is not there' }
        this.#deps.end.finish(this.#plan, this.#held, begun, { state: 'failed', error })
        continue
      }
      const progress = newProgress(job.scriptId, version, job.params)
      const tagged = this.#tag(job, lead)
      this.#run({ ...begun.job, scriptVersion: version }, tagged, progress, { kind: 'go' })
    }
  }

  #tag(job: Job, lead: Recipient): Recipient {
    const { addTags = [], removeTags = [] } = job.plan
    if (addTags.length + removeTags.length === 0) return lead
    const change = given({ addTags, removeTags })
    this.#plan.change(lead.lead, { ...change })
    this.#tagged.push({ job, lead, effects: [{ kind: 'change', ...change }] })
    const kept = lead.tags.filter((tag) => !removeTags.includes(tag))
    return { ...lead, tags: [...new Set([...kept, ...addTags])].sort() }
  }

  /** A job that was begun before. */
  #resume(job: Job): void {
    const { reply, isCounted: _, ...progress } = readKept(job)
    const lead = this.#leads.get(job.lead ?? 0)
    if (!lead) {
      this.isIdle = false
      const error = { code: 'HUB_UNKNOWN_RECIPIENT', message: 'the recipient is not there' }
      const begun = { job, isCounted: isCounted(job) }
      this.#deps.end.finish(this.#plan, this.#held, begun, { state: 'failed', error })
      return
    }
    const { wait } = progress
    if (wait?.kind === 'call') {
      const name = callName(job, progress)
      const result = this.#results.get(name)
      if (!result) {
        this.isIdle = false
        const isFree = this.#held.underWay.size + this.calls.length < this.#maxCalls
        if (isFree) this.calls.push({ job, progress, name })
        // Left among the due ones, thousands of them would hide all others.
        else this.#plan.add(moveJob({ ...whereItStands(job), held: HELD.call }))
        return
      }
      this.#results.delete(name)
      this.#run(job, lead, progress, { kind: 'called', result })
      return
    }
    const isReply = reply !== undefined && wait?.kind === 'reply'
    this.#run(job, lead, progress, isReply ? { kind: 'reply', text: reply } : { kind: 'time' })
  }

  #run(job: Job, lead: Recipient, progress: Progress, input: Input): void {
    this.isIdle = false
    const view = {
      leadId: lead.lead,
      lead: leadScope(lead),
      ...given({ event: job.event }),
      now: this.#held.now,
    }
    const { format } = this.#held.active.portal
    this.#running.push({
      job,
      lead,
      state: begin(progress, view, format),
      where: { portalId: job.portalId, lineId: job.lineId },
      effects: [],
      input,
      isCounted: isCounted(job),
    })
  }

  async #settle(running: Running): Promise<void> {
    const { end } = this.#deps
    const { stop, state } = running
    const job = { ...running.job, position: state.progress.count }
    const one = { ...running, job }
    const problem = await end.carryOut(this.#plan, this.#held, one)
    if (problem) {
      // No trigger is started by what wasn't done.
      running.effects.splice(problem.done)
      return end.finish(this.#plan, this.#held, one, { state: 'failed', error: problem.fault })
    }
    if (stop?.kind === 'end') return end.finish(this.#plan, this.#held, one, { state: 'done' })
    if (stop?.kind === 'fail') {
      const error = { code: stop.code, message: stop.problem }
      return end.finish(this.#plan, this.#held, one, { state: 'failed', error })
    }
    if (stop?.kind !== 'wait') throw new TypeError('a machine has stopped nowhere')
    const { wait } = stop
    const kept: Kept = { ...state.progress, ...(one.isCounted ? { isCounted: true } : {}) }
    const isCalling = wait.kind === 'call'
    this.#plan.add(
      moveJob({
        id: job.id,
        state: isCalling ? 'running' : 'waiting',
        runAt: wait.until,
        attempt: job.attempt,
        position: state.progress.count,
        progress: JSON.stringify(kept),
        ...given({ scriptId: job.scriptId, scriptVersion: job.scriptVersion }),
      }),
    )
    if (isCalling && wait.until <= this.#held.now) {
      this.calls.push({ job, progress: state.progress, name: callName(job, state.progress) })
    }
  }
}

function readKept({ progress }: Job): Kept {
  return JSON.parse(progress ?? '{"frames":[],"count":0,"params":{}}') as Kept
}

export function isCounted(job: Job): boolean {
  return job.progress !== undefined && readKept(job).isCounted === true
}

/** Nothing of it changes but when it is looked at. */
function whereItStands(job: Job) {
  const { id, state, attempt, position, progress } = job
  return { id, state, attempt, position, ...given({ progress }) }
}
