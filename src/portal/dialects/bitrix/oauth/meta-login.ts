import { createHmac } from 'node:crypto'
import { isRecord } from '../../../../core/json.ts'
import type { Entity } from './accounts.ts'
import { type OAuthClient, OAuthUnreachable } from './client.ts'
import type { App, DialogOptions, OAuthProviders } from './providers.ts'

export interface InstagramAccount extends Entity {
  /** Without `@`. */
  readonly username: string
  readonly mediaCount: number
  readonly picture: string
}

export interface MetaPage extends Entity {
  readonly instagram?: InstagramAccount
}

/** With the token by which the hub works for the page. */
export interface OwnPage extends MetaPage {
  readonly token: string
}

const PAGE_SCOPES = [
  'pages_show_list',
  'pages_messaging',
  'pages_manage_metadata',
  'pages_read_engagement',
  // Without it pages that a business portfolio holds are missing from the list.
  'business_management',
]
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  facebook: PAGE_SCOPES,
  instagram: [...PAGE_SCOPES, 'instagram_basic', 'instagram_manage_messages'],
}

const INSTAGRAM = 'instagram_business_account{id,username,name,media_count,profile_picture_url}'
const PAGE_SIZE = 100
/** Of lists: nobody chooses among more. */
const MAX_LISTS = 5

/**
 * Facebook Login in the operator's name. https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow,
 * https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived. All of it throws OAuthRefusal,
 * OAuthUnreachable.
 */
export class MetaLogin {
  readonly #client: OAuthClient
  readonly #roots: OAuthProviders['meta']
  readonly #app: App

  constructor(client: OAuthClient, roots: OAuthProviders['meta'], app: App) {
    this.#client = client
    this.#roots = roots
    this.#app = app
  }

  dialogUrl(connector: string, { state, redirectUri }: DialogOptions): string {
    const { dialogRoot, version } = this.#roots
    const query = new URLSearchParams({
      client_id: this.#app.id,
      redirect_uri: redirectUri,
      state,
      response_type: 'code',
      scope: (SCOPES[connector] ?? PAGE_SCOPES).join(','),
      display: 'popup',
      // Asks again for what the person left out the last time.
      auth_type: 'rerequest',
    })
    return `${dialogRoot}/${version}/dialog/oauth?${query}`
  }

  /** A code for a token that lives for some 60 days; the tokens of pages that come of it don't expire. */
  async exchange(code: string, redirectUri: string): Promise<{ user: Entity; token: string }> {
    const short = await this.#token({ code, redirect_uri: redirectUri })
    const token = await this.#token({ grant_type: 'fb_exchange_token', fb_exchange_token: short })
    return { token, user: toEntity(await this.#get('me', { fields: 'id,name' }, token)) }
  }

  /** The pages that the person manages. */
  async pages(token: string): Promise<readonly MetaPage[]> {
    const pages: MetaPage[] = []
    let after: string | undefined
    for (let list = 0; list < MAX_LISTS; list++) {
      const query = { fields: `id,name,${INSTAGRAM}`, limit: String(PAGE_SIZE) }
      const answer = await this.#get('me/accounts', after ? { ...query, after } : query, token)
      pages.push(...listOf(answer['data']).map(toPage))
      after = nextOf(answer['paging'])
      if (after === undefined) break
    }
    return pages
  }

  /** Undefined: the person may look at it, and not act for it. */
  async page(id: string, token: string): Promise<OwnPage | undefined> {
    const answer = await this.#get(id, { fields: `id,name,access_token,${INSTAGRAM}` }, token)
    const own = answer['access_token']
    return typeof own === 'string' && own !== '' ? { ...toPage(answer), token: own } : undefined
  }

  /** Fails where the account's owner keeps apps out of its messages. */
  async readDirect({ token }: OwnPage): Promise<void> {
    await this.#get('me/conversations', { platform: 'instagram', limit: '1' }, token)
  }

  async #token(form: Readonly<Record<string, string>>): Promise<string> {
    const { graphRoot, version } = this.#roots
    const { id, secret } = this.#app
    const answer = await this.#client.ask({
      url: `${graphRoot}/${version}/oauth/access_token`,
      form: { client_id: id, client_secret: secret, ...form },
      secrets: [secret, ...Object.values(form)],
    })
    const token = answer['access_token']
    if (typeof token !== 'string' || token === '') throw new OAuthUnreachable('no token')
    return token
  }

  async #get(path: string, query: Readonly<Record<string, string>>, token: string) {
    const { graphRoot, version } = this.#roots
    const proof = createHmac('sha256', this.#app.secret).update(token).digest('hex')
    const all = new URLSearchParams({ ...query, access_token: token, appsecret_proof: proof })
    return await this.#client.ask({
      url: `${graphRoot}/${version}/${path}?${all}`,
      secrets: [token, proof],
    })
  }
}

function toEntity(answer: Readonly<Record<string, unknown>>): Entity {
  const id = textOf(answer['id'])
  if (id === '') throw new OAuthUnreachable('no id')
  return { id, name: textOf(answer['name']) || id }
}

function toPage(answer: Readonly<Record<string, unknown>>): MetaPage {
  const account = answer['instagram_business_account']
  const page = toEntity(answer)
  if (!isRecord(account)) return page
  const username = textOf(account['username'])
  const name = textOf(account['name']) || username
  const mediaCount = Number(account['media_count'])
  const instagram = {
    ...toEntity({ id: account['id'], name }),
    username,
    mediaCount: Number.isSafeInteger(mediaCount) ? mediaCount : 0,
    picture: textOf(account['profile_picture_url']),
  }
  return { ...page, instagram }
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function nextOf(paging: unknown): string | undefined {
  if (!isRecord(paging) || typeof paging['next'] !== 'string') return undefined
  const { cursors } = paging
  return (isRecord(cursors) && textOf(cursors['after'])) || undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
