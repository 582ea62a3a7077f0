import { verify } from '../../../client/signature.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'
import type { Portal } from '../../../core/portal.ts'
import type { PortalDirectory } from '../../../lines/portal-directory.ts'
import type { CallMethod, PortalReply, PortalRequest } from '../../dialect.ts'
import { answerBody, failureBody } from './json-rpc.ts'

export interface RpcDeps {
  readonly portals: PortalDirectory
  readonly clock: Clock
  readonly log: Log
  readonly call: CallMethod
  /** Is this a method that only queues? See CallRunner. */
  isQueueing(method: string): boolean
  /** False if the portal has used this id before. Throws StoreUnavailableError. */
  recordRequest(portalId: string, requestId: string): Promise<boolean>
  /** Seconds to wait if the portal has called too often; 0 if it may call. */
  throttle(portalId: string): number
  /** The portal has made an authentic call. */
  onCall(portalId: string): void
}

/** Caller's ids: 8–64 characters, and none that could be a packet's, so that a packet can't be reflected. */
const REQUEST_ID = /^(?!pkt_)[\x21-\x7e]{8,64}$/

/** `POST /rpc/<portalId>`: authenticates, then runs JSON-RPC (PROTOCOL §2, §4). Throws StoreUnavailableError. */
export async function answerCall(deps: RpcDeps, request: PortalRequest): Promise<PortalReply> {
  const portal = await authenticate(deps, request)
  if (typeof portal === 'string') {
    deps.log.warn(
      { event: 'rpc.refused', portalId: request.portalId.slice(0, 64), reason: portal },
      'a call could not be shown to be genuine',
    )
    return refusal()
  }
  const waitSeconds = deps.throttle(portal.id)
  if (waitSeconds > 0) return tooMany(waitSeconds)
  deps.onCall(portal.id)
  const body = await answerBody(request.body, {
    run: (method, params) => deps.call(portal, method, params),
    isQueueing: deps.isQueueing,
  })
  return body === undefined ? { status: 204, body: '' } : json(200, body)
}

/** The portal, or why it isn't believed. The caller learns only that it isn't. */
async function authenticate(deps: RpcDeps, request: PortalRequest): Promise<Portal | string> {
  const known = await deps.portals.find(request.portalId)
  if (!known) return 'unknown portal'
  let portal = known
  let check = verifyFor(deps, request, portal)
  if (!check.ok) {
    // The secret may have been changed by another process a moment ago.
    portal = (await deps.portals.reload(request.portalId)) ?? known
    check = verifyFor(deps, request, portal)
  }
  if (!check.ok) return check.reason
  if (!REQUEST_ID.test(check.id)) return 'webhook-id has the wrong form'
  return (await deps.recordRequest(portal.id, check.id)) ? portal : 'replay'
}

function verifyFor(
  deps: RpcDeps,
  { headers, body }: PortalRequest,
  { secrets }: Portal,
): ReturnType<typeof verify> {
  return verify({ headers, body, secrets, now: deps.clock.now() })
}

function refusal(): PortalReply {
  return json(401, failureBody('HUB_BAD_SIGNATURE', 'the call could not be shown to be genuine'))
}

function tooMany(seconds: number): PortalReply {
  return {
    ...json(429, failureBody('HUB_LIMIT', 'more calls than this portal may make')),
    headers: { 'retry-after': String(seconds), ...JSON_TYPE },
  }
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

function json(status: number, body: string): PortalReply {
  return { status, headers: JSON_TYPE, body }
}
