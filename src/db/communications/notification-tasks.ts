import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { TASK_STATES } from '../../core/shapes/notification.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import type { SlotConfig } from './notification-slots.ts'

export type TaskState = (typeof TASK_STATES)[number]

/** How a task stands, as its portal and its caller read it. */
export interface TaskResult {
  readonly description: string
  readonly channel_response?: unknown
}

/** One message that another system has asked for. */
export interface Task {
  readonly id: number
  readonly slotId: number
  readonly lineId: number
  readonly portalId: string
  readonly chatId: string
  readonly state: TaskState
  readonly result?: TaskResult
  readonly isUrgent: boolean
  /** The body. */
  readonly request: JsonObject
  /** The slot as it was when the request came. */
  readonly config: SlotConfig
  /** What its scripts get as params; absent until its message was put into the outbox. */
  readonly context?: JsonObject
  readonly runAt?: number
  readonly createdAt: number
}

interface TaskRow {
  id: number
  slot_id: number
  line_id: number
  portal_id: string
  chat_id: string
  state: TaskState
  result: string | null
  is_urgent: number
  request: string
  config: string
  context: string | null
  run_at: number | null
  created_at: number
}

const COLUMNS =
  'id, slot_id, line_id, portal_id, chat_id, state, result, is_urgent, request, config, context, run_at, created_at'

function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    slotId: row.slot_id,
    lineId: row.line_id,
    portalId: row.portal_id,
    chatId: row.chat_id,
    state: row.state,
    isUrgent: Boolean(row.is_urgent),
    request: JSON.parse(row.request) as JsonObject,
    config: JSON.parse(row.config) as SlotConfig,
    createdAt: row.created_at,
    ...given({
      result: row.result === null ? undefined : (JSON.parse(row.result) as TaskResult),
      runAt: row.run_at,
    }),
    ...(row.context === null ? {} : { context: JSON.parse(row.context) as JsonObject }),
  }
}

/** Those that have waited longest first. */
export async function readDueTasks(
  store: Store,
  lineId: number,
  now: number,
  limit: number,
): Promise<Task[]> {
  const rows = await store.rows<TaskRow>(
    `SELECT ${COLUMNS} FROM notification_task WHERE line_id = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?`,
    [lineId, now, limit],
  )
  return rows.map(toTask)
}

/** By their numbers. */
export async function readTasks(store: Store, ids: readonly number[]): Promise<Task[]> {
  if (ids.length === 0) return []
  const rows = await store.rows<TaskRow>(
    `SELECT ${COLUMNS} FROM notification_task WHERE id IN ${marks(ids.length)} ORDER BY id`,
    ids,
  )
  return rows.map(toTask)
}

/** Of these chats those that the channel has taken and nobody has heard of since. */
export async function readSentTasks(
  store: Store,
  lineId: number,
  chatIds: readonly string[],
): Promise<Task[]> {
  if (chatIds.length === 0) return []
  const rows = await store.rows<TaskRow>(
    `SELECT ${COLUMNS} FROM notification_task
     WHERE line_id = ? AND chat_id IN ${marks(chatIds.length)} AND state = 'sent' ORDER BY id`,
    [lineId, ...chatIds],
  )
  return rows.map(toTask)
}

/** As its slot's callers may see it. */
export async function findTask(
  store: Store,
  { id, slotId }: { readonly id: number; readonly slotId: number },
): Promise<Task | undefined> {
  const [row] = await store.rows<TaskRow>(
    `SELECT ${COLUMNS} FROM notification_task WHERE id = ? AND slot_id = ?`,
    [id, slotId],
  )
  return row && toTask(row)
}

/** Its message goes into the outbox in the same commit. `lookAt`: when nobody has heard of it until then, something is wrong. */
export function noteTaskSent(id: number, context: JsonObject, lookAt: number): Statement {
  return {
    sql: `UPDATE notification_task SET context = ?, run_at = ? WHERE id = ? AND state = 'queued'`,
    bindings: [JSON.stringify(context), lookAt, id],
  }
}

/** It waits until its dialog is closed. */
export function holdTasks(ids: readonly number[]): Statement[] {
  if (ids.length === 0) return []
  const sql = `UPDATE notification_task SET run_at = NULL WHERE id IN ${marks(ids.length)}`
  return [{ sql, bindings: ids }]
}

/** Nobody talks in these chats any more: what has waited for that is due. */
export function letTasksGo(lineId: number, chatIds: readonly string[], now: number): Statement[] {
  if (chatIds.length === 0) return []
  return [
    {
      sql: `UPDATE notification_task SET run_at = ?
        WHERE line_id = ? AND chat_id IN ${marks(chatIds.length)} AND state = 'queued' AND run_at IS NULL`,
      bindings: [now, lineId, ...chatIds],
    },
  ]
}

/** A task ends once: one that has ended stays as it is. */
export function moveTask(
  {
    id,
    state,
    result,
  }: { readonly id: number; readonly state: TaskState; readonly result: TaskResult },
  now: number,
): Statement {
  return {
    sql: `UPDATE notification_task SET state = ?, result = ?, run_at = NULL, finished_at = ?
      WHERE id = ? AND state IN ('queued', 'sent')`,
    bindings: [state, JSON.stringify(result), state === 'sent' ? null : now, id],
  }
}
