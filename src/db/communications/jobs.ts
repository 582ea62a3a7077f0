import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

export type JobState =
  | 'scheduled'
  | 'running'
  | 'waiting'
  | 'done'
  | 'skipped'
  | 'failed'
  | 'cancelled'
  | 'interrupted'

export type JobKind = 'script' | 'trigger' | 'broadcast'

/** What a job waits for, where that isn't time. Without `run_at` nobody looks at it until somebody lets it go. */
export const HELD = {
  /** Nothing. */
  none: 0,
  /** Another job of its recipient has to end. */
  recipient: 1,
  /** Its broadcast's run lets its jobs go at a pace. */
  run: 2,
  /** So many requests of its line are under way that its own has to wait. */
  call: 3,
} as const

/** When, how often and under which condition a job runs, and what else comes with it. */
export interface JobPlan {
  readonly periodSec?: number
  readonly cron?: string
  readonly timeZone?: string
  /** Epoch ms. */
  readonly until?: number
  /** JavaScript: asked when the job is due. */
  readonly condition?: string
  readonly addTags?: readonly string[]
  readonly removeTags?: readonly string[]
  /** Its condition wasn't met when it was scheduled: it ends as skipped. */
  readonly isRefused?: true
  /** How many jobs stand behind this one, each of which has caused the next. */
  readonly depth?: number
  /** Of one that another system has asked for: what it asked, as a digest, and the time that it was told. */
  readonly request?: { readonly digest: string; readonly dueAt: number }
}

export interface Job {
  readonly id: number
  readonly lineId: number
  readonly portalId: string
  /** Absent of one that starts a broadcast. */
  readonly lead?: number
  readonly kind: JobKind
  readonly scriptId?: number
  readonly scriptVersion?: number
  readonly triggerId?: number
  readonly broadcastId?: number
  readonly runId?: number
  readonly state: JobState
  readonly dueAt: number
  readonly held: number
  /** How often it was begun: 1 in its first run. */
  readonly attempt: number
  /** Steps done. */
  readonly position: number
  /** JSON of where it stands: src/communications/script/machine.ts. */
  readonly progress?: string
  readonly params: JsonObject
  readonly event?: JsonObject
  readonly plan: JobPlan
  readonly error?: { readonly code: string; readonly message: string }
  readonly createdAt: number
  readonly finishedAt?: number
}

interface JobRow {
  id: number
  line_id: number
  portal_id: string
  lead: number | null
  kind: JobKind
  script_id: number | null
  script_version: number | null
  trigger_id: number | null
  broadcast_id: number | null
  run_id: number | null
  state: JobState
  due_at: number
  held: number
  attempt: number
  position: number
  progress: string | null
  params: string
  event: string | null
  plan: string | null
  error_code: string | null
  error_message: string | null
  created_at: number
  finished_at: number | null
}

const COLUMNS = `id, line_id, portal_id, lead, kind, script_id, script_version, trigger_id, broadcast_id, run_id, state,
  due_at, held, attempt, position, progress, params, event, plan, error_code, error_message, created_at, finished_at`

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    lineId: row.line_id,
    portalId: row.portal_id,
    kind: row.kind,
    state: row.state,
    dueAt: row.due_at,
    held: row.held,
    attempt: row.attempt,
    position: row.position,
    params: JSON.parse(row.params) as JsonObject,
    plan: row.plan === null ? {} : (JSON.parse(row.plan) as JobPlan),
    createdAt: row.created_at,
    ...given({
      lead: row.lead,
      scriptId: row.script_id,
      scriptVersion: row.script_version,
      triggerId: row.trigger_id,
      broadcastId: row.broadcast_id,
      runId: row.run_id,
      progress: row.progress,
      event: row.event === null ? undefined : (JSON.parse(row.event) as JsonObject),
      finishedAt: row.finished_at,
    }),
    ...(row.error_code === null
      ? {}
      : { error: { code: row.error_code, message: row.error_message ?? '' } }),
  }
}

/** Jobs of a line that are due, those that have waited longest first. */
export async function readDueJobs(
  store: Store,
  lineId: number,
  now: number,
  limit: number,
): Promise<Job[]> {
  const rows = await store.rows<JobRow>(
    `SELECT ${COLUMNS} FROM job WHERE line_id = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?`,
    [lineId, now, limit],
  )
  return rows.map(toJob)
}

