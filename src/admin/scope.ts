import type { LineRecord } from '../db/lines/lines.ts'

/** What a visitor of the console may see and do. */
export type Scope =
  | { readonly kind: 'operator' }
  | { readonly kind: 'portal'; readonly portalId: string; readonly portalName: string }
  | {
      readonly kind: 'line'
      readonly portalId: string
      readonly portalName: string
      readonly connector: string
      /** As its portal names it; the line need not be there yet. */
      readonly line: string
    }

export type ScopeKind = Scope['kind']

export function coversPortal(scope: Scope, portalId: string): boolean {
  return scope.kind === 'operator' || scope.portalId === portalId
}

/** A line by its names, whether it is there or not. */
export function coversLine(
  scope: Scope,
  line: Pick<LineRecord, 'portalId' | 'connector' | 'externalId'>,
): boolean {
  if (!coversPortal(scope, line.portalId)) return false
  if (scope.kind !== 'line') return true
  return scope.connector === line.connector && scope.line === line.externalId
}

/** Names a scope in caches: whoever has the same sees the same. */
export function scopeKey(scope: Scope): string {
  if (scope.kind === 'operator') return 'operator'
  if (scope.kind === 'portal') return scope.portalId
  return JSON.stringify([scope.portalId, scope.connector, scope.line])
}
