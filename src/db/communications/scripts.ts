import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import { forUpdate, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

/** The head of a script; its steps stand in its versions. */
export interface Script {
  readonly id: number
  readonly lineId: number
  readonly portalId: string
  /** Absent of the steps of a trigger. */
  readonly code?: string
  readonly name?: string
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
}

interface ScriptRow {
  id: number
  line_id: number
  portal_id: string
  code: string | null
  name: string | null
  version: number
  created_at: number
  updated_at: number
}

const COLUMNS = 'id, line_id, portal_id, code, name, version, created_at, updated_at'

function toScript(row: ScriptRow): Script {
  return {
    id: row.id,
    lineId: row.line_id,
    portalId: row.portal_id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...given({ code: row.code, name: row.name }),
  }
}

/** A script by its number or by its code. */
export type ScriptRef = number | string

export async function findScript(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  ref: ScriptRef,
): Promise<Script | undefined> {
  const column = typeof ref === 'number' ? 'id' : 'code'
  const [row] = await store.rows<ScriptRow>(
    `SELECT ${COLUMNS} FROM script WHERE line_id = ? AND ${column} = ?`,
    [lineId, ref],
  )
  return row && toScript(row)
}

/** A script of any line of the portal. */
export async function findScriptOfPortal(
  store: Pick<Transaction, 'rows'>,
  portalId: string,
  id: number,
): Promise<Script | undefined> {
  const [row] = await store.rows<ScriptRow>(
    `SELECT ${COLUMNS} FROM script WHERE portal_id = ? AND id = ?`,
    [portalId, id],
  )
  return row && toScript(row)
}

export interface ScriptPage {
  readonly lineId: number
  /** Codes behind this one. */
  readonly after?: string
  readonly limit: number
}

/** Scripts that have a code, in the order of their codes. */
export async function listScripts(store: Store, page: ScriptPage): Promise<Script[]> {
  const rows = await store.rows<ScriptRow>(
    `SELECT ${COLUMNS} FROM script WHERE line_id = ? AND code > ? ORDER BY code LIMIT ?`,
    [page.lineId, page.after ?? '', page.limit],
  )
  return rows.map(toScript)
}

/** The steps of a version, as they were saved. */
export async function readSteps(
  store: Pick<Transaction, 'rows'>,
  { id, version }: { readonly id: number; readonly version: number },
): Promise<JsonObject[] | undefined> {
  const [row] = await store.rows<{ steps: string }>(
    'SELECT steps FROM script_version WHERE script_id = ? AND version = ?',
    [id, version],
  )
  return row && (JSON.parse(row.steps) as JsonObject[])
}

export interface ScriptInput {
  readonly lineId: number
  readonly portalId: string
  readonly code?: string
  readonly name?: string
  /** JSON. */
  readonly steps: string
}

/** Saves a script under its code, or without one: that is a new script each time. The same steps again make no new version. */
export async function saveScript(
  trx: Transaction,
  input: ScriptInput,
  now: number,
): Promise<{ readonly id: number; readonly version: number }> {
  const { lineId, portalId, code, name, steps } = input
  const before = code === undefined ? undefined : await lockScript(trx, lineId, code)
  if (!before) {
    const { insertId: id } = await trx.run(
      `INSERT INTO script (line_id, portal_id, code, name, version, created_at, updated_at)
       VALUES (?, ?, ?, ?, 1, ?, ?)`,
      [lineId, portalId, code ?? null, name ?? null, now, now],
    )
    await insertVersion(trx, { id, version: 1, lineId, steps }, now)
    return { id, version: 1 }
  }
  const [last] = await trx.rows<{ steps: string }>(
    'SELECT steps FROM script_version WHERE script_id = ? AND version = ?',
    [before.id, before.version],
  )
  const version = last?.steps === steps ? before.version : before.version + 1
  if (version > before.version) {
    await retireVersion(trx, before, now)
    await insertVersion(trx, { id: before.id, version, lineId, steps }, now)
  }
  await trx.run('UPDATE script SET name = ?, version = ?, updated_at = ? WHERE id = ?', [
    name ?? null,
    version,
    now,
    before.id,
  ])
  return { id: before.id, version }
}

async function lockScript(
  trx: Transaction,
  lineId: number,
  code: string,
): Promise<{ id: number; version: number } | undefined> {
  const [row] = await trx.rows<{ id: number; version: number }>(
    `SELECT id, version FROM script WHERE line_id = ? AND code = ?${forUpdate(trx)}`,
    [lineId, code],
  )
  return row
}

/** From then on it is kept for the jobs that have begun with it alone. */
async function retireVersion(
  trx: Pick<Transaction, 'run'>,
  { id, version }: { readonly id: number; readonly version: number },
  now: number,
): Promise<void> {
  await trx.run('UPDATE script_version SET replaced_at = ? WHERE script_id = ? AND version = ?', [
    now,
    id,
    version,
  ])
}

async function insertVersion(
  trx: Transaction,
  one: {
    readonly id: number
    readonly version: number
    readonly lineId: number
    readonly steps: string
  },
  now: number,
): Promise<void> {
  await trx.run(
    'INSERT INTO script_version (script_id, version, line_id, steps, created_at) VALUES (?, ?, ?, ?, ?)',
    [one.id, one.version, one.lineId, one.steps, now],
  )
}

/** What uses a script, so that it can't be deleted. */
export async function usersOfScript(
  store: Pick<Transaction, 'rows'>,
  id: number,
): Promise<string[]> {
  const triggers = await store.rows<{ code: string }>(
    'SELECT code FROM comm_trigger WHERE script_id = ? ORDER BY code LIMIT 5',
    [id],
  )
  const broadcasts = await store.rows<{ code: string }>(
    'SELECT code FROM broadcast WHERE script_id = ? ORDER BY code LIMIT 5',
    [id],
  )
  return [
    ...triggers.map(({ code }) => `trigger ${code}`),
    ...broadcasts.map(({ code }) => `broadcast ${code}`),
  ]
}

/** Its versions stay for the jobs that run them, until those have ended: see jobs/prune.ts. */
export async function deleteScript(
  trx: Pick<Transaction, 'run'>,
  lineId: number,
  id: number,
  now: number,
): Promise<void> {
  await trx.run('DELETE FROM script WHERE line_id = ? AND id = ?', [lineId, id])
  await trx.run(
    'UPDATE script_version SET replaced_at = ? WHERE script_id = ? AND line_id = ? AND replaced_at IS NULL',
    [now, id, lineId],
  )
}

/** The steps of all scripts of a line, by code and number, as they are now: for the check of cycles. */
export async function readAllSteps(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
): Promise<{ readonly id: number; readonly code?: string; readonly steps: JsonObject[] }[]> {
  const rows = await store.rows<{ id: number; code: string | null; steps: string }>(
    `SELECT s.id, s.code, v.steps FROM script s
     JOIN script_version v ON v.script_id = s.id AND v.version = s.version WHERE s.line_id = ?`,
    [lineId],
  )
  return rows.map(({ id, code, steps }) => ({
    id,
    ...given({ code }),
    steps: JSON.parse(steps) as JsonObject[],
  }))
}

/** The codes of scripts by number, of those that still are. */
export async function codesOf(
  store: Pick<Transaction, 'rows'>,
  ids: readonly number[],
): Promise<Map<number, string>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<{ id: number; code: string | null }>(
    `SELECT id, code FROM script WHERE id IN ${marks(wanted.length)}`,
    wanted,
  )
  return new Map(rows.flatMap(({ id, code }) => (code === null ? [] : [[id, code] as const])))
}

/** The newest versions of scripts by number. */
export async function versionsOf(
  store: Pick<Transaction, 'rows'>,
  ids: readonly number[],
): Promise<Map<number, number>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await store.rows<{ id: number; version: number }>(
    `SELECT id, version FROM script WHERE id IN ${marks(wanted.length)}`,
    wanted,
  )
  return new Map(rows.map(({ id, version }) => [id, version]))
}
