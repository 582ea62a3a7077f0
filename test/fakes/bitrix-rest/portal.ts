import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type HttpAnswer, send } from '../../helpers/http.ts'
import { LocalServer, readBody, readJsonObject } from '../../helpers/local-server.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { type Answer, carryOut } from '../portal-answer.ts'
import { FakeMethods, failure, type RestReply, type TakenItem } from './methods.ts'
import { FakeTokens, type TokenPair } from './tokens.ts'

/** A call of a method, as it came, with a good token. */
export interface RestCallSeen {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly at: number
}

const BUCKET = 50
const PER_SECOND = 2

/** A Bitrix24 portal with one application, its OAuth server at the same address, and the servers that post its events. */
export class FakeBitrixRest implements AsyncDisposable {
  readonly memberId = randomBytes(16).toString('hex')
  readonly applicationToken = `PLANTED-application-${randomBytes(12).toString('hex')}`
  readonly tokens: FakeTokens
  readonly methods: FakeMethods
  readonly calls: RestCallSeen[] = []
  /** Answers for the next calls of methods about messages and marks; then the portal answers by itself. */
  readonly script: Answer[] = []
  /** Answers for the next requests of the OAuth server, after it has done what it was asked. */
  readonly oauthScript: Answer[] = []
  /** Nobody is there: connections are torn down. */
  isDown = false
  readonly #server: LocalServer
  readonly #now: () => number
  #level = 0
  #leaksSince = 0

  private constructor(now: () => number) {
    this.#now = now
    this.tokens = new FakeTokens('local.5c8bb1b0891cf2.87252039', 'PLANTED-client-secret', now)
    this.methods = new FakeMethods(this.tokens)
    this.#server = new LocalServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy())
    })
  }

  static async start(now: () => number = Date.now): Promise<FakeBitrixRest> {
    const portal = new FakeBitrixRest(now)
    await portal.#server.listen()
    return portal
  }

  get url(): string {
    return this.#server.url
  }

  get host(): string {
    return new URL(this.url).host
  }

  /** The portal opens one of the application's pages in its frame. */
  async openPage(
    url: string,
    more: Readonly<Record<string, string>> = {},
    pair: TokenPair = this.tokens.issue(),
  ): Promise<HttpAnswer> {
    const target = new URL(url)
    const query = { DOMAIN: this.host, PROTOCOL: '0', LANG: 'en', APP_SID: 'abc' }
    for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value)
    return await post(target.href, {
      AUTH_ID: pair.access,
      AUTH_EXPIRES: '3600',
      REFRESH_ID: pair.refresh,
      SERVER_ENDPOINT: `${this.url}/rest/`,
      member_id: this.memberId,
      status: 'L',
      PLACEMENT: 'DEFAULT',
      ...more,
    })
  }

  /** Opens the page of a connector, as the Contact Center does: at the address that was registered for it. */
  async openSettings(connector: string, line: string): Promise<HttpAnswer> {
    const known = this.methods.connectors.get(connector)
    return await this.openPage(String(known?.['PLACEMENT_HANDLER']), {
      PLACEMENT: 'SETTING_CONNECTOR',
      PLACEMENT_OPTIONS: JSON.stringify({ LINE: Number(line), ACTIVE_STATUS: 0 }),
    })
  }

  /** An event, from Bitrix24's servers, to whoever has bound it. It is never repeated. */
  async event(
    name: string,
    data: unknown,
    { url, auth = {} }: { readonly url?: string; readonly auth?: Record<string, string> } = {},
  ): Promise<HttpAnswer> {
    const handler = url ?? this.methods.handlers.get(name)
    if (handler === undefined) throw new Error(`${name} is not bound`)
    const form = flatten({
      event: name,
      event_handler_id: '7',
      data,
      ts: String(Math.floor(this.#now() / 1000)),
      auth: {
        domain: this.host,
        member_id: this.memberId,
        application_token: this.applicationToken,
        client_endpoint: `${this.url}/rest/`,
        server_endpoint: `${this.url}/rest/`,
        ...auth,
      },
    })
    return await post(handler, form)
  }

  /** What operators see, of one kind. */
  taken(method = 'imconnector.send.messages'): readonly TakenItem[] {
    return this.methods.taken.filter((one) => one.method === method)
  }

  async waitForTaken(count: number, method?: string): Promise<readonly TakenItem[]> {
    await waitFor(
      () => this.taken(method).length >= count,
      () => `${count} taken by ${method ?? 'send'}, got ${JSON.stringify(this.methods.taken)}`,
      15_000,
    )
    return this.taken(method)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request)).toString('utf8')
    if (this.isDown) return void response.socket?.resetAndDestroy()
    const url = new URL(request.url ?? '/', this.url)
    if (url.pathname === '/oauth/token/') return await this.#refresh(url, response)
    const [, method] = /^\/rest\/([a-z.]+)$/.exec(url.pathname) ?? []
    const params = readJsonObject(body)
    if (method === undefined) return answer(response, failure(404, 'NOT_FOUND', 'no such page'))
    const state = this.tokens.check(params['auth'])
    if (state !== 'good') {
      if (state === 'invalid_token') this.tokens.refused++
      return answer(response, failure(401, state, 'the access token is no good'))
    }
    if (!this.#admit()) {
      return answer(response, failure(503, 'QUERY_LIMIT_EXCEEDED', 'Too many requests'))
    }
    this.calls.push({ method, params, at: this.#now() })
    const scripted = isAboutMessages(method) ? this.script.shift() : undefined
    if (scripted) return await carryOut(scripted, response)
    answer(response, this.methods.call(method, params))
  }

  async #refresh(url: URL, response: ServerResponse): Promise<void> {
    const refreshed = this.tokens.refresh(url.searchParams)
    const scripted = this.oauthScript.shift()
    if (scripted) return await carryOut(scripted, response)
    if ('error' in refreshed) return answer(response, { status: 400, body: refreshed })
    answer(response, {
      status: 200,
      body: {
        access_token: refreshed.access,
        refresh_token: refreshed.refresh,
        expires_in: 3600,
        member_id: this.memberId,
        domain: 'oauth.bitrix.info',
        client_endpoint: `${this.url}/rest/`,
        server_endpoint: `${this.url}/rest/`,
        status: 'L',
      },
    })
  }

  /** A bucket that leaks two requests a second. */
  #admit(): boolean {
    const now = this.#now()
    this.#level = Math.max(0, this.#level - ((now - this.#leaksSince) / 1000) * PER_SECOND)
    this.#leaksSince = now
    if (this.#level + 1 > BUCKET) return false
    this.#level++
    return true
  }
}

export function isAboutMessages(method: string): boolean {
  return /^imconnector\.(?:send|update|delete|set\.error)/.test(method)
}

function answer(response: ServerResponse, { status, body }: RestReply): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

export async function post(
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  return await send(url, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
}

/** As PHP's http_build_query: nested names in brackets, and nothing of what is empty. */
export function flatten(value: unknown, name = ''): Record<string, string> {
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object') return { [name]: String(value) }
  const entries = Object.entries(value).flatMap(([key, inner]) =>
    Object.entries(flatten(inner, name === '' ? key : `${name}[${key}]`)),
  )
  return Object.fromEntries(entries)
}
