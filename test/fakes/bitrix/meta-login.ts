import { createHmac, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from '../../helpers/local-server.ts'
import { FakeGraph } from '../graph.ts'
import { graphError } from '../graph-edges.ts'
import type { FakeApp } from '../graph-model.ts'
import type { GraphAnswer } from '../meta-server.ts'

export interface FakePage {
  readonly id: string
  readonly name: string
  /** Of the page; absent: the person may look at it, and not act for it. */
  readonly token?: string
  readonly instagram?: Readonly<Record<string, unknown>>
}

export interface FakeLogin {
  readonly id: string
  readonly name: string
  readonly pages: FakePage[]
}

interface Grant {
  readonly person: FakeLogin
  readonly redirectUri: string
  isUsed: boolean
}

const PAGES_AT_ONCE = 2

/** Meta with Facebook Login: the dialog, codes that work once and for one address, tokens of people, and their pages. */
export class FakeMetaLogin extends FakeGraph {
  /** Who answers the dialog; undefined refuses it. */
  person: FakeLogin | undefined
  app: FakeApp | undefined
  /** As they are entered in the app's settings: the dialog leads to no other. */
  readonly redirectUris = new Set<string>()
  /** Page tokens of accounts that keep apps out of their messages. */
  readonly shut = new Set<string>()
  readonly #grants = new Map<string, Grant>()
  readonly #short = new Map<string, FakeLogin>()
  readonly #long = new Map<string, FakeLogin>()

  static override async start(): Promise<FakeMetaLogin> {
    const fake = new FakeMetaLogin()
    await fake.listen()
    return fake
  }

  /** As after a change of password. */
  logOut(): void {
    this.#long.clear()
  }

  protected override async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const path = /^\/v\d+\.\d+\/(.+)$/.exec(url.pathname)?.[1] ?? ''
    const query = Object.fromEntries(url.searchParams)
    if (path === 'dialog/oauth') return this.#dialog(query, response)
    const call = { method: request.method ?? '', path, query, json: {} }
    if (path === 'oauth/access_token') {
      const form = new URLSearchParams((await readBody(request)).toString('utf8'))
      return await this.take(call, async () => this.#token(Object.fromEntries(form)), response)
    }
    const { access_token: token = '' } = query
    const person = this.#long.get(token)
    if (person) return await this.take(call, async () => this.#ask(person, path, query), response)
    if (path !== 'me/conversations') return await super.answer(request, response)
    const answer = this.shut.has(token)
      ? { status: 403, body: graphError(200, 2534041) }
      : { status: 200, body: { data: [] } }
    return await this.take(call, async () => answer, response)
  }

  /** What the person sees in the popup, and what the person does there. */
  #dialog(query: Readonly<Record<string, string>>, response: ServerResponse): void {
    const { client_id: id, redirect_uri: redirectUri = '', state = '' } = query
    if (id !== this.app?.id || !this.redirectUris.has(redirectUri)) {
      return void response.writeHead(400).end('URL Blocked')
    }
    const back = new URL(redirectUri)
    back.searchParams.set('state', state)
    const { person } = this
    if (person) {
      const code = `AQ${randomUUID()}`
      this.#grants.set(code, { person, redirectUri, isUsed: false })
      back.searchParams.set('code', code)
    } else {
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set('error_reason', 'user_denied')
      back.searchParams.set('error_description', 'Permissions error')
    }
    // Meta puts this behind every address.
    response.writeHead(302, { location: `${back.href}#_=_` }).end()
  }

  #token(form: Readonly<Record<string, string>>): GraphAnswer {
    const { client_id: id, client_secret: secret, grant_type: type } = form
    if (id !== this.app?.id || secret !== this.app?.secret) return refuse(1)
    if (type === 'fb_exchange_token') {
      const person = this.#short.get(form['fb_exchange_token'] ?? '')
      if (!person) return refuse(190)
      const token = `PLANTED-long-${randomUUID()}`
      this.#long.set(token, person)
      return given(token, 5_183_944)
    }
    const grant = this.#grants.get(form['code'] ?? '')
    if (!grant) return refuse(100)
    if (grant.isUsed) return refuse(100, 36009)
    if (grant.redirectUri !== form['redirect_uri']) return refuse(100, 36008)
    grant.isUsed = true
    const token = `PLANTED-short-${randomUUID()}`
    this.#short.set(token, grant.person)
    return given(token, 5183)
  }

  #ask(person: FakeLogin, path: string, query: Readonly<Record<string, string>>): GraphAnswer {
    const { access_token: token = '', appsecret_proof: proof } = query
    const expected = createHmac('sha256', this.app?.secret ?? '')
      .update(token)
      .digest('hex')
    if (proof !== expected) return refuse(100)
    if (path === 'me') return ok({ id: person.id, name: person.name })
    if (path === 'me/accounts') return ok(listOf(person.pages, query['after']))
    const page = person.pages.find(({ id }) => id === path)
    return page ? ok(toAnswer(page, query['fields'])) : refuse(100, 33)
  }
}

/** In short lists, so that the next one has to be asked for. */
function listOf(pages: readonly FakePage[], after = ''): object {
  const from = after === '' ? 0 : Number(Buffer.from(after, 'base64url').toString())
  const to = from + PAGES_AT_ONCE
  const cursor = Buffer.from(String(to)).toString('base64url')
  const paging = { cursors: { before: 'x', after: cursor } }
  return {
    data: pages.slice(from, to).map((page) => toAnswer(page)),
    paging: to < pages.length ? { ...paging, next: 'https://graph.facebook.com/next' } : paging,
  }
}

function toAnswer({ id, name, token, instagram }: FakePage, fields = ''): object {
  const own = fields.includes('access_token') && token ? { access_token: token } : {}
  return { id, name, ...own, ...(instagram && { instagram_business_account: instagram }) }
}

function ok(body: object): GraphAnswer {
  return { status: 200, body }
}

function refuse(code: number, subcode?: number): GraphAnswer {
  return { status: 400, body: graphError(code, subcode) }
}

function given(token: string, expiresIn: number): GraphAnswer {
  return ok({ access_token: token, token_type: 'bearer', expires_in: expiresIn })
}
