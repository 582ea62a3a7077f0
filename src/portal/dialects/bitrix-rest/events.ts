import { given } from '../../../core/given.ts'
import type { Portal } from '../../../core/portal.ts'
import { isSameSecret } from '../../../core/secrets.ts'
import type { Callers, Context } from './callers.ts'
import { Departures } from './departures.ts'
import { install, keepApplicationToken } from './install.ts'
import { Orders } from './orders.ts'
import { type FormFields, fieldsAt, textAt } from './php-form.ts'
import { APPLICATION_TOKEN, offeredTokens, type Tokens } from './tokens.ts'
import { mayBeAdministrator } from './visitors.ts'

export type EventCaller =
  /** `tokens`: of an installation, shown to be our application's. */
  | { readonly ok: true; readonly portal: Portal; readonly tokens?: Tokens }
  | { readonly ok: false; readonly reason: string; readonly claims?: string }

const INSTALL = 'ONAPPINSTALL'

/** What Bitrix24's servers post: who it is from, and what is to be done. */
export class Events {
  readonly #context: Context
  readonly #callers: Callers
  readonly #orders: Orders
  readonly #departures: Departures

  constructor(context: Context, callers: Callers) {
    this.#context = context
    this.#callers = callers
    this.#orders = new Orders(context)
    this.#departures = new Departures(context)
  }

  /** Believed by the token that the portal was given with the application. Throws StoreUnavailableError. */
  async identify(form: FormFields, portalId: string): Promise<EventCaller> {
    const auth = fieldsAt(form, 'auth')
    const memberId = textAt(auth, 'member_id')
    const domain = textAt(auth, 'domain')
    const claims = domain || memberId
    const portal = await this.#callers.find({ portalId, memberId, domain })
    if (!portal) return { ok: false, reason: 'unknown portal', claims }
    const known = portal.settings['memberId']
    if (known !== undefined && memberId !== '' && known !== memberId) {
      return { ok: false, reason: 'another member_id', claims }
    }
    const token = textAt(auth, 'application_token')
    const stored = await this.#context.memory.portals.read(portal.id, APPLICATION_TOKEN)
    if (!stored || nameOf(form) === INSTALL) return await this.#vouchedFor(portal, auth, claims)
    const isGenuine = isSameSecret(token, stored.value)
    return isGenuine ? { ok: true, portal } : { ok: false, reason: 'wrong token', claims }
  }

  /** There is nothing to compare with: the portal itself has to say that the access token in the event is ours. */
  async #vouchedFor(portal: Portal, auth: FormFields, claims: string): Promise<EventCaller> {
    const signal = new AbortController().signal
    const access = textAt(auth, 'access_token')
    const check = await this.#callers.check(portal, access, signal)
    if (check.kind === 'refused') return { ok: false, reason: check.reason, claims }
    const posted = offered(portal, auth, this.#context.clock.now())
    const isUnclear = check.kind === 'unclear'
    const { tokens } = this.#context.speakerOf(portal).rest
    const own = isUnclear && posted ? await tokens.prove(portal, posted, signal) : posted
    if (isUnclear && !own) return { ok: false, reason: 'a token of an unnamed application', claims }
    const applicationToken = textAt(auth, 'application_token')
    // What later events are believed by is taken from an administrator only: any user of the portal has an access token.
    const valid = own?.access ?? access
    const isLearnt =
      applicationToken !== '' && (await mayBeAdministrator(this.#context, portal, valid))
    if (isLearnt) await keepApplicationToken(this.#context, portal.id, applicationToken)
    return { ok: true, portal, ...given({ tokens: own }) }
  }

  /** Throws StoreUnavailableError while something has not been stored. */
  async handle(portal: Portal, form: FormFields, tokens?: Tokens): Promise<void> {
    const { data } = form
    const orders = { data, ts: textAt(form, 'ts') }
    switch (nameOf(form)) {
      case 'ONIMCONNECTORMESSAGEADD':
        return await this.#orders.take(portal, orders, 'send')
      case 'ONIMCONNECTORMESSAGEUPDATE':
        return await this.#orders.take(portal, orders, 'edit')
      case 'ONIMCONNECTORMESSAGEDELETE':
        return await this.#orders.take(portal, orders, 'delete')
      case 'ONIMCONNECTORSTATUSDELETE':
        return await this.#departures.connectorRemoved(portal, data)
      case 'ONIMCONNECTORLINEDELETE':
        return await this.#departures.lineRemoved(portal, data)
      case 'ONAPPUNINSTALL':
        return await this.#departures.uninstalled(portal)
      case INSTALL:
        return await this.#installed(portal, form, tokens)
      // Sessions begin and end with the portal; nothing of it is for the channel.
      default:
        return
    }
  }

  async #installed(portal: Portal, form: FormFields, tokens: Tokens | undefined): Promise<void> {
    if (!tokens || tokens.refresh === '') return
    const applicationToken = textAt(form, 'auth', 'application_token')
    const faults = await install(this.#context, { portal, tokens }, applicationToken)
    if (faults.length === 0) return
    const fields = { event: 'portal.install-failed', portalId: portal.id, faults }
    this.#context.log.warn(fields, 'a portal could not be set up completely')
  }
}

export function nameOf(form: FormFields): string {
  return textAt(form, 'event').toUpperCase()
}

function offered(portal: Portal, auth: FormFields, now: number): Tokens | undefined {
  return offeredTokens(
    portal,
    {
      access: textAt(auth, 'access_token'),
      refresh: textAt(auth, 'refresh_token'),
      expiresIn: textAt(auth, 'expires_in'),
      server: textAt(auth, 'server_endpoint'),
      memberId: textAt(auth, 'member_id'),
    },
    now,
  )
}
