import type { Finish, Statement, StatementRunner } from '../engine/short-transaction.ts'
import { lockRows, markRows, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { stirLines } from '../inbox/followed.ts'
import { insertRecipients } from '../recipients/rows.ts'

/** A request to a slot, to be kept. Its line is followed. */
export interface NewTask {
  readonly slotId: number
  readonly lineId: number
  readonly portalId: string
  readonly chatId: string
  readonly isUrgent: boolean
  /** JSON of the body. */
  readonly request: string
  /** JSON of the slot. */
  readonly config: string
  /** The caller's own name of the request. */
  readonly key?: string
}

export type AcceptOutcome =
  | { readonly kind: 'accepted'; readonly id: number }
  /** The key was used for another body in the last 24 h. */
  | { readonly kind: 'key-reused' }
  /** The line went away meanwhile. */
  | { readonly kind: 'gone' }

const KEY_LIFE_MS = 24 * 3600 * 1000

/**
 * Keeps requests, and makes the recipients that are new. The rows of `comm_line` are locked first: they put those of one line in
 * order, and a holder that lets the line go sees what was put in.
 */
export async function acceptTasks(
  store: Store,
  tasks: readonly NewTask[],
  now: number,
): Promise<AcceptOutcome[]> {
  return await store.shortTransaction((runner) => prepare(runner, tasks, now), {
    failsWhenLocked: true,
  })
}

interface KeyedRow {
  id: number
  slot_id: number
  request_key: string
  request: string
  created_at: number
}

async function prepare(
  runner: StatementRunner,
  tasks: readonly NewTask[],
  now: number,
): Promise<Finish<AcceptOutcome[]>> {
  const keyed = tasks.filter(({ key }) => key !== undefined)
  const [locked, last, found] = await runner.batch([
    lockLines(runner, tasks),
    { sql: 'SELECT COALESCE(MAX(id), 0) AS id FROM notification_task', bindings: [] },
    ...(keyed.length > 0 ? [selectKeys(keyed)] : []),
  ])
  const lines = new Set(((locked?.rows ?? []) as { line_id: number }[]).map((row) => row.line_id))
  const [{ id: before } = { id: 0 }] = (last?.rows ?? []) as { id: number }[]
  const rows = (found?.rows ?? []) as KeyedRow[]
  const isOld = ({ created_at: at }: KeyedRow): boolean => at <= now - KEY_LIFE_MS
  const known = new Map<string, { readonly request: string; readonly id: () => number }>(
    rows
      .filter((row) => !isOld(row))
      .map((row) => [nameOf(row.slot_id, row.request_key), { ...row, id: () => row.id }]),
  )
  const added: NewTask[] = []
  const ids: number[] = []
  const outcomes = tasks.map((task): (() => AcceptOutcome) => {
    if (!lines.has(task.lineId)) return () => ({ kind: 'gone' })
    const name = task.key === undefined ? undefined : nameOf(task.slotId, task.key)
    const earlier = name === undefined ? undefined : known.get(name)
    if (earlier) {
      const isSame = earlier.request === task.request
      return () => (isSame ? { kind: 'accepted', id: earlier.id() } : { kind: 'key-reused' })
    }
    const index = added.push(task) - 1
    const id = (): number => ids[index] ?? 0
    if (name !== undefined) known.set(name, { request: task.request, id })
    return () => ({ kind: 'accepted', id: id() })
  })
  if (added.length > 0) {
    ids.push(...(await insertTasks(runner, added, { before, old: rows.filter(isOld), now })))
  }
  return {
    statements: [
      ...stirLines(
        added.map(({ lineId }) => lineId),
        now,
      ),
      ...insertRecipients(
        runner,
        added.map(({ lineId, portalId, chatId }) => ({ lineId, portalId, chatId })),
        now,
      ),
    ],
    value: outcomes.map((outcome) => outcome()),
  }
}

/** Gives their numbers. Nobody else puts tasks of these lines in meanwhile, so what is behind `before` is theirs, in order. */
async function insertTasks(
  runner: StatementRunner,
  tasks: readonly NewTask[],
  { before, old, now }: { before: number; old: readonly KeyedRow[]; now: number },
): Promise<number[]> {
  const lineIds = [...new Set(tasks.map(({ lineId }) => lineId))]
  const outcomes = await runner.batch([
    ...old.map(({ id }) => ({
      sql: 'UPDATE notification_task SET request_key = NULL WHERE id = ?',
      bindings: [id],
    })),
    {
      sql: `INSERT INTO notification_task
        (slot_id, line_id, portal_id, chat_id, state, is_urgent, request, config, request_key, run_at, created_at)
        VALUES ${markRows(tasks.length, 11)}`,
      bindings: tasks.flatMap((task) => [
        ...[task.slotId, task.lineId, task.portalId, task.chatId, 'queued', task.isUrgent],
        ...[task.request, task.config, task.key ?? null, now, now],
      ]),
    },
    {
      sql: `SELECT id FROM notification_task WHERE id > ? AND line_id IN ${marks(lineIds.length)} ORDER BY id`,
      bindings: [before, ...lineIds],
    },
  ])
  return ((outcomes.at(-1)?.rows ?? []) as { id: number }[]).map(({ id }) => id)
}

function nameOf(slotId: number, key: string): string {
  return `${slotId}:${key}`
}

function lockLines(runner: StatementRunner, tasks: readonly NewTask[]): Statement {
  const ids = [...new Set(tasks.map(({ lineId }) => lineId))].sort((a, b) => a - b)
  return {
    sql: lockRows(
      runner,
      `SELECT line_id FROM comm_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id`,
    ),
    bindings: ids,
  }
}

function selectKeys(tasks: readonly NewTask[]): Statement {
  return {
    sql: `SELECT id, slot_id, request_key, request, created_at FROM notification_task
      WHERE ${tasks.map(() => '(slot_id = ? AND request_key = ?)').join(' OR ')}`,
    bindings: tasks.flatMap(({ slotId, key }) => [slotId, key]),
  }
}
