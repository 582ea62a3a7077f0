import { forUpdate } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { insertJobs, KEY_LIFE_MS, type NewJob } from './jobs.ts'
import { stirLineAt } from './lines.ts'

/** Schedules a job of a line that is followed. The same key within 24 h gives the job that has it. */
export async function scheduleJob(
  store: Store,
  job: NewJob,
  now: number,
): Promise<{ readonly id: number; readonly dueAt: number; readonly isNew: boolean }> {
  return await store.transaction(async (trx) => {
    // The lock keeps two calls with one key apart, and a holder from letting the line go without the job.
    await trx.rows(`SELECT line_id FROM comm_line WHERE line_id = ?${forUpdate(trx)}`, [job.lineId])
    const earlier = job.key === undefined ? undefined : await findByKey(trx, job, now)
    if (earlier) return { ...earlier, isNew: false }
    const [statement] = insertJobs([job], now)
    const { insertId: id } = await trx.run(statement?.sql ?? '', statement?.bindings ?? [])
    const { sql, bindings } = stirLineAt(job.lineId, job.runAt ?? job.dueAt)
    await trx.run(sql, bindings)
    return { id, dueAt: job.dueAt, isNew: true }
  })
}

async function findByKey(
  trx: Transaction,
  { lineId, key }: NewJob,
  now: number,
): Promise<{ id: number; dueAt: number } | undefined> {
  const [row] = await trx.rows<{ id: number; due_at: number; key_at: number }>(
    'SELECT id, due_at, key_at FROM job WHERE line_id = ? AND job_key = ?',
    [lineId, key],
  )
  if (row && row.key_at > now - KEY_LIFE_MS) return { id: row.id, dueAt: row.due_at }
  if (row) await trx.run('UPDATE job SET job_key = NULL WHERE id = ?', [row.id])
  return undefined
}
