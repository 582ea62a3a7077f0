import type { z } from 'zod'
import { given } from '../core/given.ts'
import type { lineDetailShape } from '../core/shapes/admin.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import { findDisplacer } from '../db/console/line-past.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { AdminDesk } from './desk.ts'
import { lastErrors } from './line-errors.ts'
import type { LineItemObject } from './line-items.ts'
import { coversPortal, type Scope } from './scope.ts'

const RELEASED = 'the account was released, or the line that has taken it is gone'
const OF_OTHERS = "another portal's line has connected the same account"

/** A line's item with what its page shows beside it. */
export async function lineDetail(
  line: LineRecord,
  item: LineItemObject,
  { scope, desk }: { readonly scope: Scope; readonly desk: AdminDesk },
): Promise<Frozen<z.infer<typeof lineDetailShape>>> {
  const { lockout, status } = item
  const nextAt = lockout?.lockedUntil
  return {
    ...item,
    ladder: { steps: desk.ladder, ...given({ attempt: lockout?.attempt, nextAt }) },
    last24h: await desk.traffic.day(line.id),
    errors: await lastErrors(item, desk),
    ...(status === 'displaced' && { displacedBy: await displacedBy(line, scope, desk) }),
  }
}

/** Who has its account now, as far as this scope may learn it. */
async function displacedBy(line: LineRecord, scope: Scope, { store }: AdminDesk): Promise<string> {
  const other = await findDisplacer(store, line.id)
  if (!other) return RELEASED
  const { portalId, externalId, connector, name } = other
  if (!coversPortal(scope, portalId)) return OF_OTHERS
  if (scope.kind === 'line') return 'another line of this portal has connected the same account'
  const called = name === undefined ? externalId : `${externalId} (${name})`
  const whose = portalId === line.portalId ? '' : ` of the portal ${portalId}`
  return `the ${connector} line ${called}${whose} has connected the same account`
}
