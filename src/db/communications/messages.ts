import type { OutboxState } from '../../core/statuses.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import type { JobKind, JobPlan } from './jobs.ts'

/** A message of the outbox that the communications have sent. */
export interface CommMessage {
  readonly lineId: number
  /** Its number in the outbox. */
  readonly seq: number
  readonly lead: number
  readonly jobId?: number
  readonly runId?: number
  readonly taskId?: number
  /** Its recipient is counted in the run by it. */
  readonly isCounted: boolean
  readonly state: OutboxState
}

export interface SentMessage extends CommMessage {
  /** A trigger has sent it, or what a trigger has started. */
  readonly isOfTrigger: boolean
}

interface MessageRow {
  line_id: number
  seq: number
  lead: number
  job_id: number | null
  run_id: number | null
  task_id: number | null
  is_counted: number
  state: OutboxState
  job_kind: JobKind | null
  job_plan: string | null
}

export async function readCommMessages(
  store: Store,
  lineId: number,
  seqs: readonly number[],
): Promise<Map<number, SentMessage>> {
  if (seqs.length === 0) return new Map()
  const rows = await store.rows<MessageRow>(
    `SELECT m.line_id, m.seq, m.lead, m.job_id, m.run_id, m.task_id, m.is_counted, m.state, j.kind AS job_kind, j.plan AS job_plan
     FROM comm_message m LEFT JOIN job j ON j.id = m.job_id WHERE m.line_id = ? AND m.seq IN ${marks(seqs.length)}`,
    [lineId, ...seqs],
  )
  return new Map(
    rows.map((row) => [
      row.seq,
      {
        lineId: row.line_id,
        seq: row.seq,
        lead: row.lead,
        ...(row.job_id === null ? {} : { jobId: row.job_id }),
        ...(row.run_id === null ? {} : { runId: row.run_id }),
        ...(row.task_id === null ? {} : { taskId: row.task_id }),
        isCounted: Boolean(row.is_counted),
        state: row.state,
        isOfTrigger: row.job_kind === 'trigger' || depthOf(row.job_plan) > 0,
      },
    ]),
  )
}

function depthOf(plan: string | null): number {
  return plan === null ? 0 : ((JSON.parse(plan) as JobPlan).depth ?? 0)
}

export function insertCommMessages(
  messages: readonly Omit<CommMessage, 'state'>[],
  now: number,
): Statement[] {
  if (messages.length === 0) return []
  return [
    {
      sql: `INSERT INTO comm_message (line_id, seq, lead, job_id, run_id, task_id, is_counted, state, created_at)
        VALUES ${messages.map(() => marks(9)).join(', ')}`,
      bindings: messages.flatMap((one) => [
        one.lineId,
        one.seq,
        one.lead,
        one.jobId ?? null,
        one.runId ?? null,
        one.taskId ?? null,
        one.isCounted,
        'queued',
        now,
      ]),
    },
  ]
}

export function raiseCommMessage(lineId: number, seq: number, state: OutboxState): Statement {
  return {
    sql: 'UPDATE comm_message SET state = ? WHERE line_id = ? AND seq = ?',
    bindings: [state, lineId, seq],
  }
}
