import { given } from '../../core/given.ts'
import { jobId } from '../../core/ids.ts'
import { writeOwn } from '../../core/stored-event.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { prepareAppend } from '../inbox/append.ts'
import { stirLines } from '../inbox/followed.ts'
import { type Job, letJobsGo } from './jobs.ts'
import { turnLines } from './lines.ts'
import { moveRun } from './runs.ts'

/** What portals do to jobs that are under way. */
export interface JobControls {
  /** False if it had ended. */
  cancel(job: Job, now: number): Promise<boolean>
}

export function controlsOfJob(store: Store): JobControls {
  return { cancel: (job, now) => cancel(store, job, now) }
}

/** A holder's commit locks the same row of `comm_line`: it comes before this, or is planned anew and finds the job ended. */
async function cancel(store: Store, job: Job, now: number): Promise<boolean> {
  return await store.shortTransaction(async (runner) => {
    const event = writeOwn({
      type: 'job.finished',
      at: new Date(now).toISOString(),
      job: jobId(job.id),
      state: 'cancelled',
      ...given({ lead: job.lead }),
    })
    const append = await prepareAppend(
      runner,
      [{ lineId: job.lineId, events: [event] }],
      undefined,
      now,
    )
    const open = await lockOpen(runner, job)
    if (!open) return { statements: [], value: false }
    return {
      statements: [...append.statements, ...end(job, open.progress ?? '', now)],
      value: true,
    }
  })
}

interface OpenRow {
  progress: string | null
}

/** As it is now: since the job was looked up it may have ended, or have sent what its recipient is counted by. */
async function lockOpen(
  runner: StatementRunner,
  { id, lineId }: Job,
): Promise<OpenRow | undefined> {
  const [, found] = await runner.batch([
    {
      sql: lockRows(runner, 'SELECT line_id FROM comm_line WHERE line_id = ?'),
      bindings: [lineId],
    },
    { sql: 'SELECT progress FROM job WHERE id = ? AND finished_at IS NULL', bindings: [id] },
  ])
  return found?.rows[0] as OpenRow | undefined
}

function end({ id, lead, lineId, runId }: Job, progress: string, now: number): Statement[] {
  const isCounted = progress.includes('"isCounted":true')
  const counts = { queued: -1, skipped: 1 }
  return [
    {
      sql: `UPDATE job SET state = 'cancelled', run_at = NULL, held = 0, finished_at = ? WHERE id = ?`,
      bindings: [now, id],
    },
    ...(lead === undefined ? [] : letJobsGo([lead])),
    ...(runId === undefined || isCounted
      ? []
      : [moveRun({ id: runId, counts }, ['running', 'paused', 'cancelled'])]),
    turnLines([lineId]),
    ...stirLines([lineId], now),
  ]
}
