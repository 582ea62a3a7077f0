import { hash } from 'node:crypto'
import { isRecord } from '../../../../core/json.ts'
import type { Community, Entity } from './accounts.ts'
import { type OAuthClient, OAuthUnreachable } from './client.ts'
import type { App, DialogOptions, OAuthProviders } from './providers.ts'

/** What a community's token must be good for: those that the connector names to people who make one by hand. */
const COMMUNITY_SCOPES = 'messages,manage,photos,docs'
const MAX_COMMUNITIES = 1000
const TYPES: ReadonlySet<unknown> = new Set(['page', 'event'])

/**
 * Logins at VK in the operator's name. People log in by VK ID, to have their communities listed; the token of a community is
 * handed out by VK's older OAuth alone. All of it throws OAuthRefusal, OAuthUnreachable.
 */
export class VkLogin {
  readonly #client: OAuthClient
  readonly #roots: OAuthProviders['vk']
  readonly #app: App

  constructor(client: OAuthClient, roots: OAuthProviders['vk'], app: App) {
    this.#client = client
    this.#roots = roots
    this.#app = app
  }

  personDialogUrl(verifier: string, { state, redirectUri }: DialogOptions): string {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.#app.id,
      redirect_uri: redirectUri,
      state,
      scope: 'groups',
      code_challenge: hash('sha256', verifier, 'base64url'),
      code_challenge_method: 'S256',
    })
    return `${this.#roots.idRoot}/authorize?${query}`
  }

  communityDialogUrl(communityId: string, { state, redirectUri }: DialogOptions): string {
    const { oauthRoot, version } = this.#roots
    const query = new URLSearchParams({
      client_id: this.#app.id,
      redirect_uri: redirectUri,
      group_ids: communityId,
      display: 'popup',
      scope: COMMUNITY_SCOPES,
      response_type: 'code',
      state,
      v: version,
    })
    return `${oauthRoot}/authorize?${query}`
  }

  /** Who has logged in, and what that person administers. The token is used for that and dropped. */
  async exchangePerson({
    code,
    deviceId,
    state,
    verifier,
    redirectUri,
  }: PersonCode): Promise<{ user: Entity; communities: readonly Community[] }> {
    const { idRoot, apiRoot, version } = this.#roots
    const client = this.#app.id
    const answer = await this.#client.ask({
      url: `${idRoot}/oauth2/auth`,
      form: {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        client_id: client,
        device_id: deviceId,
        redirect_uri: redirectUri,
        state,
      },
      secrets: [code, verifier],
    })
    const token = requireText(answer['access_token'])
    const person = await this.#client.ask({
      url: `${idRoot}/oauth2/user_info`,
      form: { client_id: client, access_token: token },
      secrets: [token],
    })
    const groups = await this.#client.ask({
      url: `${apiRoot}/method/groups.get`,
      form: {
        access_token: token,
        v: version,
        filter: 'admin',
        extended: '1',
        count: String(MAX_COMMUNITIES),
      },
      secrets: [token],
    })
    return { user: toPerson(person['user']), communities: toCommunities(groups['response']) }
  }

  /** The token of one community, which doesn't expire. */
  async exchangeCommunity(
    communityId: string,
    { code, redirectUri }: { readonly code: string; readonly redirectUri: string },
  ): Promise<string> {
    const { id, secret } = this.#app
    const answer = await this.#client.ask({
      url: `${this.#roots.oauthRoot}/access_token`,
      form: { client_id: id, client_secret: secret, redirect_uri: redirectUri, code },
      secrets: [secret, code],
    })
    return requireText(tokenIn(answer, communityId))
  }
}

export interface PersonCode {
  readonly code: string
  /** VK gives it with the code and wants it back. */
  readonly deviceId: string
  readonly state: string
  readonly verifier: string
  readonly redirectUri: string
}

/** Newer versions answer with a list, older ones with `access_token_123`. */
function tokenIn(answer: Readonly<Record<string, unknown>>, communityId: string): unknown {
  const { groups } = answer
  const listed = (Array.isArray(groups) ? groups : []).find(
    (one) => isRecord(one) && String(one['group_id']) === communityId,
  )
  return isRecord(listed) ? listed['access_token'] : answer[`access_token_${communityId}`]
}

function requireText(token: unknown): string {
  if (typeof token === 'string' && token !== '') return token
  throw new OAuthUnreachable('an answer without a token')
}

function toPerson(user: unknown): Entity {
  if (!isRecord(user)) throw new OAuthUnreachable('an answer without a person')
  const id = String(user['user_id'] ?? '')
  const names = ['first_name', 'last_name'].flatMap((key) => {
    const name = user[key]
    return typeof name === 'string' && name !== '' ? [name] : []
  })
  return { id, name: names.join(' ') || id }
}

function toCommunities(response: unknown): Community[] {
  const items = isRecord(response) && Array.isArray(response['items']) ? response['items'] : []
  return items.filter(isRecord).flatMap(({ id, name, screen_name: screenName, type }) => {
    if (!Number.isSafeInteger(id)) return []
    const path = typeof screenName === 'string' && /^[\w.]+$/.test(screenName) ? screenName : ''
    return [
      {
        id: String(id),
        name: typeof name === 'string' ? name : String(id),
        url: `https://vk.com/${path || `club${String(id)}`}`,
        type: (TYPES.has(type) ? type : 'group') as Community['type'],
      },
    ]
  })
}
