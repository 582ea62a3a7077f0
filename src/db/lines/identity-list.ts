import type { LineStatus } from '../../core/line.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** An identity and the line that holds it. */
export interface IdentityRow {
  /** The real connector. */
  readonly connector: string
  readonly identity: string
  readonly line_id: number
  readonly claimed_at: number
  readonly voucher: string
  readonly learned: number
  /** Of the line; null if there is none any more. */
  readonly portal_id: string | null
  readonly line_connector: string | null
  readonly external_id: string | null
  readonly status: LineStatus | null
}

export interface IdentityPage {
  readonly connector?: string
  readonly identity?: string
  /** The last one of the page before. */
  readonly after?: Pick<IdentityRow, 'connector' | 'identity'> | undefined
  readonly limit: number
}

/** In the order of their keys. */
export async function listIdentities(
  store: Store,
  { connector, identity, after, limit }: IdentityPage,
): Promise<IdentityRow[]> {
  const conditions = ['1 = 1']
  const bindings: unknown[] = []
  const add = (condition: string, ...values: readonly unknown[]): void => {
    conditions.push(condition)
    bindings.push(...values)
  }
  if (connector !== undefined) add('identity.connector = ?', connector)
  if (identity !== undefined) add('identity.identity = ?', identity)
  if (after) {
    add(
      'identity.connector >= ? AND (identity.connector > ? OR identity.identity > ?)',
      ...[after.connector, after.connector, after.identity],
    )
  }
  return await store.rows<IdentityRow>(
    `SELECT identity.connector, identity.identity, identity.line_id, identity.claimed_at, identity.voucher,
       identity.learned, line.portal_id, line.connector AS line_connector, line.external_id, line.status
     FROM identity LEFT JOIN line ON line.id = identity.line_id
     WHERE ${conditions.join(' AND ')} ORDER BY identity.connector, identity.identity LIMIT ?`,
    [...bindings, limit],
  )
}

/** What lines have in settings that aren't secret, by line. Needs no key. */
export async function readOpenSettings(
  store: Store,
  lineIds: readonly number[],
): Promise<Map<number, Record<string, string>>> {
  const settings = new Map<number, Record<string, string>>()
  if (lineIds.length === 0) return settings
  const rows = await store.rows<{ line_id: number; key: string; value: string }>(
    `SELECT line_id, \`key\`, value FROM line_setting
     WHERE is_secret = 0 AND line_id IN ${marks(lineIds.length)}`,
    lineIds,
  )
  for (const { line_id: id, key, value } of rows) {
    const values = settings.get(id) ?? {}
    values[key] = value
    settings.set(id, values)
  }
  return settings
}
