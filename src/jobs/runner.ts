import { schedule } from 'node-cron'
import type { Clock } from '../core/clock.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { JobMeter, JobOutcome } from '../core/meters.ts'
import type { Job } from './job.ts'

export interface JobDeps {
  readonly clock: Clock
  readonly log: Log
  readonly lease: Lease
  readonly meter?: JobMeter
  /** The token of the process that runs the jobs of one process. */
  findHolder(): Promise<string | undefined>
  /** Calls `run` whenever a cron pattern says so. The default is node-cron. */
  readonly every?: (pattern: string, run: () => void) => { stop(): void | Promise<void> }
}

/**
 * Runs jobs by their schedules, each never twice at once: a time that comes while the last run is still on is passed over.
 * A job that fails is logged and waits for its next time. `stop` waits for what is under way, which is asked to end.
 */
export function startJobs(jobs: readonly Job[], deps: JobDeps): { stop(): Promise<void> } {
  const { every = schedule } = deps
  const stopping = new AbortController()
  const running = new Map<Job, Promise<void>>()
  const tasks = jobs.map((job) =>
    every(job.schedule, () => {
      if (stopping.signal.aborted) return
      if (running.has(job)) {
        deps.meter?.jobEnded(job.name, 'skipped', 0)
        return
      }
      running.set(
        job,
        runJob(job, deps, stopping.signal).finally(() => running.delete(job)),
      )
    }),
  )
  return {
    async stop() {
      stopping.abort()
      for (const task of tasks) await task.stop()
      await Promise.all(running.values())
    },
  }
}

/** Never rejects. */
async function runJob(job: Job, deps: JobDeps, signal: AbortSignal): Promise<void> {
  const { clock, meter } = deps
  const startedAt = clock.now()
  meter?.jobStarted(job.name)
  const outcome = await tryJob(job, deps, startedAt, signal)
  meter?.jobEnded(job.name, outcome, clock.now() - startedAt)
}

async function tryJob(
  job: Job,
  deps: JobDeps,
  startedAt: number,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { clock, log } = deps
  try {
    if (job.isForOneProcess && !(await isHolder(deps))) return 'elsewhere'
    const done = await job.work(signal)
    const durationMs = clock.now() - startedAt
    log.debug({ event: 'job.done', job: job.name, durationMs, ...done }, 'a job has run')
    return 'done'
  } catch (error) {
    log.warn(
      { event: 'job.failed', job: job.name, err: error },
      'a job failed, it runs again at its next time',
    )
    return 'failed'
  }
}

async function isHolder({ lease, findHolder }: JobDeps): Promise<boolean> {
  return lease.isAlive() && (await findHolder()) === lease.token
}
