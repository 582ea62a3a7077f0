import { given } from '../../core/given.ts'
import type { Statement } from '../engine/short-transaction.ts'
import { marks, onDuplicateSet } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

export interface Trigger {
  readonly id: number
  readonly lineId: number
  readonly portalId: string
  readonly code: string
  readonly name?: string
  /** Event types, `tag:<name>`, `text:<word>`, `first`, `dialog.opened`, `dialog.closed`, `api`. */
  readonly on: readonly string[]
  readonly condition?: string
  readonly scriptId: number
  /** The script is its own and has no code. */
  readonly hasSteps: boolean
  readonly cooldownSec?: number
  readonly isEnabled: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

interface TriggerRow {
  id: number
  line_id: number
  portal_id: string
  code: string
  name: string | null
  starts_on: string
  condition_code: string | null
  script_id: number
  has_steps: number
  cooldown_sec: number | null
  is_enabled: number
  created_at: number
  updated_at: number
}

const COLUMNS = `id, line_id, portal_id, code, name, starts_on, condition_code, script_id, has_steps, cooldown_sec, is_enabled,
  created_at, updated_at`

function toTrigger(row: TriggerRow): Trigger {
  return {
    id: row.id,
    lineId: row.line_id,
    portalId: row.portal_id,
    code: row.code,
    on: JSON.parse(row.starts_on) as string[],
    scriptId: row.script_id,
    hasSteps: Boolean(row.has_steps),
    isEnabled: Boolean(row.is_enabled),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...given({
      name: row.name,
      condition: row.condition_code,
      cooldownSec: row.cooldown_sec,
    }),
  }
}

export async function findTrigger(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  ref: number | string,
): Promise<Trigger | undefined> {
  const column = typeof ref === 'number' ? 'id' : 'code'
  const [row] = await store.rows<TriggerRow>(
    `SELECT ${COLUMNS} FROM comm_trigger WHERE line_id = ? AND ${column} = ?`,
    [lineId, ref],
  )
  return row && toTrigger(row)
}

export async function readTriggers(
  store: Pick<Transaction, 'rows'>,
  ids: readonly number[],
): Promise<Map<number, Trigger>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<TriggerRow>(
    `SELECT ${COLUMNS} FROM comm_trigger WHERE id IN ${marks(wanted.length)}`,
    wanted,
  )
  return new Map(rows.map((row) => [row.id, toTrigger(row)]))
}

/** A trigger of any line of the portal. */
export async function findTriggerOfPortal(
  store: Pick<Transaction, 'rows'>,
  portalId: string,
  id: number,
): Promise<Trigger | undefined> {
  const [row] = await store.rows<TriggerRow>(
    `SELECT ${COLUMNS} FROM comm_trigger WHERE portal_id = ? AND id = ?`,
    [portalId, id],
  )
  return row && toTrigger(row)
}

export async function listTriggers(
  store: Store,
  page: { readonly lineId: number; readonly after?: string; readonly limit: number },
): Promise<Trigger[]> {
  const rows = await store.rows<TriggerRow>(
    `SELECT ${COLUMNS} FROM comm_trigger WHERE line_id = ? AND code > ? ORDER BY code LIMIT ?`,
    [page.lineId, page.after ?? '', page.limit],
  )
  return rows.map(toTrigger)
}

/** Those that events can start, in the order of their making. */
export async function readEnabledTriggers(store: Store, lineId: number): Promise<Trigger[]> {
  const rows = await store.rows<TriggerRow>(
    `SELECT ${COLUMNS} FROM comm_trigger WHERE line_id = ? AND is_enabled = 1 ORDER BY id`,
    [lineId],
  )
  return rows.map(toTrigger)
}

export type TriggerInput = Omit<Trigger, 'id' | 'createdAt' | 'updatedAt'>

export async function insertTrigger(
  trx: Transaction,
  input: TriggerInput,
  now: number,
): Promise<number> {
  const { insertId } = await trx.run(
    `INSERT INTO comm_trigger (line_id, portal_id, code, name, starts_on, condition_code, script_id, has_steps, cooldown_sec,
       is_enabled, created_at, updated_at) VALUES ${marks(12)}`,
    [
      input.lineId,
      input.portalId,
      input.code,
      input.name ?? null,
      JSON.stringify(input.on),
      input.condition ?? null,
      input.scriptId,
      input.hasSteps,
      input.cooldownSec ?? null,
      input.isEnabled,
      now,
      now,
    ],
  )
  return insertId
}

export async function updateTrigger(
  trx: Transaction,
  id: number,
  input: TriggerInput,
  now: number,
): Promise<void> {
  await trx.run(
    `UPDATE comm_trigger SET name = ?, starts_on = ?, condition_code = ?, script_id = ?, has_steps = ?, cooldown_sec = ?,
       is_enabled = ?, updated_at = ? WHERE id = ?`,
    [
      input.name ?? null,
      JSON.stringify(input.on),
      input.condition ?? null,
      input.scriptId,
      input.hasSteps,
      input.cooldownSec ?? null,
      input.isEnabled,
      now,
      id,
    ],
  )
}

export async function deleteTrigger(trx: Transaction, id: number): Promise<void> {
  await trx.run('DELETE FROM comm_trigger WHERE id = ?', [id])
  await trx.run('DELETE FROM trigger_fired WHERE trigger_id = ?', [id])
}

/** When each of the triggers was last started for each of the recipients, by `trigger:lead`. */
export async function readFired(
  store: Store,
  triggerIds: readonly number[],
  leads: readonly number[],
): Promise<Map<string, number>> {
  if (triggerIds.length === 0 || leads.length === 0) return new Map()
  const rows = await store.rows<{ trigger_id: number; lead: number; fired_at: number }>(
    `SELECT trigger_id, lead, fired_at FROM trigger_fired
     WHERE trigger_id IN ${marks(triggerIds.length)} AND lead IN ${marks(leads.length)}`,
    [...triggerIds, ...leads],
  )
  return new Map(
    rows.map(({ trigger_id: id, lead, fired_at: at }) => [`${id}:${lead}`, at] as const),
  )
}

export interface Fired {
  readonly triggerId: number
  readonly lead: number
  readonly lineId: number
}

export function noteFired(
  runner: Pick<Transaction, 'dialect'>,
  fired: readonly Fired[],
  now: number,
): Statement[] {
  if (fired.length === 0) return []
  return [
    {
      sql: `INSERT INTO trigger_fired (trigger_id, lead, line_id, fired_at)
        VALUES ${fired.map(() => marks(4)).join(', ')} ${onDuplicateSet(runner, 'trigger_id, lead', ['fired_at'])}`,
      bindings: fired.flatMap(({ triggerId, lead, lineId }) => [triggerId, lead, lineId, now]),
    },
  ]
}
