import type { Caller, Door, DoorRequest } from '../../../core/dialect.ts'
import { given } from '../../../core/given.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Refusal, RouteReply } from '../../../core/route.ts'
import { Callers, type Context } from './callers.ts'
import { Events } from './events.ts'
import { claimedPortal, type FormGrant, verifyForm } from './form-token.ts'
import { escapeHtml, htmlReply } from './html.ts'
import { install, installPage } from './install.ts'
import { type FormFields, parsePhpForm, textAt } from './php-form.ts'
import { SettingsPage } from './settings-page.ts'
import type { Tokens } from './tokens.ts'
import { admit, mend, type Visitor } from './visitors.ts'
import { wordsFor } from './words.ts'

/** What `identify` has found out of a request, for `answer`. */
type Known =
  | { readonly kind: 'visit'; readonly form: FormFields; readonly visitor: Visitor }
  | { readonly kind: 'form'; readonly form: FormFields; readonly grant: FormGrant }
  /** One of our forms that was left open for too long: whoever sent it learns that in the portal's frame. */
  | { readonly kind: 'late-form'; readonly form: FormFields }
  | { readonly kind: 'event'; readonly form: FormFields; readonly tokens?: Tokens }

const INSTALL = '/b24/install'
const SETTINGS = '/b24/settings'
const EVENTS = '/b24/events'
const UNREADABLE = { ok: false, reason: 'the form can not be read' } as const
/** An event with fifty messages and their files. */
const MAX_BODY_BYTES = 1024 * 1024

/** Where a portal's application lives: its installation, the settings page in the portal's frame, and the portal's events. */
export class BitrixRestDoor implements Door {
  readonly routes = [
    { method: 'ANY', path: INSTALL },
    { method: 'ANY', path: SETTINGS },
    { method: 'POST', path: EVENTS },
  ] as const
  readonly maxBodyBytes = MAX_BODY_BYTES
  readonly #context: Context
  readonly #callers: Callers
  readonly #events: Events
  readonly #settings: SettingsPage
  readonly #known = new WeakMap<DoorRequest, Known>()

  constructor(context: Context) {
    this.#context = context
    this.#callers = new Callers(context)
    this.#events = new Events(context, this.#callers)
    this.#settings = new SettingsPage(context)
  }

  async refuseByHead({ method }: Pick<DoorRequest, 'method'>) {
    // Somebody looks at the address with a browser: the refusal is the page that says what it is for.
    return method === 'POST' ? undefined : ({ ok: false, reason: 'not from a portal' } as const)
  }

  async identify(request: DoorRequest): Promise<Caller> {
    const form = parsePhpForm(request.body.toString('utf8'))
    if (!form) return UNREADABLE
    const isEvent = request.path === EVENTS || (request.path === INSTALL && 'event' in form)
    if (isEvent) {
      const caller = await this.#events.identify(form, request.query.get('portal') ?? '')
      if (!caller.ok) return caller
      const { portal, tokens } = caller
      this.#known.set(request, { kind: 'event', form, ...given({ tokens }) })
      return { ok: true, portal }
    }
    const token = textAt(form, 'hub_token')
    if (request.path === SETTINGS && token !== '') return await this.#byForm(request, form, token)
    const visit = await admit(this.#context, this.#callers, request, form)
    if (!visit.ok) return visit
    const { visitor } = visit
    await mend(this.#context, visitor)
    this.#known.set(request, { kind: 'visit', form, visitor })
    return { ok: true, portal: visitor.portal }
  }

  async answer(portal: Portal, request: DoorRequest): Promise<RouteReply> {
    const known = this.#known.get(request)
    if (!known) throw new Error('a request is answered that nobody has identified')
    const { form } = known
    if (known.kind === 'event') {
      await this.#events.handle(portal, form, known.tokens)
      return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'OK' }
    }
    if (known.kind === 'late-form') return this.#settings.late(portal)
    if (known.kind === 'form') return await this.#settings.submit(portal, known.grant, form)
    const { visitor } = known
    if (request.path === SETTINGS) return await this.#settings.open(visitor, request.query, form)
    const faults = await install(this.#context, visitor, textAt(form, 'APPLICATION_TOKEN'))
    return installPage(visitor, faults)
  }

  /** People see it, in a frame or a browser; which language they read nobody knows yet. */
  refuse({ status, code, message }: Refusal): { body: string; headers: Record<string, string> } {
    const [en, ru] = [wordsFor('en'), wordsFor('ru')]
    const texts = [en.openInPortal, en.refused, ru.openInPortal, ru.refused]
    const body = texts.map((text) => `<p>${escapeHtml(text)}</p>`)
    const why = `<p class="help">${status} ${code}: ${escapeHtml(message)}</p>`
    const page = { language: 'en', title: en.settingsTitle, body: `${body.join('')}${why}` }
    const reply = htmlReply(status, page)
    return { body: String(reply.body), headers: { ...reply.headers } }
  }

  async #byForm(request: DoorRequest, form: FormFields, token: string): Promise<Caller> {
    const claims = claimedPortal(token)
    const portal = claims === '' ? undefined : await this.#context.findPortal(claims)
    const grant = portal && verifyForm(token, portal, this.#context.clock.now())
    if (!portal || !grant) return { ok: false, reason: 'a form that is not ours', claims }
    if (grant.isLate) {
      this.#known.set(request, { kind: 'late-form', form })
      return { ok: true, portal }
    }
    this.#known.set(request, { kind: 'form', form, grant })
    return { ok: true, portal, requestId: grant.nonce }
  }
}
