import type { DoorContext } from '../../../../core/dialect.ts'
import { OAuthAccounts } from './accounts.ts'
import { OAuthClient, OAuthRefusal, OAuthUnreachable } from './client.ts'
import { MetaLogin } from './meta-login.ts'
import type { OAuthProviders } from './providers.ts'
import { OAuthStates } from './states.ts'
import type { OAuthTexts } from './texts.ts'
import { VkLogin } from './vk-login.ts'

export type Provider = 'meta' | 'vk'

/** What a provider is called, and what its operator's app is set by. */
export const PROVIDER_NAMES: Readonly<
  Record<Provider, { readonly title: string; readonly variables: string }>
> = {
  meta: { title: 'Meta', variables: 'HUB_META_APP_ID, HUB_META_APP_SECRET' },
  vk: { title: 'VK', variables: 'HUB_VK_APP_ID, HUB_VK_APP_SECRET' },
}

const PROVIDER_OF: ReadonlyMap<string, Provider> = new Map([
  ['facebook', 'meta'],
  ['instagram', 'meta'],
  ['vk', 'vk'],
])

/** Which provider a connector's accounts are logged in at; undefined for those that a token is entered for. */
export function providerOf(connector: string): Provider | undefined {
  return PROVIDER_OF.get(connector)
}

export const OAUTH_CONNECTORS: readonly string[] = [...PROVIDER_OF.keys()]

/** Everything that the pages with OAuth and their popups have in common. */
export class OAuth {
  readonly roots: OAuthProviders
  readonly states: OAuthStates
  readonly accounts: OAuthAccounts
  /** Absent: the operator has no app there. */
  readonly meta: MetaLogin | undefined
  readonly vk: VkLogin | undefined
  readonly #publicUrl: string

  constructor(context: DoorContext, roots: OAuthProviders) {
    const { apps, memory, clock, publicUrl } = context
    const client = new OAuthClient(context)
    this.roots = roots
    this.states = new OAuthStates(memory.portals, clock)
    this.accounts = new OAuthAccounts(memory)
    this.meta = apps.meta && new MetaLogin(client, roots.meta, apps.meta)
    this.vk = apps.vk && new VkLogin(client, roots.vk, apps.vk)
    this.#publicUrl = publicUrl
  }

  /** What a page opens in its popup. */
  startUrl(provider: Provider, state: string): string {
    return `${this.#publicUrl}/oauth/${provider}/start?s=${state}`
  }

  /** As it is registered with the operator's app. */
  redirectUri(provider: Provider): string {
    return `${this.#publicUrl}/oauth/${provider}/callback`
  }
}

/** What an error of a provider's says to a person; undefined if it is none. */
export function providerWords(
  error: unknown,
  provider: Provider,
  texts: OAuthTexts,
): string | undefined {
  const { title } = PROVIDER_NAMES[provider]
  if (error instanceof OAuthUnreachable) return texts.unreachable(title)
  return error instanceof OAuthRefusal ? texts.refused(title, error.message) : undefined
}

export function noAppWords(provider: Provider, texts: OAuthTexts): string {
  const { title, variables } = PROVIDER_NAMES[provider]
  return texts.noApp(title, variables)
}
