import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { LANE_NUMBER } from '../outbox/messages.ts'
import { messagesByPile } from '../outbox/piles.ts'
import type { Broadcast, BroadcastConfig } from './broadcasts.ts'
import { HELD } from './jobs.ts'

/** `scheduled`: begins later. `running` holds the time in which its recipients are gathered, too. */
export type RunState = 'scheduled' | 'running' | 'paused' | 'done' | 'cancelled'

/** How far the recipients have come; each is counted once, so they add up to `total`. */
export interface RunCounts {
  readonly total: number
  readonly queued: number
  readonly sent: number
  readonly delivered: number
  readonly read: number
  readonly failed: number
  readonly skipped: number
  readonly blocked: number
  readonly outsideWindow: number
}

export interface Run {
  readonly id: number
  readonly lineId: number
  readonly portalId: string
  readonly broadcastId: number
  readonly state: RunState
  readonly config: BroadcastConfig
  readonly scriptId: number
  readonly scriptVersion: number
  readonly params: JsonObject
  /** The last recipient that was looked at. */
  readonly cursorLead: number
  readonly isExpanded: boolean
  /** When jobs were last let go. */
  readonly releasedAt?: number
  /** When the portal was last told how far it is. */
  readonly toldAt?: number
  readonly counts: RunCounts
  readonly createdAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
}

interface RunRow {
  id: number
  line_id: number
  portal_id: string
  broadcast_id: number
  state: RunState
  config: string
  script_id: number
  script_version: number
  params: string
  cursor_lead: number
  is_expanded: number
  released_at: number | null
  told_at: number | null
  total: number
  queued: number
  sent: number
  delivered: number
  read_count: number
  failed: number
  skipped: number
  blocked: number
  outside_window: number
  created_at: number
  started_at: number | null
  finished_at: number | null
}

const COUNT_COLUMNS: Readonly<Record<keyof RunCounts, string>> = {
  total: 'total',
  queued: 'queued',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read_count',
  failed: 'failed',
  skipped: 'skipped',
  blocked: 'blocked',
  outsideWindow: 'outside_window',
}

const RUN_COLUMNS = `id, line_id, portal_id, broadcast_id, state, config, script_id, script_version, params, cursor_lead,
  is_expanded, released_at, told_at, ${Object.values(COUNT_COLUMNS).join(', ')}, created_at, started_at, finished_at`

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    lineId: row.line_id,
    portalId: row.portal_id,
    broadcastId: row.broadcast_id,
    state: row.state,
    config: JSON.parse(row.config) as BroadcastConfig,
    scriptId: row.script_id,
    scriptVersion: row.script_version,
    params: JSON.parse(row.params) as JsonObject,
    cursorLead: row.cursor_lead,
    isExpanded: Boolean(row.is_expanded),
    counts: {
      total: row.total,
      queued: row.queued,
      sent: row.sent,
      delivered: row.delivered,
      read: row.read_count,
      failed: row.failed,
      skipped: row.skipped,
      blocked: row.blocked,
      outsideWindow: row.outside_window,
    },
    createdAt: row.created_at,
    ...given({
      releasedAt: row.released_at,
      toldAt: row.told_at,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
    }),
  }
}

export async function findRun(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  id: number,
): Promise<Run | undefined> {
  const [row] = await store.rows<RunRow>(
    `SELECT ${RUN_COLUMNS} FROM broadcast_run WHERE line_id = ? AND id = ?`,
    [lineId, id],
  )
  return row && toRun(row)
}

