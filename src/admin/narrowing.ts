import type { Store } from '../db/engine/store.ts'
import { findLineId } from '../db/journal/read.ts'
import type { Scope } from './scope.ts'

/** What searches are narrowed to. `none`: a line that isn't made yet. */
export async function narrowing(
  scope: Scope,
  { store }: { readonly store: Store },
): Promise<{ readonly portalId?: string; readonly lineId?: number } | 'none'> {
  if (scope.kind === 'operator') return {}
  const { portalId } = scope
  if (scope.kind === 'portal') return { portalId }
  const lineId = await findLineId(store, scope)
  return lineId === undefined ? 'none' : { portalId, lineId }
}

/** The number of a scope's line, where it has one that is there. */
export async function lineIdOf(
  scope: Scope,
  { store }: { readonly store: Store },
): Promise<number | undefined> {
  return scope.kind === 'line' ? await findLineId(store, scope) : undefined
}
