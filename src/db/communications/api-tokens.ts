import { given } from '../../core/given.ts'
import type { Store } from '../engine/store.ts'

/** What other systems prove themselves with. The token itself is nowhere. */
export interface ApiToken {
  readonly id: number
  readonly portalId: string
  /** Absent of one for all lines of its portal. */
  readonly lineId?: number
  readonly name: string
  readonly createdAt: number
  readonly usedAt?: number
}

/** With how the portal names its line. */
export type ListedToken = ApiToken & { readonly connector?: string; readonly line?: string }

interface TokenRow {
  id: number
  portal_id: string
  line_id: number | null
  name: string
  created_at: number
  used_at: number | null
}

type ListedRow = TokenRow & { connector: string | null; external_id: string | null }

function toToken(row: TokenRow): ApiToken {
  return {
    id: row.id,
    portalId: row.portal_id,
    name: row.name,
    createdAt: row.created_at,
    ...given({ lineId: row.line_id, usedAt: row.used_at }),
  }
}

export async function insertToken(
  store: Store,
  token: Pick<ApiToken, 'portalId' | 'lineId' | 'name'> & { readonly digest: string },
  now: number,
): Promise<number> {
  return await store.transaction(async (trx) => {
    const { insertId } = await trx.run(
      'INSERT INTO api_token (portal_id, line_id, name, digest, created_at) VALUES (?, ?, ?, ?, ?)',
      [token.portalId, token.lineId ?? null, token.name, token.digest, now],
    )
    return insertId
  })
}

export async function findToken(store: Store, digest: string): Promise<ApiToken | undefined> {
  const [row] = await store.rows<TokenRow>(
    'SELECT id, portal_id, line_id, name, created_at, used_at FROM api_token WHERE digest = ?',
    [digest],
  )
  return row && toToken(row)
}

export async function noteUse(store: Store, id: number, now: number): Promise<void> {
  await store.run('UPDATE api_token SET used_at = ? WHERE id = ?', [now, id])
}

export interface TokenPage {
  readonly portalId: string
  /** Those that are good for this line, which those for all lines are. */
  readonly lineId?: number
  readonly after: number
  readonly limit: number
}

/** In the order of their numbers. */
export async function listTokens(store: Store, page: TokenPage): Promise<ListedToken[]> {
  const { portalId, lineId, after, limit } = page
  const ofLine = lineId === undefined ? '' : 'AND (t.line_id IS NULL OR t.line_id = ?)'
  const rows = await store.rows<ListedRow>(
    `SELECT t.id, t.portal_id, t.line_id, t.name, t.created_at, t.used_at, l.connector, l.external_id
     FROM api_token t LEFT JOIN line l ON l.id = t.line_id
     WHERE t.portal_id = ? ${ofLine} AND t.id > ? ORDER BY t.id LIMIT ?`,
    [portalId, ...(lineId === undefined ? [] : [lineId]), after, limit],
  )
  return rows.map((row) => ({
    ...toToken(row),
    ...given({ connector: row.connector, line: row.external_id }),
  }))
}

/** False if the portal has no such token, or it isn't good for the line. */
export async function deleteToken(
  store: Store,
  { id, portalId, lineId }: Pick<ApiToken, 'id' | 'portalId' | 'lineId'>,
): Promise<boolean> {
  const ofLine = lineId === undefined ? '' : 'AND (line_id IS NULL OR line_id = ?)'
  const { changes } = await store.run(
    `DELETE FROM api_token WHERE id = ? AND portal_id = ? ${ofLine}`,
    [id, portalId, ...(lineId === undefined ? [] : [lineId])],
  )
  return changes > 0
}
