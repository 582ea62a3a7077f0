import { forUpdate } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { insertJobs, type JobPlan, KEY_LIFE_MS, type NewJob } from './jobs.ts'
import { stirLineAt } from './lines.ts'

export interface Scheduled {
  readonly id: number
  readonly dueAt: number
  readonly isNew: boolean
  /** The job that has the key was asked for by another request. */
  readonly isOther?: true
}

/** Schedules a job of a line that is followed. The same key within 24 h gives the job that has it. */
export async function scheduleJob(store: Store, job: NewJob, now: number): Promise<Scheduled> {
  return await store.transaction(async (trx) => {
    // The lock keeps two calls with one key apart, and a holder from letting the line go without the job.
    await trx.rows(`SELECT line_id FROM comm_line WHERE line_id = ?${forUpdate(trx)}`, [job.lineId])
    const earlier = job.key === undefined ? undefined : await findByKey(trx, job, now)
    if (earlier) return earlier
    const [statement] = insertJobs([job], now)
    const { insertId: id } = await trx.run(statement?.sql ?? '', statement?.bindings ?? [])
    const { sql, bindings } = stirLineAt(job.lineId, job.runAt ?? job.dueAt)
    await trx.run(sql, bindings)
    return { id, dueAt: job.dueAt, isNew: true }
  })
}

async function findByKey(
  trx: Transaction,
  { lineId, key, plan }: NewJob,
  now: number,
): Promise<Scheduled | undefined> {
  const [row] = await trx.rows<KeyedRow>(
    'SELECT id, due_at, key_at, plan FROM job WHERE line_id = ? AND job_key = ?',
    [lineId, key],
  )
  if (row && row.key_at > now - KEY_LIFE_MS) {
    const earlier = row.plan === null ? {} : (JSON.parse(row.plan) as JobPlan)
    const dueAt = earlier.request?.dueAt ?? row.due_at
    const isOther = earlier.request?.digest !== plan.request?.digest
    return { id: row.id, dueAt, isNew: false, ...(isOther ? { isOther } : {}) }
  }
  if (row) await trx.run('UPDATE job SET job_key = NULL WHERE id = ?', [row.id])
  return undefined
}

interface KeyedRow {
  id: number
  due_at: number
  key_at: number
  plan: string | null
}
