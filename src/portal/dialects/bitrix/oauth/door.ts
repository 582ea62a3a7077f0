import type { Caller, DoorContext, DoorRequest } from '../../../../core/dialect.ts'
import { StoreUnavailableError } from '../../../../core/errors.ts'
import type { Portal } from '../../../../core/portal.ts'
import type { Refusal, RouteReply } from '../../../../core/route.ts'
import { logCallFailure } from '../../../call-failure.ts'
import { type Code, finishMeta, finishVk, NotConnectedError } from './finish.ts'
import { noAppWords, type OAuth, type Provider, providerOf, providerWords } from './oauth.ts'
import { plainPage, redirect, strangersPage } from './page.ts'
import { type FoundWish, type OpenWish, portalOf } from './states.ts'
import { OAUTH_TEXTS, type OAuthTexts } from './texts.ts'

/** The state, and for a dialog about one of VK's communities its id. */
const STATE = /^([^.]{1,100})(?:\.([1-9]\d{0,14}))?$/
const COMMUNITY = /^[1-9]\d{0,14}$/
const ROUTE = /^\/oauth\/(meta|vk)\/(start|callback)$/
const MAX_CODE = 4096

interface Visit {
  readonly portal: Portal
  readonly provider: Provider
  readonly texts: OAuthTexts
  readonly state: string
  readonly community?: string | undefined
  readonly query: URLSearchParams
}

/**
 * What a portal's page opens in a popup: `start` leads to the provider's dialog, which comes back to `callback`, which leads to
 * the portal's page. A visitor shows nothing but the state that the portal was given.
 */
export class OAuthDoor {
  readonly #context: DoorContext
  readonly #oauth: OAuth

  constructor(context: DoorContext, oauth: OAuth) {
    this.#context = context
    this.#oauth = oauth
  }

  async identify(request: DoorRequest): Promise<Caller> {
    const { state } = stateOf(request)
    const portalId = portalOf(state)
    const portal = portalId === undefined ? undefined : await this.#context.findPortal(portalId)
    if (!portal) return { ok: false, reason: 'no state of any portal' }
    const found = await this.#oauth.states.find(state)
    if (found) return { ok: true, portal }
    return { ok: false, reason: 'a state that was never given out', claims: portal.id }
  }

  async answer(portal: Portal, request: DoorRequest): Promise<RouteReply> {
    // Whoever looks whether the address is there must not use the state up.
    if (request.method === 'HEAD') return { status: 204 }
    const [, provider, step] = ROUTE.exec(request.path) ?? []
    const texts = OAUTH_TEXTS[portal.language]
    const visit: Visit = {
      ...{ portal, texts, query: request.query, ...stateOf(request) },
      provider: provider === 'vk' ? 'vk' : 'meta',
    }
    try {
      return step === 'start' ? await this.#start(visit) : await this.#finish(visit)
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error
      const words = providerWords(error, visit.provider, texts)
      if (words !== undefined) return plainPage(502, words, portal.language)
      if (error instanceof NotConnectedError) {
        return plainPage(409, texts.notConnected(error.message), portal.language)
      }
      logCallFailure(this.#context.log, error, { portalId: portal.id, method: request.path })
      return plainPage(500, texts.internal, portal.language)
    }
  }

  refuse({ code, message }: Refusal) {
    return strangersPage((texts) => {
      if (code === 'HUB_BAD_SIGNATURE') return texts.unknown
      if (code === 'HUB_STORE_UNAVAILABLE') return texts.storeAway
      return code === 'HUB_INTERNAL' ? texts.internal : message
    })
  }

  async #start(visit: Visit): Promise<RouteReply> {
    const { state, provider, query, portal, texts } = visit
    const found = await this.#oauth.states.find(state)
    const wish = openWish(found, provider)
    if (typeof wish === 'string') return plainPage(410, texts[wish], portal.language)
    const redirectUri = this.#oauth.redirectUri(provider)
    const { meta, vk } = this.#oauth
    if (provider === 'meta' && meta) {
      return redirect(meta.dialogUrl(wish.connector, { state, redirectUri }))
    }
    if (provider === 'meta' || !vk) {
      return plainPage(503, noAppWords(provider, texts), portal.language)
    }
    const community = query.get('group')
    if (community === null) {
      return redirect(vk.personDialogUrl(wish.verifier, { state, redirectUri }))
    }
    if (!COMMUNITY.test(community)) return plainPage(400, texts.unknown, portal.language)
    const dialog = { redirectUri, state: `${state}.${community}` }
    return redirect(vk.communityDialogUrl(community, dialog))
  }

  async #finish(visit: Visit): Promise<RouteReply> {
    const { state, provider, query, portal, texts, community } = visit
    const before = openWish(await this.#oauth.states.find(state), provider)
    const wish =
      typeof before === 'string' ? before : openWish(await this.#oauth.states.take(state), provider)
    if (typeof wish === 'string') return plainPage(410, texts[wish], portal.language)
    const denied = query.get('error')
    if (denied === 'access_denied' || denied === 'user_denied') return redirect(wish.returnUrl)
    const code = query.get('code') ?? ''
    if (denied !== null || code === '' || code.length > MAX_CODE) {
      const words = (query.get('error_description') ?? denied ?? '').slice(0, 300)
      return plainPage(400, words ? `${texts.denied} ${words}` : texts.denied, portal.language)
    }
    const got: Code = {
      code,
      state,
      deviceId: (query.get('device_id') ?? '').slice(0, MAX_CODE),
      redirectUri: this.#oauth.redirectUri(provider),
      ...(community !== undefined && { community }),
    }
    const actor = { context: this.#context, portal }
    const finish = provider === 'meta' ? finishMeta : finishVk
    const isDone = await finish({ actor, oauth: this.#oauth, wish, got })
    if (!isDone) return plainPage(503, noAppWords(provider, texts), portal.language)
    return redirect(wish.returnUrl)
  }
}

/** `start` has it from the page, `callback` from the provider. */
function stateOf({ path, query }: Pick<DoorRequest, 'path' | 'query'>): {
  readonly state: string
  readonly community?: string | undefined
} {
  const given = query.get(path.endsWith('/start') ? 's' : 'state') ?? ''
  const [, state = '', community] = STATE.exec(given) ?? []
  return { state, community }
}

/** Why it can't be used, by the name of the text that says so. */
function openWish(
  found: FoundWish | undefined,
  provider: Provider,
): OpenWish | 'unknown' | 'used' | 'expired' {
  if (!found) return 'unknown'
  if (found.kind !== 'open') return found.kind
  return providerOf(found.wish.connector) === provider ? found.wish : 'unknown'
}
