import type { Clock } from '../../core/clock.ts'
import { HubError, type HubErrorCode } from '../../core/errors.ts'
import type { LinePlace } from '../../core/line-place.ts'
import type { Log } from '../../core/log.ts'
import { countOfLine, followLine } from '../../db/communications/lines.ts'
import type { Store, Transaction } from '../../db/engine/store.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** What the operations on communications work with. */
export interface OperationDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly sandbox: Sandbox
  /** What is noted of recipients is written first where it decides something: who has just blocked the line is passed over. */
  readonly recipientBook: { flush(): Promise<void> }
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

/** Of each kind. Every event of a line asks its triggers, and a script that runs others is compared with all of them. */
const MAX_OF_LINE = 500

/** Throws HubError `HUB_LIMIT` when a line has all it may have. */
export async function requireRoom(
  trx: Pick<Transaction, 'rows'>,
  table: Parameters<typeof countOfLine>[1],
  lineId: number,
): Promise<void> {
  if ((await countOfLine(trx, table, lineId)) < MAX_OF_LINE) return
  throw new HubError('HUB_LIMIT', `a line can have ${MAX_OF_LINE} of these: delete some first`)
}
