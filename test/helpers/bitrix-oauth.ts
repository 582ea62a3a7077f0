import assert from 'node:assert/strict'
import type { Era } from '../../src/portal/dialects/bitrix/era.ts'
import { describeBitrix } from '../../src/portal/dialects/bitrix/index.ts'
import { PROVIDERS } from '../../src/portal/dialects/bitrix/oauth/providers.ts'
import type { PhpInput } from '../../src/portal/dialects/bitrix/wire/php-value.ts'
import type { Reply } from '../fakes/bitrix/caller.ts'
import { FakeMetaLogin } from '../fakes/bitrix/meta-login.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { FakeVkLogin } from '../fakes/bitrix/vk-login.ts'
import { startFakeVk } from '../fakes/vk.ts'
import { startTestHub, type TestHub } from './hub.ts'
import { createJumpClock } from './jump-clock.ts'
import { META_APP } from './meta-kit.ts'
import type { TestStore } from './stores.ts'

export interface Popup {
  readonly status: number
  readonly location: string
  readonly text: string
  readonly headers: Headers
}

/** A hub with the operator's apps at Meta and VK, both of them fakes, and a portal with its pages. */
export async function openOAuthRig(
  store: TestStore,
  {
    env,
    era = '2026',
  }: { readonly env?: Readonly<Record<string, string>>; readonly era?: Era } = {},
) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const meta = stack.use(await FakeMetaLogin.start())
  const api = stack.use(await startFakeVk())
  const vk = stack.use(await FakeVkLogin.start(api.url))
  meta.app = meta.addApp(META_APP.id, META_APP.secret)
  const clock = createJumpClock()
  const hub = stack.use(
    await startTestHub({
      databaseUrl,
      clock,
      env: env ?? {
        HUB_META_APP_ID: META_APP.id,
        HUB_META_APP_SECRET: META_APP.secret,
        HUB_VK_APP_ID: vk.app.id,
        HUB_VK_APP_SECRET: vk.app.secret,
      },
      dialects: [
        describeBitrix({
          meta: { ...PROVIDERS.meta, dialogRoot: meta.url, graphRoot: meta.url },
          vk: {
            ...PROVIDERS.vk,
            idRoot: `${vk.url}/id`,
            oauthRoot: `${vk.url}/oauth`,
            apiRoot: vk.url,
          },
        }),
      ],
    }),
  )
  meta.redirectUris.add(`${hub.url}/oauth/meta/callback`)
  vk.redirectUris.add(`${hub.url}/oauth/vk/callback`)
  const portal = stack.use(await FakeBitrix.start({ era }))
  const id = await addBitrix(hub, portal)
  return {
    ...{ hub, meta, vk, api, clock, portal, id },
    page: (connector: string, line = '7') => new FakePageOfPortal(hub, portal, { connector, line }),
    async lockout(connector: string, externalId = '7') {
      const address = { portalId: id, connector, externalId }
      return (await hub.app.services.lineOperations.statusOf(address)).lockout
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export async function addBitrix(
  hub: TestHub,
  portal: FakeBitrix,
  language: 'en' | 'ru' = 'en',
): Promise<string> {
  const { id } = await hub.app.services.portalOperations.add({
    name: 'Shop',
    url: portal.url,
    language,
    format: { text: 'bbcode', emoji: 'shortname' },
    dialect: 'bitrix',
    settings: portal.settings,
  })
  return id
}

/** A settings page of the portal for a line, and the popup that it opens. */
export class FakePageOfPortal {
  readonly #hub: TestHub
  readonly #portal: FakeBitrix
  readonly #at: { readonly connector: string; readonly line: string }

  constructor(
    hub: TestHub,
    portal: FakeBitrix,
    at: { readonly connector: string; readonly line: string },
  ) {
    this.#hub = hub
    this.#portal = portal
    this.#at = at
  }

  get returnUrl(): string {
    const { connector, line } = this.#at
    const query = new URLSearchParams({ ID: connector, LINE: line, reload: 'Y', ajaxid: 'comp_1' })
    return `${this.#portal.url}/contact_center/connector/?${query}`
  }

  async order(command: string, ...args: PhpInput[]): Promise<Reply> {
    return await this.#portal.call(this.#hub.url, { ...this.#at, command, args })
  }

  /** `getAuthorizationInformation` with the address as the page encodes it. */
  async ask(returnUrl = this.returnUrl): Promise<Reply> {
    const once = encodeURIComponent(returnUrl)
    const isTwice = this.#at.connector === 'vkgroup'
    const encoded = isTwice ? encodeURIComponent(once) : once
    return await this.order('getAuthorizationInformation', encoded)
  }

  /** What the page shows. */
  async open(): Promise<Information> {
    const { body, text } = await this.ask()
    assert.equal(body.OK, true, text)
    return body.DATA as Information
  }

  async do(command: string, ...args: PhpInput[]): Promise<void> {
    const { body, text } = await this.order(command, ...args)
    assert.equal(body.OK, true, `${command}: ${text}`)
  }

  /** Code and message of a command that has failed. */
  async fail(command: string, ...args: PhpInput[]): Promise<{ code: string; message: string }> {
    return failureOf(await this.order(command, ...args))
  }

  /** Logs in, from the page's link to the page again. */
  async logIn(): Promise<Popup> {
    return await followAll((await this.open()).USER.URI)
  }
}

export interface Entry {
  readonly INFO: Readonly<Record<string, unknown>>
  readonly URI?: string
  readonly ACTIVE?: boolean
}

export interface Information {
  readonly USER: { readonly URI: string; readonly INFO?: Readonly<Record<string, unknown>> }
  readonly PAGES?: readonly Entry[]
  readonly PAGE?: Readonly<Record<string, unknown>>
  readonly GROUPS?: readonly Entry[]
  readonly GROUP?: Readonly<Record<string, unknown>>
  readonly GROUP_DEL?: string
}

export function failureOf({ body, text }: Reply): { code: string; message: string } {
  assert.equal(body.OK, false, text)
  const [first] = body.ERROR as { CODE: string; MESSAGE: string }[]
  return { code: first?.CODE ?? '', message: first?.MESSAGE ?? '' }
}

/** One step of a browser. */
export async function visit(url: string): Promise<Popup> {
  const response = await fetch(url, { redirect: 'manual' })
  const { status, headers } = response
  return { status, headers, location: headers.get('location') ?? '', text: await response.text() }
}

/** From the page's link over the provider's dialog to the hub's callback, whose answer it gives. */
export async function followAll(startUrl: string): Promise<Popup> {
  const dialog = await visit(startUrl)
  if (dialog.status !== 302) return dialog
  const back = await visit(dialog.location)
  return back.status === 302 ? await visit(back.location) : back
}
