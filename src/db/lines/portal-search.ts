import { inTerms } from '../engine/pieces.ts'
import { marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { contains } from './search.ts'

/** Ids of portals, in the order in which they were added. */
export async function searchPortals(
  store: Store,
  { portalId, text }: { readonly portalId?: string; readonly text?: string },
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<string[]> {
  const named = text === undefined ? undefined : contains(store, 'name', text)
  const at = text === undefined ? undefined : contains(store, 'url', text)
  const rows = await store.rows<{ id: string }>(
    `SELECT id FROM portal WHERE 1 = 1
     ${portalId === undefined ? '' : 'AND id = ?'}
     ${named && at ? `AND (${named.sql} OR ${at.sql} OR id = ?)` : ''}
     ${after === undefined ? '' : 'AND (created_at, id) > (SELECT created_at, id FROM portal WHERE id = ?)'}
     ORDER BY created_at, id LIMIT ?`,
    [
      ...(portalId === undefined ? [] : [portalId]),
      ...(named && at ? [...named.bindings, ...at.bindings, text] : []),
      ...(after === undefined ? [] : [after]),
      limit,
    ],
  )
  return rows.map(({ id }) => id)
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
