/**
 * Where Meta and VK are spoken to. An operator's secret goes to these addresses, so no portal can name others, as it can for
 * a line's own API; whoever puts a hub together can (a test, a cloud of its own).
 */
export interface OAuthProviders {
  readonly meta: {
    /** What shows people the dialog. */
    readonly dialogRoot: string
    readonly graphRoot: string
    readonly version: string
  }
  readonly vk: {
    /** Where people log in: https://id.vk.com/about/business/go/docs/ru/vkid/latest/vk-id/connection/api-integration/api-description */
    readonly idRoot: string
    /** Where a community's administrator hands out its token: https://dev.vk.com/en/api/access-token/authcode-flow-community */
    readonly oauthRoot: string
    readonly apiRoot: string
    readonly version: string
  }
}

export const PROVIDERS: OAuthProviders = {
  meta: {
    dialogRoot: 'https://www.facebook.com',
    graphRoot: 'https://graph.facebook.com',
    version: 'v25.0',
  },
  vk: {
    idRoot: 'https://id.vk.com',
    oauthRoot: 'https://oauth.vk.com',
    apiRoot: 'https://api.vk.com',
    version: '5.199',
  },
}

/** An operator's application at a provider. */
export interface App {
  readonly id: string
  readonly secret: string
}

export interface DialogOptions {
  readonly state: string
  /** Where the provider sends the person's code: as it is registered with the app. */
  readonly redirectUri: string
}
