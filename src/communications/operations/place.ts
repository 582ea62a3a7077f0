import type { Clock } from '../../core/clock.ts'
import { HubError, type HubErrorCode } from '../../core/errors.ts'
import type { LinePlace } from '../../core/line-place.ts'
import type { Log } from '../../core/log.ts'
import { followLine } from '../../db/communications/lines.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** What the operations on communications work with. */
export interface OperationDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly sandbox: Sandbox
  /** There is something to do for the line. */
  wake(lineId: number): void
}

/** Instants as portals read them. */
export const iso = (at: number): string => new Date(at).toISOString()

export interface Paging {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

export const DEFAULT_LIMIT = 100

/** From now on the hub looks at what happens on the line. */
export async function follow({ store }: OperationDeps, place: LinePlace): Promise<void> {
  await followLine(store, place)
}

export function unknown(code: HubErrorCode, what: string): HubError {
  return new HubError(code, `there is no such ${what}`)
}
