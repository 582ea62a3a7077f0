import type {
  Caller,
  Door,
  DoorContext,
  DoorRequest,
  DoorRequestHead,
} from '../../../core/dialect.ts'
import { parseJson } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import {
  jsonReply,
  type Refusal,
  RefusedRequestError,
  type RouteReply,
} from '../../../core/route.ts'
import { logCallFailure, toCallFailure } from '../../call-failure.ts'
import { AgentMessages } from './agent-messages.ts'
import { HOOK_PATH, hasHookToken, signatureFault } from './hook.ts'
import { InboxBook } from './inbox-book.ts'
import { type Fields, fieldsOf } from './shapes.ts'
import type { ChatwootSpeaker } from './speaker.ts'
import { Webhooks } from './webhooks.ts'

type Refused = Extract<Caller, { ok: false }>

/** Where Chatwoot posts what happens in a line's inbox. */
export class ChatwootDoor implements Door {
  readonly routes = [{ method: 'POST', path: HOOK_PATH }] as const
  readonly #context: DoorContext<ChatwootSpeaker>
  readonly #book: InboxBook
  readonly #webhooks: Webhooks

  constructor(context: DoorContext<ChatwootSpeaker>) {
    this.#context = context
    this.#book = new InboxBook(context.memory, context.clock)
    this.#webhooks = new Webhooks(context, new AgentMessages(context))
  }

  async refuseByHead(head: DoorRequestHead): Promise<Refused | undefined> {
    const { portalId: claims = '', lineId = '' } = head.params
    const portal = await this.#portalOf(head)
    if (!portal || !/^[1-9]\d{0,14}$/.test(lineId)) {
      return { ok: false, reason: 'unknown portal or wrong token', claims }
    }
    return undefined
  }

  /** By the token of the address alone where Chatwoot signs nothing; with the signature where its secret is known. */
  async identify(request: DoorRequest): Promise<Caller> {
    const { portalId: claims = '', lineId } = request.params
    const portal = await this.#portalOf(request)
    if (!portal) return { ok: false, reason: 'unknown portal or wrong token', claims }
    const known = await this.#book.ofLine(portal.id, Number(lineId))
    if (!known) return { ok: false, reason: 'no inbox of this line is known', claims }
    const secret = portal.settings['webhookSecret'] ?? known.secret
    if (secret === undefined) return { ok: true, portal }
    const { headers, body } = request
    const reason = signatureFault({ headers, body, secret, now: this.#context.clock.now() })
    return reason === undefined ? { ok: true, portal } : { ok: false, reason, claims }
  }

  async answer(portal: Portal, request: DoorRequest): Promise<RouteReply> {
    const known = await this.#book.ofLine(portal.id, Number(request.params['lineId']))
    const hook = readHook(request.body)
    if (!hook) throw new RefusedRequestError('HUB_BAD_UPDATE', 'the body is not JSON in UTF-8')
    if (!known || isElsewhere(hook, known.inbox, portal)) {
      throw new RefusedRequestError('HUB_BAD_UPDATE', 'this is about another inbox')
    }
    try {
      await this.#webhooks.take({ portal, known }, hook)
      return jsonReply(200, {})
    } catch (error) {
      return this.#failure(portal, error)
    }
  }

  refuse({ code, message }: Refusal): { body: string; headers: Record<string, string> } {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    return { body: JSON.stringify({ error: { code, message } }), headers }
  }

  /** Chatwoot marks the message as failed, and the hub takes it when it looks through the conversations. */
  #failure(portal: Portal, error: unknown): RouteReply {
    const { kind, code, message } = toCallFailure(error)
    if (kind === 'unavailable') throw error
    logCallFailure(this.#context.log, error, { portalId: portal.id, method: 'sendMessage' })
    return jsonReply(code === 'HUB_LIMIT' ? 429 : 500, { error: { code, message } })
  }

  async #portalOf(head: DoorRequestHead): Promise<Portal | undefined> {
    const { portalId = '' } = head.params
    const portal = await this.#context.findPortal(portalId)
    if (!portal || hasHookToken(portal, head)) return portal
    // The secret that tokens are made with may have been changed by another process a moment ago.
    const reloaded = await this.#context.reloadPortal(portalId)
    return reloaded && hasHookToken(reloaded, head) ? reloaded : undefined
  }
}

function readHook(body: Buffer): Fields | undefined {
  try {
    return fieldsOf(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body)))
  } catch {
    return undefined
  }
}

/** A hook of an account's may have been given the same address by hand. */
function isElsewhere(hook: Fields, inbox: number, { settings }: Portal): boolean {
  const shown = fieldsOf(hook['inbox'])['id'] ?? fieldsOf(hook['conversation'])['inbox_id'] ?? inbox
  const account = fieldsOf(hook['account'])['id'] ?? settings['accountId']
  return shown !== inbox || String(account) !== settings['accountId']
}
