import type { BoundedMap } from '../../core/bounded-map.ts'
import { given } from '../../core/given.ts'
import { changeTags, leadScope, type Recipient, RecipientFullError } from '../../core/recipient.ts'
import { findBroadcast } from '../../db/communications/broadcasts.ts'
import { HELD, holdJobs, type Job, moveJob, readBusyLeads } from '../../db/communications/jobs.ts'
import { readLeads } from '../../db/communications/leads.ts'
import { insertRun, type Run, readRuns } from '../../db/communications/runs.ts'
import { findScriptOfPortal } from '../../db/communications/scripts.ts'
import { quietEnd } from '../schedule/quiet-hours.ts'
import { begin, newProgress } from '../script/machine.ts'
import type { CallResult, Effect, Input, Progress } from '../script/machine-types.ts'
import { Admission, type AdmissionDeps } from './admission.ts'
import { type Driven, drive } from './drive.ts'
import type { Begun, HowItEnded } from './job-end.ts'
import type { HeldLine } from './line-run.ts'
import type { Plan } from './plan.ts'
import type { Programs } from './programs.ts'

/** How a job is kept while it runs: where the machine stands, and what the engine knows beside that. */
interface Kept extends Progress {
  /** The person's answer that it has waited for. */
  readonly reply?: string
  /** A message of it counts for its recipient in the run. */
  readonly isCounted?: true
  /** The line of its script, where that is another one than its recipient's: codes are looked up there. */
  readonly home?: number
}

/** How a machine is set going. */
interface Beginning {
  readonly progress: Progress
  readonly input: Input
  /** What the job does before its first step. */
  readonly effects?: readonly Effect[]
  /** The recipient behind these. */
  readonly shown?: Recipient
  readonly home?: number
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
    await this.#deps.end.startTriggers(this.#plan, this.#held, this.#running)
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
    const admission = new Admission(this.#deps, this.#plan, this.#held, this.#leads)
    for (const job of await admission.admit(jobs)) {
      const begun = { ...job, attempt: job.attempt + 1 }
      const fault = await this.#beginOne(begun)
      if (!fault) continue
      const failed = { job: begun, isCounted: false }
      this.#deps.end.finish(this.#plan, this.#held, failed, { state: 'failed', error: fault })
    }
  }

  /** Gives why it can't begin. */
  async #beginOne(job: Job): Promise<HowItEnded['error']> {
    const lead = this.#leads.get(job.lead ?? 0)
    if (!lead) return NOBODY
    const script =
      job.scriptId === undefined
        ? undefined
        : await findScriptOfPortal(this.#deps.store, job.portalId, job.scriptId)
    const version = job.scriptVersion ?? script?.version
    if (job.scriptId === undefined || version === undefined) {
      return { code: 'HUB_UNKNOWN_SCRIPT', message: 'the script was deleted' }
    }
    const tagged = tag(job, lead)
    if ('problem' in tagged) return { code: 'HUB_RECIPIENT_FULL', message: tagged.problem }
    const home = script && script.lineId !== job.lineId ? script.lineId : undefined
    const progress = newProgress(job.scriptId, version, job.params)
    const beginning = { progress, input: { kind: 'go' } as const, ...tagged, ...given({ home }) }
    this.#run({ ...job, scriptVersion: version }, lead, beginning)
    return undefined
  }

  /** A job that was begun before. */
  #resume(job: Job): void {
    const { reply, isCounted: _, home, ...progress } = readKept(job)
    const lead = this.#leads.get(job.lead ?? 0)
    if (!lead) {
      this.isIdle = false
      const begun = { job, isCounted: isCounted(job) }
      this.#deps.end.finish(this.#plan, this.#held, begun, { state: 'failed', error: NOBODY })
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
      this.#run(job, lead, { progress, input: { kind: 'called', result }, ...given({ home }) })
      return
    }
    const isReply = reply !== undefined && wait?.kind === 'reply'
    const input: Input = isReply ? { kind: 'reply', text: reply } : { kind: 'time' }
    this.#run(job, lead, { progress, input, ...given({ home }) })
  }

  #run(
    job: Job,
    lead: Recipient,
    { progress, input, effects = [], shown = lead, home = job.lineId }: Beginning,
  ): void {
    this.isIdle = false
    const view = {
      leadId: lead.lead,
      lead: leadScope(shown),
      ...given({ event: job.event }),
      now: this.#held.now,
    }
    const { format } = this.#held.active.portal
    this.#running.push({
      job,
      lead,
      state: begin(progress, view, format),
      where: { portalId: job.portalId, lineId: home },
      effects: [...effects],
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
    const { lineId: home } = one.where
    const kept: Kept = {
      ...state.progress,
      ...(one.isCounted ? { isCounted: true } : {}),
      ...(home === job.lineId ? {} : { home }),
    }
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

const NOBODY = { code: 'HUB_UNKNOWN_RECIPIENT', message: 'the recipient is not there' }

/** The tags that come with a job are set when it begins. */
function tag(
  { plan }: Job,
  lead: Recipient,
):
  | { readonly shown: Recipient; readonly effects: readonly Effect[] }
  | { readonly problem: string } {
  const { addTags = [], removeTags = [] } = plan
  if (addTags.length + removeTags.length === 0) return { shown: lead, effects: [] }
  try {
    const tags = changeTags(lead.tags, { addTags, removeTags })
    return { shown: { ...lead, tags }, effects: [{ kind: 'change', addTags, removeTags }] }
  } catch (error) {
    if (error instanceof RecipientFullError) return { problem: error.message }
    throw error
  }
}

function readKept({ progress }: Job): Kept {
  return JSON.parse(progress ?? '{"frames":[],"count":0,"params":{}}') as Kept
}

/** A message of it counts for its recipient in the run. */
export function isCounted(job: Job): boolean {
  return job.progress !== undefined && readKept(job).isCounted === true
}

/** Nothing of it changes but when it is looked at. */
function whereItStands(job: Job) {
  const { id, state, attempt, position, progress } = job
  return { id, state, attempt, position, ...given({ progress }) }
}
