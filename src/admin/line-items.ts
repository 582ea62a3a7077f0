import type { z } from 'zod'
import type { lineItemShape } from '../core/shapes/admin.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import type { Store } from '../db/engine/store.ts'
import { readPortalNames } from '../db/lines/portal-search.ts'
import type { LinePage } from '../lines/line-operations.ts'

export type LineItemObject = Frozen<z.infer<typeof lineItemShape>>

/** Lines as the API shows them: their status objects with their numbers and portals. */
export async function lineItems(
  items: LinePage['items'],
  store: Store,
): Promise<readonly LineItemObject[]> {
  const names = await readPortalNames(
    store,
    items.map(({ portalId }) => portalId),
  )
  return items.flatMap(({ lineId: id, portalId, status }) => {
    const name = names.get(portalId)
    // Its portal is being removed at this very moment.
    return name === undefined ? [] : [{ id, portal: { id: portalId, name }, ...status }]
  })
}
