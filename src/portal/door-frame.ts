import { hash } from 'node:crypto'
import type {
  Caller,
  DialectDescriptor,
  Door,
  DoorContext,
  DoorRequest,
  DoorRequestHead,
  Speaker,
} from '../core/dialect.ts'
import type { Log } from '../core/log.ts'
import type { Portal } from '../core/portal.ts'
import {
  RefusedRequestError,
  type Route,
  type RouteReply,
  type RouteRequest,
} from '../core/route.ts'

/** What the doors of all dialects are given as it is. */
type SharedContext = Pick<
  DoorContext,
  | 'clock'
  | 'log'
  | 'call'
  | 'isQueueing'
  | 'editPortal'
  | 'lines'
  | 'memory'
  | 'guard'
  | 'publicUrl'
  | 'apps'
>

export interface DoorContextDeps extends SharedContext {
  readonly portals: PortalLookup
  speakerOf(portal: Portal): Speaker | undefined
}

export interface DoorFrameDeps {
  readonly context: DoorContextDeps
  /** False if the portal has used this id before. Throws StoreUnavailableError. */
  recordRequest(portalId: string, requestId: string): Promise<boolean>
  /** Seconds to wait if the portal has called too often; 0 if it may call. */
  throttle(portalId: string): number
  /** The portal has made an authentic call. */
  onCall(portalId: string): void
  /** Is shown the calls of portals that have traced lines. */
  readonly watch?: CallWatch
}

export interface CallWatch {
  /** Is there anything to see of this portal's calls? */
  isOn(portalId: string): boolean
  /** `answer` is to be called once, and what it gives or throws is given or thrown. */
  show(
    call: { readonly portal: Portal; readonly path: string; readonly request: DoorRequest },
    answer: () => Promise<RouteReply>,
  ): Promise<RouteReply>
}

export interface PortalLookup {
  find(id: string): Promise<Portal | undefined>
  reload(id: string): Promise<Portal | undefined>
  findByIdentifier(dialect: string, key: string, value: string): Promise<Portal | undefined>
  listOfDialect(dialect: string): Promise<readonly Portal[]>
}

const PLAIN_ID = /^[\x21-\x7e]{1,64}$/

/** The routes of all dialects' doors, each with what is common to them around it. */
export function doorRoutes(dialects: readonly DialectDescriptor[], deps: DoorFrameDeps): Route[] {
  return dialects.flatMap((dialect) => {
    const door = dialect.createDoor(doorContext(dialect.id, deps.context))
    return door.routes.map(({ method, path, refuse }) => ({
      method,
      path,
      answer: (request: RouteRequest) => answer(door, request, deps, path),
      refuse: refuse ?? door.refuse.bind(door),
    }))
  })
}

/** A door sees the portals of its own dialect only: no other make's secret opens it. */
export function doorContext(
  dialectId: string,
  { portals, speakerOf, ...shared }: DoorContextDeps,
): DoorContext {
  const own = (portal: Portal | undefined): Portal | undefined =>
    portal?.dialect === dialectId ? portal : undefined
  return {
    ...shared,
    findPortal: async (id) => own(await portals.find(id)),
    reloadPortal: async (id) => own(await portals.reload(id)),
    findPortalBy: async (key, value) => own(await portals.findByIdentifier(dialectId, key, value)),
    listPortals: () => portals.listOfDialect(dialectId),
    editPortal: async (id, change) =>
      own(await portals.reload(id)) !== undefined && (await shared.editPortal(id, change)),
    speakerOf(portal) {
      const speaker = own(portal) && speakerOf(portal)
      if (!speaker) throw new Error(`${dialectId} has no speaker for portal ${portal.id}`)
      return speaker
    },
  }
}

async function answer(
  door: Door,
  raw: RouteRequest,
  deps: DoorFrameDeps,
  path: string,
): Promise<RouteReply> {
  const { method, params, query, headers } = raw
  const { log } = deps.context
  const head: DoorRequestHead = { method, path, params, query, headers }
  const early = await door.refuseByHead?.(head)
  if (early) throw notBelieved(log, early)
  const request: DoorRequest = { ...head, body: await raw.body(door.maxBodyBytes) }
  const caller = await door.identify(request)
  if (!caller.ok) throw notBelieved(log, caller)
  const { portal, requestId } = caller
  if (requestId !== undefined && !(await deps.recordRequest(portal.id, toKept(requestId)))) {
    throw notBelieved(log, { ok: false, reason: 'replay', claims: portal.id })
  }
  // Only now: a stranger learns nothing of a portal's state.
  if (portal.switchedOff) {
    throw new RefusedRequestError('HUB_PORTAL_DISABLED', 'this portal is switched off at the hub')
  }
  const waitSeconds = deps.throttle(portal.id)
  if (waitSeconds > 0) {
    throw new RefusedRequestError('HUB_LIMIT', 'more calls than this portal may make', {
      retryAfterSeconds: waitSeconds,
    })
  }
  deps.onCall(portal.id)
  if (!deps.watch?.isOn(portal.id)) return await door.answer(portal, request)
  return await deps.watch.show({ portal, path, request }, () => door.answer(portal, request))
}

/**
 * How the store keeps the id of a call: other makes of portal have longer ones, or such with letters that its tables don't
 * tell apart. Cut off to the column's length they would be taken for one another.
 */
function toKept(requestId: string): string {
  return PLAIN_ID.test(requestId) ? requestId : hash('sha256', requestId, 'base64url')
}

/** The caller learns only that it isn't believed: unknown portal, wrong signature and replay look alike. */
function notBelieved(
  log: Log,
  { reason, claims = '' }: Extract<Caller, { ok: false }>,
): RefusedRequestError {
  log.warn(
    { event: 'rpc.refused', portalId: claims.slice(0, 64), reason },
    'a call could not be shown to be genuine',
  )
  return new RefusedRequestError('HUB_BAD_SIGNATURE', 'the call could not be shown to be genuine')
}
