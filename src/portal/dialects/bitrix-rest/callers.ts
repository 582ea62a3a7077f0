import type { DoorContext } from '../../../core/dialect.ts'
import { isRecord } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import { RateLimit } from '../../../core/rate-limit.ts'
import type { BitrixRestSpeaker } from './speaker.ts'

export type Context = DoorContext<BitrixRestSpeaker>

/** What a caller says of its portal; nothing of it is believed. */
export interface Claims {
  readonly portalId?: string
  readonly memberId?: string
  /** Host, with the port where there is one. */
  readonly domain?: string
}

export type TokenCheck =
  /** It belongs to our application in that portal. */
  | { readonly kind: 'ours' }
  /** It is good, but the portal doesn't say whose application it is: only the OAuth server can. */
  | { readonly kind: 'unclear' }
  | { readonly kind: 'refused'; readonly reason: string }

const LISTING_MS = 1000
/** Checks a second and portal: each is a request to the portal that a stranger can cause. */
const CHECKS_PER_SECOND = 10
/** How Bitrix24 names applications: a name of this form that isn't ours is another one's. */
const CLIENT_ID = /^(?:local|app)\.[0-9a-f]+\.\d+$/i

/** Finds out who calls, and has the portal itself say whether it is true. */
export class Callers {
  readonly #context: Context
  readonly #rate: RateLimit
  #listing: { readonly at: number; readonly portals: Promise<readonly Portal[]> } | undefined

  constructor(context: Context) {
    this.#context = context
    this.#rate = new RateLimit(CHECKS_PER_SECOND, context.clock)
  }

  /** Throws StoreUnavailableError. */
  async find({ portalId, memberId, domain }: Claims): Promise<Portal | undefined> {
    const { findPortal, findPortalBy } = this.#context
    if (portalId) return await findPortal(portalId)
    const known =
      (memberId ? await findPortalBy('memberId', memberId) : undefined) ??
      (domain ? await findPortalBy('domain', domain.toLowerCase()) : undefined)
    if (known || !domain) return known
    // Not installed yet: only the address is known that the administrator has entered.
    const named = domain.toLowerCase()
    const found = (await this.#all()).find(({ url }) => new URL(url).host === named)
    return found && (await findPortal(found.id))
  }

  /** Asks the portal, at its stored address, whose a token is. Never throws. */
  async check(portal: Portal, token: string, signal: AbortSignal): Promise<TokenCheck> {
    if (token === '' || token.length > 1000) return { kind: 'refused', reason: 'no access token' }
    if (this.#rate.take(portal.id) > 0) {
      return { kind: 'refused', reason: 'too many attempts for this portal in a second' }
    }
    const { rest } = this.#context.speakerOf(portal)
    const call = { method: 'app.info', params: {}, isUnpaced: true } as const
    const outcome = await rest.callWith(portal, token, call, signal)
    if (outcome.kind !== 'done') {
      const reason = outcome.kind === 'failed' ? outcome.error : 'broken off'
      return { kind: 'refused', reason: `the portal does not vouch for the token: ${reason}` }
    }
    return whose(outcome.result, portal.settings['clientId'] ?? '')
  }

  /** Of strangers many may ask at once: all get what the store said within the last second. */
  async #all(): Promise<readonly Portal[]> {
    const now = this.#context.clock.now()
    if (!this.#listing || now - this.#listing.at > LISTING_MS) {
      this.#listing = { at: now, portals: this.#context.listPortals() }
    }
    try {
      return await this.#listing.portals
    } catch (error) {
      this.#listing = undefined
      throw error
    }
  }
}

function whose(info: unknown, clientId: string): TokenCheck {
  if (!isRecord(info)) return { kind: 'refused', reason: 'app.info gave no application' }
  const names = ['CODE', 'CLIENT_ID', 'client_id', 'code'].flatMap((key) => {
    const name = info[key]
    return typeof name === 'string' && name !== '' ? [name] : []
  })
  if (names.includes(clientId)) return { kind: 'ours' }
  const isAnother = names.some((name) => CLIENT_ID.test(name))
  return isAnother
    ? { kind: 'refused', reason: 'the token belongs to another application' }
    : { kind: 'unclear' }
}
