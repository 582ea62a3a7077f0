import { inTerms } from '../engine/pieces.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { contains } from './search.ts'

/** Where a portal stands in the order in which they were added. */
export interface PortalPlace {
  readonly id: string
  readonly createdAt: number
}

/** Portals in that order. */
export async function searchPortals(
  store: Store,
  { portalId, text }: { readonly portalId?: string; readonly text?: string },
  { after, limit }: { readonly after?: PortalPlace; readonly limit: number },
): Promise<PortalPlace[]> {
  const named = text === undefined ? undefined : contains(store, 'name', text)
  const at = text === undefined ? undefined : contains(store, 'url', text)
  const rows = await store.rows<{ id: string; created_at: number }>(
    `SELECT id, created_at FROM portal WHERE 1 = 1
     ${portalId === undefined ? '' : 'AND id = ?'}
     ${named && at ? `AND (${named.sql} OR ${at.sql} OR id = ?)` : ''}
     ${after === undefined ? '' : 'AND (created_at, id) > (?, ?)'}
     ORDER BY created_at, id LIMIT ?`,
    [
      ...(portalId === undefined ? [] : [portalId]),
      ...(named && at ? [...named.bindings, ...at.bindings, text] : []),
      ...(after === undefined ? [] : [after.createdAt, after.id]),
      limit,
    ],
  )
  return rows.map(({ id, created_at: createdAt }) => ({ id, createdAt }))
}

/** Names of those that are there. */
export async function readPortalNames(
  store: Store,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const part of inTerms([...new Set(ids)], 1)) {
    const rows = await store.rows<{ id: string; name: string }>(
      `SELECT id, name FROM portal WHERE id IN ${marks(part.length)}`,
      part,
    )
    for (const { id, name } of rows) names.set(id, name)
  }
  return names
}
