import type { z } from 'zod'
import { given } from '../core/given.ts'
import type { displacerShape, lineDetailShape } from '../core/shapes/admin.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import { findDisplacer } from '../db/console/line-past.ts'
import type { Store } from '../db/engine/store.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { AdminDesk } from './desk.ts'
import { lastErrors } from './line-errors.ts'
import type { LineItemObject } from './line-items.ts'
import { coversPortal, type Scope } from './scope.ts'

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
    ...(status === 'displaced' && (await displacement(line, scope, desk))),
  }
}

type Displacer = Frozen<z.infer<typeof displacerShape>>

/** Who has its account now, as far as this scope may learn it. */
async function displacement(
  line: LineRecord,
  scope: Scope,
  { store }: AdminDesk,
): Promise<{ readonly displacer: Displacer; readonly displacedBy: string }> {
  const displacer = await displacerOf(line, scope, store)
  return { displacer, displacedBy: inWords(displacer) }
}

async function displacerOf(line: LineRecord, scope: Scope, store: Store): Promise<Displacer> {
  const other = await findDisplacer(store, line.id)
  if (!other) return { kind: 'released' }
  const { id, portalId, externalId, connector, name } = other
  if (!coversPortal(scope, portalId)) return { kind: 'other-portal' }
  if (scope.kind === 'line') return { kind: 'own-portal' }
  const portal = portalId === line.portalId ? undefined : portalId
  return { kind: 'line', id, connector, line: externalId, ...given({ name, portal }) }
}

function inWords({ kind, connector, line, name, portal }: Displacer): string {
  switch (kind) {
    case 'released':
      return 'the account was released, or the line that has taken it is gone'
    case 'other-portal':
      return "another portal's line has connected the same account"
    case 'own-portal':
      return 'another line of this portal has connected the same account'
    case 'line': {
      const called = name === undefined ? line : `${line} (${name})`
      const whose = portal === undefined ? '' : ` of the portal ${portal}`
      return `the ${connector} line ${called}${whose} has connected the same account`
    }
  }
}
