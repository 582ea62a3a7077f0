import { given } from '../../core/given.ts'
import { jobId } from '../../core/ids.ts'
import { writeStored } from '../../core/stored-event.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { forUpdate } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { prepareAppend } from '../inbox/append.ts'
import { insertJobs, type NewJob } from './jobs.ts'
import { stirLineAt } from './lines.ts'

const KEY_LIFE_MS = 24 * 3600 * 1000

/**
 * Schedules a job of a line that is followed. The same key within 24 h gives the job that has it. `isSkipped`: its condition isn't
 * met, so that it has ended before it began.
 */
export async function scheduleJob(
  store: Store,
  { job, isSkipped }: { readonly job: NewJob; readonly isSkipped: boolean },
  now: number,
): Promise<{ readonly id: number; readonly dueAt: number; readonly isNew: boolean }> {
  return await store.transaction(async (trx) => {
    const told = isSkipped ? await prepareEnd(trx, job, now) : undefined
    // The lock keeps two calls with one key apart, and a holder from letting the line go without the job.
    await trx.rows(`SELECT line_id FROM comm_line WHERE line_id = ?${forUpdate(trx)}`, [job.lineId])
    const earlier = job.key === undefined ? undefined : await findByKey(trx, job, now)
    if (earlier) return { ...earlier, isNew: false }
    const [statement] = insertJobs([job], now)
    const { insertId: id } = await trx.run(statement?.sql ?? '', statement?.bindings ?? [])
    if (isSkipped) {
      await trx.run("UPDATE job SET state = 'skipped', run_at = NULL, finished_at = ? WHERE id = ?", [
        now,
        id,
      ])
      await trx.batch(told?.(id) ?? [])
    } else {
      const { sql, bindings } = stirLineAt(job.lineId, job.dueAt)
      await trx.run(sql, bindings)
    }
    return { id, dueAt: job.dueAt, isNew: true }
  })
}

/** The portal is told that the job has ended. Locks the line's row of the inbox, which comes before that of its communications. */
async function prepareEnd(
  trx: Transaction,
  { lineId, lead }: NewJob,
  now: number,
): Promise<(id: number) => readonly Statement[]> {
  const event = {
    type: 'job.finished' as const,
    at: new Date(now).toISOString(),
    job: NAME,
    state: 'skipped' as const,
    ...given({ lead }),
  }
  const update = { lineId, events: [writeStored(event)] }
  const { statements } = await prepareAppend(trx, [update], undefined, now)
  return (id) =>
    statements.map(({ sql, bindings }) => ({
      sql,
      bindings: bindings.map((value) =>
        typeof value === 'string' ? value.replace(NAME, jobId(id)) : value,
      ),
    }))
}

/** In the place of a number that only the store knows. */
const NAME = 'job_?'

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