/** Jobs of a line whose requests wait for others to end, those that were scheduled first first. */
export async function readHeldCalls(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  limit: number,
): Promise<number[]> {
  const rows = await store.rows<{ id: number }>(
    `SELECT id FROM job WHERE line_id = ? AND state = 'running' AND held = ${HELD.call} ORDER BY id LIMIT ?`,
    [lineId, limit],
  )
  return rows.map(({ id }) => id)
}

export function releaseCalls(ids: readonly number[], now: number): Statement[] {
  if (ids.length === 0) return []
  return [
    {
      sql: `UPDATE job SET run_at = ?, held = ${HELD.none} WHERE id IN ${marks(ids.length)} AND held = ${HELD.call}`,
      bindings: [now, ...ids],
    },
  ]
}

/** Which of the recipients have a job that has begun and not ended. */
export async function readBusyLeads(
  store: Store,
  leads: readonly number[],
): Promise<Map<number, number>> {
  if (leads.length === 0) return new Map()
  const rows = await store.rows<{ lead: number; id: number }>(
    `SELECT lead, id FROM job WHERE lead IN ${marks(leads.length)} AND state IN ('running', 'waiting')`,
    leads,
  )
  return new Map(rows.map(({ lead, id }) => [lead, id]))
}

/** The jobs of these recipients that have begun and not ended. */
export async function readBegunJobs(store: Store, leads: readonly number[]): Promise<Job[]> {
  if (leads.length === 0) return []
  const rows = await store.rows<JobRow>(
    `SELECT ${COLUMNS} FROM job WHERE lead IN ${marks(leads.length)} AND state IN ('running', 'waiting') ORDER BY id`,
    leads,
  )
  return rows.map(toJob)
}

export async function findJob(
  store: Store,
  { lineId, id }: { readonly lineId: number; readonly id: number },
): Promise<Job | undefined> {
  const [row] = await store.rows<JobRow>(
    `SELECT ${COLUMNS} FROM job WHERE id = ? AND line_id = ?`,
    [id, lineId],
  )
  return row && toJob(row)
}

export interface JobSearch {
  readonly lineId: number
  readonly state?: JobState
  readonly lead?: number
  /** Jobs with a lower number: the newest come first. */
  readonly before?: number
  readonly limit: number
}

/** Jobs of a line, the newest first. */
export async function listJobs(store: Store, search: JobSearch): Promise<Job[]> {
  const { lineId, state, lead, before, limit } = search
  const filters = [
    ...(state === undefined ? [] : [{ sql: 'state = ?', value: state }]),
    ...(lead === undefined ? [] : [{ sql: 'lead = ?', value: lead }]),
    ...(before === undefined ? [] : [{ sql: 'id < ?', value: before }]),
  ]
  const rows = await store.rows<JobRow>(
    `SELECT ${COLUMNS} FROM job WHERE line_id = ?${filters.map(({ sql }) => ` AND ${sql}`).join('')}
     ORDER BY id DESC LIMIT ?`,
    [lineId, ...filters.map(({ value }) => value), limit],
  )
  return rows.map(toJob)
}

export interface NewJob {
  readonly lineId: number
  readonly portalId: string
  readonly lead?: number
  readonly kind: JobKind
  readonly scriptId?: number
  readonly scriptVersion?: number
  readonly triggerId?: number
  readonly broadcastId?: number
  readonly runId?: number
  readonly dueAt: number
  /** When it is to be looked at, if that isn't when it is due. */
  readonly runAt?: number
  readonly held?: number
  readonly params: JsonObject
  readonly event?: JsonObject
  readonly plan: JobPlan
  readonly key?: string
}

const NEW_COLUMNS = `line_id, portal_id, lead, kind, script_id, script_version, trigger_id, broadcast_id, run_id, state,
  due_at, run_at, held, params, event, plan, job_key, key_at, created_at`
const NEW_WIDTH = 19

/** `verb`: INSERT INTO, or one that passes over recipients that the run has already. */
export function insertJobs(
  jobs: readonly NewJob[],
  now: number,
  verb = 'INSERT INTO',
): Statement[] {
  const statements: Statement[] = []
  for (let from = 0; from < jobs.length; from += MAX_ROWS) {
    const part = jobs.slice(from, from + MAX_ROWS)
    const values = Array(part.length).fill(marks(NEW_WIDTH)).join(', ')
    const bindings = part.flatMap((job) => toValues(job, now))
    statements.push({ sql: `${verb} job (${NEW_COLUMNS}) VALUES ${values}`, bindings })
  }
  return statements
}

