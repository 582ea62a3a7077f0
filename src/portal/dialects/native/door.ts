import { refuseByHeaders, verify } from '../../../client/signature.ts'
import type {
  Caller,
  Door,
  DoorContext,
  DoorRequest,
  DoorRequestHead,
} from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Refusal, RouteReply } from '../../../core/route.ts'
import { logCallFailure } from '../../call-failure.ts'
import { answerBody, failureBody } from './json-rpc.ts'

/** Caller's ids: 8–64 characters, and none that could be a packet's, so that a packet can't be reflected. */
const REQUEST_ID = /^(?!pkt_)[\x21-\x7e]{8,64}$/
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

type DoorCheck =
  | { readonly ok: true; readonly requestId: string; readonly calledWith: string }
  | { readonly ok: false; readonly reason: string }

/** `POST /rpc/<portalId>`: signed JSON-RPC (PROTOCOL §2, §4). */
export class NativeDoor implements Door {
  readonly routes = [{ method: 'POST', path: '/rpc/:portalId' }] as const
  readonly #context: DoorContext

  constructor(context: DoorContext) {
    this.#context = context
  }

  async refuseByHead({
    params,
    headers,
  }: DoorRequestHead): Promise<Extract<Caller, { ok: false }> | undefined> {
    const { portalId: claims = '' } = params
    const reason = refuseByHeaders({ headers, now: this.#context.clock.now() })
    if (reason !== undefined) return { ok: false, reason, claims }
    const isKnown = (await this.#context.findPortal(claims)) !== undefined
    return isKnown ? undefined : { ok: false, reason: 'unknown portal', claims }
  }

  async identify(request: DoorRequest): Promise<Caller> {
    const { portalId: claims = '' } = request.params
    const known = await this.#context.findPortal(claims)
    if (!known) return { ok: false, reason: 'unknown portal', claims }
    let portal = known
    let check = this.#verify(request, portal)
    if (!check.ok) {
      // The secret may have been changed by another process a moment ago.
      portal = (await this.#context.reloadPortal(claims)) ?? known
      check = this.#verify(request, portal)
    }
    if (!check.ok) return { ok: false, reason: check.reason, claims }
    const { requestId, calledWith } = check
    if (!REQUEST_ID.test(requestId)) {
      return { ok: false, reason: 'webhook-id has the wrong form', claims }
    }
    return { ok: true, portal: { ...portal, calledWith }, requestId }
  }

  async answer(portal: Portal, { body }: DoorRequest): Promise<RouteReply> {
    const answer = await answerBody(body, {
      run: (method, params) => this.#context.call(portal, method, params),
      isQueueing: this.#context.isQueueing,
      failed: (method, error) =>
        logCallFailure(this.#context.log, error, { portalId: portal.id, method }),
    })
    return answer === undefined
      ? { status: 204 }
      : { status: 200, headers: JSON_TYPE, body: answer }
  }

  refuse({ code, message }: Refusal): { body: string; headers: Record<string, string> } {
    return { body: failureBody(code, message), headers: JSON_TYPE }
  }

  #verify({ headers, body }: DoorRequest, { secrets }: Portal): DoorCheck {
    const now = this.#context.clock.now()
    let reason = 'the portal has no secret'
    for (const secret of secrets) {
      const check = verify({ headers, body, secrets: [secret], now })
      if (check.ok) return { ok: true, requestId: check.id, calledWith: secret }
      reason = check.reason
    }
    return { ok: false, reason }
  }
}