/** Runs of a broadcast, the latest first; those that were made before the run `before`. */
export async function listRuns(
  store: Pick<Transaction, 'rows'>,
  { broadcastId, before, limit }: RunPage,
): Promise<Run[]> {
  const rows = await store.rows<RunRow>(
    `SELECT ${RUN_COLUMNS} FROM broadcast_run WHERE broadcast_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
    [broadcastId, before ?? Number.MAX_SAFE_INTEGER, limit],
  )
  return rows.map(toRun)
}

export interface RunPage {
  readonly broadcastId: number
  readonly before?: number
  readonly limit: number
}

export async function readDueRuns(store: Store, lineId: number, now: number): Promise<Run[]> {
  const rows = await store.rows<RunRow>(
    `SELECT ${RUN_COLUMNS} FROM broadcast_run WHERE line_id = ? AND run_at <= ? ORDER BY run_at, id LIMIT 10`,
    [lineId, now],
  )
  return rows.map(toRun)
}

export async function readRuns(store: Store, ids: readonly number[]): Promise<Map<number, Run>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<RunRow>(
    `SELECT ${RUN_COLUMNS} FROM broadcast_run WHERE id IN ${marks(wanted.length)}`,
    wanted,
  )
  return new Map(rows.map((row) => [row.id, toRun(row)]))
}

export interface NewRun {
  readonly broadcast: Broadcast
  readonly scriptVersion: number
  readonly params: JsonObject
  readonly at: number
}

export function insertRun(
  { broadcast, scriptVersion, params, at }: NewRun,
  now: number,
): Statement {
  const { id, lineId, portalId, scriptId, config } = broadcast
  return {
    sql: `INSERT INTO broadcast_run (line_id, portal_id, broadcast_id, state, config, script_id, script_version, params, run_at,
      created_at) VALUES ${marks(10)}`,
    bindings: [
      lineId,
      portalId,
      id,
      'scheduled',
      JSON.stringify(config),
      scriptId,
      scriptVersion,
      JSON.stringify(params),
      at,
      now,
    ],
  }
}

/** What changes of a run. Absent: stays; `runAt: null`: nobody looks at it by time. */
export interface RunMove {
  readonly id: number
  readonly state?: RunState
  readonly runAt?: number | null
  readonly cursorLead?: number
  readonly isExpanded?: true
  readonly releasedAt?: number
  readonly toldAt?: number
  readonly startedAt?: number
  readonly finishedAt?: number
  /** How much each count rises or falls. */
  readonly counts?: Partial<RunCounts>
}

/** Only a run that is in one of `states`: what somebody has paused or cancelled meanwhile stays so. */
export function moveRun(move: RunMove, states: readonly RunState[]): Statement {
  const columns: Readonly<Record<string, unknown>> = {
    state: move.state,
    run_at: move.runAt,
    cursor_lead: move.cursorLead,
    is_expanded: move.isExpanded,
    released_at: move.releasedAt,
    told_at: move.toldAt,
    started_at: move.startedAt,
    finished_at: move.finishedAt,
  }
  const set = Object.entries(columns).filter(([, value]) => value !== undefined)
  const counts = Object.entries(move.counts ?? {}) as [keyof RunCounts, number][]
  const parts = [
    ...set.map(([column]) => `${column} = ?`),
    ...counts.map(([name]) => `${COUNT_COLUMNS[name]} = ${COUNT_COLUMNS[name]} + ?`),
  ]
  return {
    sql: `UPDATE broadcast_run SET ${parts.join(', ')} WHERE id = ? AND state IN ${marks(states.length)}`,
    bindings: [
      ...set.map(([, value]) => value),
      ...counts.map(([, value]) => value),
      move.id,
      ...states,
    ],
  }
}

/** A run of whose recipients none is queued any more has nothing to wait for. To be carried out behind what counts them. */
export function wakeDrainedRun(id: number, now: number): Statement {
  return {
    sql: `UPDATE broadcast_run SET run_at = ? WHERE id = ? AND state = 'running' AND is_expanded = 1 AND queued <= 0`,
    bindings: [now, id],
  }
}

/** Jobs of a run that its pace holds back, the first first. */
export async function readHeldJobs(store: Store, runId: number, limit: number): Promise<number[]> {
  const rows = await store.rows<{ id: number }>(
    `SELECT id FROM job WHERE run_id = ? AND held = ${HELD.run} ORDER BY id LIMIT ?`,
    [runId, limit],
  )
  return rows.map(({ id }) => id)
}

/** The jobs are due, those that have begun as well as those that haven't. */
export function releaseJobs(ids: readonly number[], now: number): Statement[] {
  if (ids.length === 0) return []
  return [
    {
      sql: `UPDATE job SET run_at = ?, held = ${HELD.none} WHERE id IN ${marks(ids.length)} AND held = ${HELD.run}`,
      bindings: [now, ...ids],
    },
  ]
}

/** Are there so many messages of the line's bulk lane that have not gone out yet? */
export async function hasBulkMessages(
  store: Store,
  lineId: number,
  count: number,
): Promise<boolean> {
  const rows = await store.rows(
    `SELECT seq FROM ${messagesByPile(store)} WHERE line_id = ? AND pile = ? LIMIT ?`,
    [lineId, LANE_NUMBER.bulk, count],
  )
  return rows.length >= count
}

/** Is there a job of the run that has not ended? */
export async function hasOpenJobs(store: Store, runId: number): Promise<boolean> {
  const [row] = await store.rows(
    'SELECT id FROM job WHERE run_id = ? AND finished_at IS NULL LIMIT 1',
    [runId],
  )
  return row !== undefined
}

/** Jobs of a run that have not ended. */
export async function readOpenJobs(
  store: Store,
  runId: number,
  limit: number,
): Promise<{ readonly id: number; readonly lead: number; readonly isCounted: boolean }[]> {
  const rows = await store.rows<{ id: number; lead: number; progress: string | null }>(
    'SELECT id, lead, progress FROM job WHERE run_id = ? AND finished_at IS NULL ORDER BY id LIMIT ?',
    [runId, limit],
  )
  return rows.map(({ id, lead, progress }) => ({
    ...{ id, lead },
    isCounted: progress !== null && /"isCounted":true/.test(progress),
  }))
}
