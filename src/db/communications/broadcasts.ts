import { given } from '../../core/given.ts'
import { marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'

export interface RecipientFilter {
  readonly tags?: readonly string[]
  readonly notTags?: readonly string[]
  /** Epoch ms. */
  readonly seenAfter?: number
  readonly seenBefore?: number
  readonly language?: string
  readonly condition?: string
}

export interface BroadcastConfig {
  readonly filter: RecipientFilter
  readonly ratePerMinute?: number
  readonly quietHours?: { readonly from: string; readonly to: string; readonly timeZone: string }
  readonly optOut?: readonly string[]
}

export interface Broadcast {
  readonly id: number
  readonly lineId: number
  readonly portalId: string
  readonly code: string
  readonly name?: string
  readonly scriptId: number
  readonly config: BroadcastConfig
  readonly createdAt: number
  readonly updatedAt: number
}

interface BroadcastRow {
  id: number
  line_id: number
  portal_id: string
  code: string
  name: string | null
  script_id: number
  config: string
  created_at: number
  updated_at: number
}

const COLUMNS = 'id, line_id, portal_id, code, name, script_id, config, created_at, updated_at'

function toBroadcast(row: BroadcastRow): Broadcast {
  return {
    id: row.id,
    lineId: row.line_id,
    portalId: row.portal_id,
    code: row.code,
    scriptId: row.script_id,
    config: JSON.parse(row.config) as BroadcastConfig,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...given({ name: row.name }),
  }
}

export async function findBroadcast(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
  ref: number | string,
): Promise<Broadcast | undefined> {
  const column = typeof ref === 'number' ? 'id' : 'code'
  const [row] = await store.rows<BroadcastRow>(
    `SELECT ${COLUMNS} FROM broadcast WHERE line_id = ? AND ${column} = ?`,
    [lineId, ref],
  )
  return row && toBroadcast(row)
}

export async function listBroadcasts(
  store: Store,
  page: { readonly lineId: number; readonly after?: string; readonly limit: number },
): Promise<Broadcast[]> {
  const rows = await store.rows<BroadcastRow>(
    `SELECT ${COLUMNS} FROM broadcast WHERE line_id = ? AND code > ? ORDER BY code LIMIT ?`,
    [page.lineId, page.after ?? '', page.limit],
  )
  return rows.map(toBroadcast)
}

/** Under its code; what was there is replaced. Runs under way keep what they began with. */
export async function saveBroadcast(
  trx: Transaction,
  input: Omit<Broadcast, 'id' | 'createdAt' | 'updatedAt'>,
  now: number,
): Promise<number> {
  const { lineId, portalId, code, name = null, scriptId } = input
  const config = JSON.stringify(input.config)
  const before = await findBroadcast(trx, lineId, code)
  if (before) {
    await trx.run(
      'UPDATE broadcast SET name = ?, script_id = ?, config = ?, updated_at = ? WHERE id = ?',
      [name, scriptId, config, now, before.id],
    )
    return before.id
  }
  const { insertId } = await trx.run(
    `INSERT INTO broadcast (line_id, portal_id, code, name, script_id, config, created_at, updated_at) VALUES ${marks(8)}`,
    [lineId, portalId, code, name, scriptId, config, now, now],
  )
  return insertId
}

export async function deleteBroadcast(
  store: Pick<Transaction, 'run'>,
  lineId: number,
  code: string,
): Promise<boolean> {
  const { changes } = await store.run('DELETE FROM broadcast WHERE line_id = ? AND code = ?', [
    lineId,
    code,
  ])
  return changes > 0
}

export async function findBroadcastCode(store: Store, id: number): Promise<string | undefined> {
  const [row] = await store.rows<{ code: string }>('SELECT code FROM broadcast WHERE id = ?', [id])
  return row?.code
}
