import type { z } from 'zod'
import { given } from '../core/given.ts'
import { outId } from '../core/ids.ts'
import type { lineDetailShape, lineErrorShape } from '../core/shapes/admin.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import { findFailedMessages } from '../db/outbox/failed.ts'
import type { AdminDesk } from './desk.ts'
import type { LineItemObject } from './line-items.ts'

type LineError = Frozen<z.infer<typeof lineErrorShape>>

const MAX_ERRORS = 10
const DISPLACED =
  'another line of this hub has connected the same account; whoever connects it last has it'

/** A line's item with what its page shows beside it. */
export async function lineDetail(
  line: LineRecord,
  item: LineItemObject,
  desk: AdminDesk,
): Promise<Frozen<z.infer<typeof lineDetailShape>>> {
  const { lockout, status } = item
  const nextAt = lockout?.lockedUntil
  return {
    ...item,
    ladder: { steps: desk.ladder, ...given({ attempt: lockout?.attempt, nextAt }) },
    last24h: await desk.traffic.day(line.id),
    errors: await lastErrors(line, item, desk),
    ...given({ displacedBy: status === 'displaced' && DISPLACED }),
  }
}

/** The latest first. */
async function lastErrors(
  { id }: LineRecord,
  { lastFailure }: LineItemObject,
  { store }: AdminDesk,
): Promise<LineError[]> {
  const failed = await findFailedMessages(store, id, MAX_ERRORS)
  const out = failed.map(
    ({ seq, code, message, at }): LineError => ({
      at: new Date(at).toISOString(),
      direction: 'out',
      message: message || code || 'failed',
      ...given({ code }),
      out: outId(id, seq),
    }),
  )
  const toPortal: LineError[] = lastFailure
    ? [{ at: lastFailure.at, direction: 'in', message: lastFailure.error || 'failed' }]
    : []
  return [...toPortal, ...out].sort((a, b) => b.at.localeCompare(a.at)).slice(0, MAX_ERRORS)
}
