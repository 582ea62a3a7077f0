import { badCursor } from '../../core/cursor.ts'
import { HubError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { jobId, parseJobId } from '../../core/ids.ts'
import type { LinePlace } from '../../core/line-place.ts'
import { leadScope } from '../../core/recipient.ts'
import type { JobParams } from '../../core/shapes/job.ts'
import { findBroadcastCode } from '../../db/communications/broadcasts.ts'
import { controlsOfJob } from '../../db/communications/job-controls.ts'
import {
  findJob,
  type Job,
  type JobState,
  listJobs,
  type NewJob,
} from '../../db/communications/jobs.ts'
import { readLeads } from '../../db/communications/leads.ts'
import { scheduleJob } from '../../db/communications/schedule.ts'
import { codesOf, findScript } from '../../db/communications/scripts.ts'
import { findTrigger } from '../../db/communications/triggers.ts'
import { planJob, UnknownThingError } from '../jobs/job-planner.ts'
import { DEFAULT_LIMIT, follow, iso, type OperationDeps, type Paging, unknown } from './place.ts'

export interface JobView {
  readonly id: string
  readonly state: JobState
  readonly dueAt: string
  readonly attempt: number
  readonly position: number
  readonly lead?: number
  readonly script?: string | number
  readonly trigger?: number
  readonly broadcast?: string
  readonly error?: { readonly code: string; readonly message: string }
  readonly createdAt: string
  readonly finishedAt?: string
}

/** The request by which another system schedules a job. */
export interface JobOrigin {
  /** Of its body. */
  readonly digest: string
  readonly key?: string
  /** Nothing of the portal's other lines may be named. */
  readonly isOfLine?: true
}

/** What can be done with jobs. Throws ParamsError, HubError `HUB_UNKNOWN_JOB`, `HUB_WRONG_STATE`; StoreUnavailableError. */
export class JobOperations {
  readonly #deps: OperationDeps

  constructor(deps: OperationDeps) {
    this.#deps = deps
  }

  /** The same `key` within 24 h gives the same job. Throws HubError `HUB_KEY_REUSED` if that was asked for by another request. */
  async schedule(
    place: LinePlace,
    params: JobParams,
    origin?: JobOrigin,
  ): Promise<{ readonly id: string; readonly dueAt: string }> {
    const { store, clock, sandbox, recipientBook, wake } = this.#deps
    const { condition: source } = params
    const problem =
      source === undefined ? undefined : (await sandbox.check([{ kind: 'code', source }]))[0]
    const faults = problem ? [{ field: 'condition', problem }] : []
    if (source !== undefined || params.person !== undefined) await recipientBook.flush()
    const now = clock.now()
    const planned = await planJob(store, place, params, { now, faults })
    if (origin?.isOfLine) await this.#requireLine(place, planned, params)
    const job = origin ? withOrigin(planned, origin) : planned
    await follow(this.#deps, { ...place, lineId: job.lineId })
    const isMet = await this.#meetsCondition(job, now)
    const refused = { ...job, runAt: now, plan: { ...job.plan, isRefused: true as const } }
    const { id, dueAt, isOther } = await scheduleJob(store, isMet ? job : refused, now)
    if (isOther) throw new HubError('HUB_KEY_REUSED', 'the key was used for another request')
    wake(job.lineId)
    return { id: jobId(id), dueAt: iso(dueAt) }
  }

  /** What belongs to another line of the portal counts as not there. */
  async #requireLine({ lineId }: LinePlace, job: NewJob, params: JobParams): Promise<void> {
    const { store } = this.#deps
    const unknownThing = (field: string) =>
      new UnknownThingError([{ field, problem: `there is no such ${field}` }])
    if (job.lineId !== lineId) throw unknownThing('lead')
    const { script, trigger } = params
    if (script !== undefined && !(await findScript(store, lineId, script)))
      throw unknownThing('script')
    if (trigger !== undefined && !(await findTrigger(store, lineId, trigger)))
      throw unknownThing('trigger')
  }

  /** A condition that fails by itself is one that isn't met: the job says so when it is due. */
  async #meetsCondition(job: NewJob, now: number): Promise<boolean> {
    const { condition } = job.plan
    if (condition === undefined) return true
    const lead =
      job.lead === undefined
        ? undefined
        : (await readLeads(this.#deps.store, [job.lead])).get(job.lead)
    const scope = { lead: lead ? leadScope(lead) : {}, params: job.params, now }
    const [outcome] = await this.#deps.sandbox.run([{ kind: 'condition', code: condition, scope }])
    return outcome?.ok !== true || outcome.value === true
  }

  async get(place: LinePlace, id: string): Promise<JobView> {
    const [view] = await this.#views([await this.#find(place, id)])
    if (!view) throw unknown('HUB_UNKNOWN_JOB', 'job')
    return view
  }

  async #find({ lineId }: LinePlace, id: string): Promise<Job> {
    const number = parseJobId(id)
    const job =
      number === undefined ? undefined : await findJob(this.#deps.store, { lineId, id: number })
    if (!job) throw unknown('HUB_UNKNOWN_JOB', 'job')
    return job
  }

  /** A job that has ended can't be cancelled; of one that repeats, all further times are. */
  async cancel(place: LinePlace, id: string): Promise<JobView> {
    const { store, clock, wake } = this.#deps
    const job = await this.#find(place, id)
    const isCancelled = await controlsOfJob(store).cancel(job, clock.now())
    if (!isCancelled && (await this.#find(place, id)).state !== 'cancelled') {
      throw new HubError('HUB_WRONG_STATE', 'the job has ended already')
    }
    wake(place.lineId)
    return await this.get(place, id)
  }

  async list(
    { lineId }: LinePlace,
    search: Paging & {
      readonly state?: JobState | undefined
      readonly lead?: number | undefined
    },
  ): Promise<{ readonly items: readonly JobView[]; readonly cursor?: string }> {
    const { limit = DEFAULT_LIMIT, cursor, state, lead } = search
    const before = cursor === undefined ? undefined : parseJobId(cursor)
    if (cursor !== undefined && before === undefined) {
      throw badCursor()
    }
    const found = await listJobs(this.#deps.store, {
      lineId,
      limit: limit + 1,
      ...given({ state, lead, before }),
    })
    const items = await this.#views(found.slice(0, limit))
    return { items, ...given({ cursor: found.length > limit ? items.at(-1)?.id : undefined }) }
  }

  async #views(jobs: readonly Job[]): Promise<JobView[]> {
    const { store } = this.#deps
    const scripts = await codesOf(
      store,
      jobs.flatMap(({ scriptId }) => (scriptId === undefined ? [] : [scriptId])),
    )
    const broadcasts = new Map<number, string>()
    for (const { broadcastId } of jobs) {
      if (broadcastId === undefined || broadcasts.has(broadcastId)) continue
      broadcasts.set(broadcastId, (await findBroadcastCode(store, broadcastId)) ?? `${broadcastId}`)
    }
    return jobs.map((job) => toView(job, { scripts, broadcasts }))
  }
}

function withOrigin(job: NewJob, { key, digest }: JobOrigin): NewJob {
  const plan = { ...job.plan, request: { digest, dueAt: job.dueAt } }
  return { ...job, plan, ...given({ key }) }
}

function toView(
  job: Job,
  codes: {
    readonly scripts: ReadonlyMap<number, string>
    readonly broadcasts: ReadonlyMap<number, string>
  },
): JobView {
  const { scriptId, broadcastId = 0, lead, triggerId: trigger, error, finishedAt } = job
  return {
    id: jobId(job.id),
    state: job.state,
    dueAt: iso(job.dueAt),
    attempt: job.attempt,
    position: job.position,
    ...given({
      lead,
      script: codes.scripts.get(scriptId ?? 0) ?? scriptId,
      trigger,
      broadcast: codes.broadcasts.get(broadcastId),
      error,
    }),
    createdAt: iso(job.createdAt),
    ...(finishedAt === undefined ? {} : { finishedAt: iso(finishedAt) }),
  }
}