const MAX_ROWS = 500

/** How long a key stands for its job. */
export const KEY_LIFE_MS = 24 * 3600 * 1000

/** Jobs with keys: one whose key stands for a job already is passed over. */
export function insertKeyedJobs(jobs: readonly NewJob[], now: number, verb: string): Statement[] {
  return jobs.flatMap((job) => [
    {
      sql: 'UPDATE job SET job_key = NULL WHERE line_id = ? AND job_key = ? AND key_at <= ?',
      bindings: [job.lineId, job.key, now - KEY_LIFE_MS],
    },
    ...insertJobs([job], now, verb),
  ])
}

function toValues(job: NewJob, now: number): unknown[] {
  const { held = HELD.none, plan } = job
  return [
    job.lineId,
    job.portalId,
    job.lead ?? null,
    job.kind,
    job.scriptId ?? null,
    job.scriptVersion ?? null,
    job.triggerId ?? null,
    job.broadcastId ?? null,
    job.runId ?? null,
    'scheduled',
    job.dueAt,
    held === HELD.none ? (job.runAt ?? job.dueAt) : null,
    held,
    JSON.stringify(job.params),
    job.event === undefined ? null : JSON.stringify(job.event),
    Object.keys(plan).length === 0 ? null : JSON.stringify(plan),
    job.key ?? null,
    job.key === undefined ? null : now,
    now,
  ]
}

/** What changes of a job when it has gone on. */
export interface JobMove {
  readonly id: number
  readonly state: JobState
  /** When it is to be looked at next; absent: not by time. */
  readonly runAt?: number
  readonly dueAt?: number
  readonly held?: number
  readonly attempt: number
  readonly position: number
  readonly progress?: string
  readonly scriptId?: number
  /** Null: its next beginning chooses the version anew. */
  readonly scriptVersion?: number | null
  readonly error?: { readonly code: string; readonly message: string }
  readonly finishedAt?: number
}

const MAX_ERROR = 500

export function moveJob(move: JobMove): Statement {
  const { error, scriptVersion } = move
  return {
    sql: `UPDATE job SET state = ?, run_at = ?, due_at = COALESCE(?, due_at), held = ?, attempt = ?, position = ?, progress = ?,
      script_id = COALESCE(?, script_id), script_version = ${scriptVersion === null ? '?' : 'COALESCE(?, script_version)'},
      error_code = ?, error_message = ?,
      finished_at = ? WHERE id = ? AND state IN ('scheduled', 'running', 'waiting')`,
    bindings: [
      move.state,
      move.runAt ?? null,
      move.dueAt ?? null,
      move.held ?? HELD.none,
      move.attempt,
      move.position,
      move.progress ?? null,
      move.scriptId ?? null,
      scriptVersion ?? null,
      error?.code ?? null,
      error ? error.message.slice(0, MAX_ERROR) : null,
      move.finishedAt ?? null,
      move.id,
    ],
  }
}

/** Jobs that have to wait until their recipient has no other under way. */
export function holdJobs(ids: readonly number[]): Statement[] {
  if (ids.length === 0) return []
  return [
    {
      sql: `UPDATE job SET run_at = NULL, held = ${HELD.recipient} WHERE id IN ${marks(ids.length)}`,
      bindings: ids,
    },
  ]
}

/** The recipients are free: what has waited for that is due again, in its order. */
export function letJobsGo(leads: readonly number[]): Statement[] {
  if (leads.length === 0) return []
  const ordered = [...new Set(leads)].sort((a, b) => a - b)
  return [
    {
      sql: `UPDATE job SET run_at = due_at, held = ${HELD.none}
        WHERE lead IN ${marks(ordered.length)} AND state = 'scheduled' AND held = ${HELD.recipient}`,
      bindings: ordered,
    },
  ]
}

/** The person has answered: the job goes on with that, before anything of it that is due later. */
export function resumeWithReply(job: Job, text: string, now: number): Statement {
  const progress = { ...(JSON.parse(job.progress ?? '{}') as JsonObject), reply: text }
  return {
    sql: `UPDATE job SET state = 'running', run_at = ?, progress = ? WHERE id = ? AND state = 'waiting'`,
    bindings: [now, JSON.stringify(progress), job.id],
  }
}
