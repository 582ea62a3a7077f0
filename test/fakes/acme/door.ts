import type { Caller, Door, DoorContext, DoorRequest } from '../../../src/core/dialect.ts'
import type { Portal } from '../../../src/core/portal.ts'
import type { Refusal, RouteReply } from '../../../src/core/route.ts'
import { toCallFailure } from '../../../src/portal/call-failure.ts'
import { isSigned, SIGNATURE_HEADER } from './signature.ts'

const TEXT = { 'content-type': 'text/plain; charset=utf-8' }

/** `POST /acme/inbound`: a signed form with `account`, `nonce`, `command` and `args` (JSON); answered in a line of text. */
export class AcmeDoor implements Door {
  readonly routes = [{ method: 'POST', path: '/acme/inbound' }] as const
  readonly #context: DoorContext

  constructor(context: DoorContext) {
    this.#context = context
  }

  async identify({ headers, body }: DoorRequest): Promise<Caller> {
    const text = body.toString('utf8')
    const form = new URLSearchParams(text)
    const claims = form.get('account') ?? ''
    const portal = await this.#context.findPortalBy('account', claims)
    if (!portal) return { ok: false, reason: 'unknown account', claims }
    if (!isSigned(text, headers[SIGNATURE_HEADER], portal.settings['apiKey'] ?? '')) {
      return { ok: false, reason: 'wrong signature', claims }
    }
    const requestId = form.get('nonce')
    if (!requestId) return { ok: false, reason: 'no nonce', claims }
    return { ok: true, portal, requestId }
  }

  async answer(portal: Portal, { body }: DoorRequest): Promise<RouteReply> {
    const form = new URLSearchParams(body.toString('utf8'))
    try {
      const args: unknown = JSON.parse(form.get('args') ?? '{}')
      const result = await this.#context.call(portal, form.get('command') ?? '', args)
      return { status: 200, headers: TEXT, body: `DONE ${JSON.stringify(result)}\n` }
    } catch (error) {
      const { kind, code } = toCallFailure(error)
      if (kind === 'unavailable' || kind === 'internal') throw error
      return { status: 200, headers: TEXT, body: `NO ${code}\n` }
    }
  }

  refuse({ code }: Refusal): { body: string; headers: Record<string, string> } {
    return { body: `REFUSED ${code}\n`, headers: TEXT }
  }
}
