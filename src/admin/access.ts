import { HubError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { Portal } from '../core/portal.ts'
import { RefusedRequestError } from '../core/route.ts'
import type { LineAddress, LineRecord } from '../db/lines/lines.ts'
import type { AdminDesk } from './desk.ts'
import type { AdminCall } from './endpoint.ts'
import { lineIdOf } from './narrowing.ts'
import { coversLine, coversPortal, type Scope } from './scope.ts'

/** Whose things a call is about. What belongs to others is as unknown as what isn't there. */

type Asked = Pick<AdminCall<unknown, unknown>, 'scope' | 'params'>

/** The line that the path names by its number. Throws HubError `HUB_UNKNOWN_LINE`; StoreUnavailableError. */
export async function lineOf({ scope, params }: Asked, desk: AdminDesk): Promise<LineRecord> {
  const id = readLineId(params['id'])
  const record = id === undefined ? undefined : await desk.lineRepository.findById(id)
  if (record && coversLine(scope, record)) return record
  throw new HubError('HUB_UNKNOWN_LINE', 'there is no such line')
}

/** The same with its portal. */
export async function lineAndPortal(
  call: Asked,
  desk: AdminDesk,
): Promise<{ readonly line: LineRecord; readonly portal: Portal }> {
  const line = await lineOf(call, desk)
  return { line, portal: await findPortal(line.portalId, call.scope, desk) }
}

/** The portal that the path names. Throws RefusedRequestError `HUB_UNKNOWN_PORTAL`; StoreUnavailableError. */
export async function portalOf({ scope, params }: Asked, desk: AdminDesk): Promise<Portal> {
  return await findPortal(params['id'] ?? '', scope, desk)
}

export async function findPortal(id: string, scope: Scope, desk: AdminDesk): Promise<Portal> {
  const portal = coversPortal(scope, id) ? await desk.portalDirectory.reload(id) : undefined
  if (portal) return portal
  throw unknownPortal()
}

export function unknownPortal(): RefusedRequestError {
  return new RefusedRequestError('HUB_UNKNOWN_PORTAL', 'there is no such portal')
}

/** A line by its names, which need not be there. Throws as it would of one that isn't. */
export function requireAddress(scope: Scope, address: LineAddress): void {
  if (!coversPortal(scope, address.portalId)) throw unknownPortal()
  if (!coversLine(scope, address)) throw new HubError('HUB_UNKNOWN_LINE', 'there is no such line')
}

export function readLineId(text = ''): number | undefined {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
}

/** As answers show it. */
export async function shownScope(scope: Scope, desk: Pick<AdminDesk, 'store'>) {
  if (scope.kind === 'operator') return { kind: scope.kind }
  const portal = { id: scope.portalId, name: scope.portalName }
  if (scope.kind === 'portal') return { kind: scope.kind, portal }
  const { connector, line } = scope
  const id = await lineIdOf(scope, desk)
  return { kind: scope.kind, portal, line: { ...given({ id }), connector, line } }
}
