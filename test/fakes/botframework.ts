import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { given } from '../../src/core/given.ts'
import { type FakeKey, makeKey, signToken, type TokenOptions } from './botframework-keys.ts'

export type FakeRoute = 'token' | 'metadata' | 'keys' | 'connector' | 'attachment'

/** What the next requests of a route get instead of the ordinary answer. */
export interface FakeFault {
  readonly status?: number
  /** An object goes as JSON, a string as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The connection is cut after the request has been read. */
  readonly reset?: true
  /** Holds the (ordinary or scripted) answer back until this settles. */
  readonly until?: Promise<unknown>
  /** 1 if absent. */
  readonly times?: number
  /** Lets this many requests pass first. */
  readonly after?: number
}

export interface ConnectorCall {
  readonly method: string
  /** The raw path with the base, still encoded. */
  readonly path: string
  readonly authorization: string | undefined
  readonly body: unknown
}

export interface FakeBotFrameworkOptions {
  /** The connector API's base path, with slashes at both ends. */
  readonly basePath?: string
  readonly issuer?: string
  /** Epoch milliseconds, for the tokens the fake signs. */
  readonly now?: () => number
  /** Made anew if absent, which takes a tenth of a second. */
  readonly keys?: [FakeKey, FakeKey]
}

/**
 * Stands in for the Bot Connector, its token service, its OpenID metadata and its attachment host, as one real HTTP
 * server on a free port. Tokens it hands out are `token-1`, `token-2` …; those in `validTokens` are taken.
 */
export class FakeBotFramework implements AsyncDisposable {
  readonly basePath: string
  readonly issuer: string
  readonly calls: ConnectorCall[] = []
  /** Those that were carried out. */
  readonly taken = new Set<ConnectorCall>()
  readonly tokenRequests: URLSearchParams[] = []
  readonly counts: Record<FakeRoute, number> = {
    token: 0,
    metadata: 0,
    keys: 0,
    connector: 0,
    attachment: 0,
  }
  readonly validTokens = new Set<string>()
  readonly files = new Map<string, { readonly contentType: string; readonly bytes: Buffer }>()
  readonly keys: [FakeKey, FakeKey]
  /** The keys that the JWKS shows; the second pair joins by `rotate`. */
  published: FakeKey[]
  /** Seconds. */
  expiresIn = 3600
  /** The connector answers `{}` instead of `{id}`. */
  isIdless = false
  /** The audience of signed activities unless an option says otherwise; `settings` sets it. */
  appId = ''
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch(() => response.destroy())
  })
  readonly #faults: (FakeFault & { route: FakeRoute; left: number; skip: number })[] = []
  readonly #now: () => number

  private constructor(keys: [FakeKey, FakeKey], options: FakeBotFrameworkOptions) {
    this.keys = keys
    this.published = [keys[0]]
    this.basePath = options.basePath ?? '/emea/'
    this.issuer = options.issuer ?? 'https://api.botframework.com'
    this.#now = options.now ?? Date.now
  }

  static async start(options: FakeBotFrameworkOptions = {}): Promise<FakeBotFramework> {
    const keys = options.keys ?? (await makeKeys())
    const fake = new FakeBotFramework(keys, options)
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  /** What activities name as their `serviceUrl`. */
  get serviceUrl(): string {
    return `${this.url}${this.basePath}`
  }

  /** The hub's settings (PROTOCOL §9) for a line that talks to this fake. */
  settings(appId: string, appSecret: string): Record<string, string> {
    this.appId = appId
    return {
      appId,
      appSecret,
      cloud: 'custom',
      tokenUrl: `${this.url}/{tenant}/oauth2/v2.0/token`,
      openIdMetadataUrl: `${this.url}/v1/.well-known/openidconfiguration`,
      issuer: this.issuer,
      serviceHosts: this.host,
    }
  }

  fail(route: FakeRoute, fault: FakeFault): void {
    this.#faults.push({ ...fault, route, left: fault.times ?? 1, skip: fault.after ?? 0 })
  }

  /** An AADSTS refusal of the token endpoint. */
  refuseToken(code: number, options: { status?: number; times?: number } = {}): void {
    const description = `AADSTS${code}: refused.\r\nTrace ID: 0000`
    this.fail('token', {
      status: options.status ?? 401,
      times: options.times ?? 1,
      body: { error: 'invalid_client', error_description: description, error_codes: [code] },
    })
  }

  /** From now on the JWKS shows the second pair only. */
  rotate(): FakeKey {
    this.published = [this.keys[1]]
    return this.keys[1]
  }

  /** The `Authorization` header of an activity. */
  async sign(activity: object, options: TokenOptions = {}): Promise<string> {
    const now = Math.floor(this.#now() / 1000)
    const genuine = {
      iss: this.issuer,
      aud: this.appId,
      nbf: now - 60,
      exp: now + 3600,
      serviceurl: (activity as { serviceUrl?: unknown }).serviceUrl,
    }
    return `Bearer ${await signToken(genuine, options.key ?? this.keys[0], options)}`
  }

  /** Posts an activity to a webhook as the service does: signed, with its `serviceUrl` unless the activity has one. */
  async postActivity(
    webhookUrl: string,
    activity: object,
    options: TokenOptions & { readonly rawBody?: string } = {},
  ): Promise<{ readonly status: number; readonly body: string }> {
    const sent = { serviceUrl: this.serviceUrl, ...activity }
    const authorization = await this.sign(sent, options)
    const response = await fetch(webhookUrl, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json; charset=utf-8' },
      body: options.rawBody ?? JSON.stringify(sent),
    })
    return { status: response.status, body: await response.text() }
  }

  /** Puts a file on the attachment host; its address opens with a valid bearer token only. */
  addFile(id: string, contentType: string, bytes: Buffer): string {
    this.files.set(id, { contentType, bytes })
    return `${this.serviceUrl}v3/attachments/${id}/views/original`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    const path = request.url ?? '/'
    const route = this.#route(path)
    if (!route) {
      reply(response, { status: 404, body: { message: 'no such route' } })
      return
    }
    this.counts[route] += 1
    if (route === 'token') this.tokenRequests.push(new URLSearchParams(body))
    const call = route === 'connector' ? this.#record(request, body) : undefined
    const fault = this.#takeFault(route)
    await fault?.until
    if (fault?.reset) {
      request.socket.destroy()
      return
    }
    const scripted = toAnswer(fault)
    const answer = scripted ?? this.#answer(route, request)
    if (call && !scripted && answer.status === 200) this.taken.add(call)
    reply(response, answer)
  }

  #route(path: string): FakeRoute | undefined {
    if (path.endsWith('/oauth2/v2.0/token')) return 'token'
    if (path === '/v1/.well-known/openidconfiguration') return 'metadata'
    if (path === '/v1/.well-known/keys') return 'keys'
    if (path.startsWith(`${this.basePath}v3/attachments/`)) return 'attachment'
    return path.startsWith(`${this.basePath}v3/`) ? 'connector' : undefined
  }

  #record(request: IncomingMessage, body: string): ConnectorCall {
    const call: ConnectorCall = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: body === '' ? undefined : JSON.parse(body),
    }
    this.calls.push(call)
    return call
  }

  #takeFault(route: FakeRoute): FakeFault | undefined {
    const fault = this.#faults.find((entry) => entry.route === route && entry.left > 0)
    if (!fault) return undefined
    if (fault.skip > 0) {
      fault.skip -= 1
      return undefined
    }
    fault.left -= 1
    return fault
  }

  #answer(route: FakeRoute, request: IncomingMessage): Answer {
    if (route === 'token') return this.#makeToken()
    if (route === 'metadata') {
      const body = {
        issuer: this.issuer,
        jwks_uri: `${this.url}/v1/.well-known/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
      }
      return { status: 200, body }
    }
    if (route === 'keys') {
      const keys = this.published.map(({ jwk, endorsements }) => ({
        ...jwk,
        ...given({ endorsements }),
      }))
      return { status: 200, body: { keys } }
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (!token || !this.validTokens.has(token)) return toError(401, 'Unauthorized')
    if (route === 'attachment') return this.#findFile(request.url ?? '')
    const isEmpty = request.method === 'DELETE' || this.isIdless
    return { status: 200, body: isEmpty ? {} : { id: `act-${this.counts.connector}` } }
  }

  #makeToken(): Answer {
    const token = `token-${this.counts.token}`
    this.validTokens.add(token)
    const expiresIn = this.expiresIn
    const body = {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: token,
    }
    return { status: 200, body }
  }

  #findFile(path: string): Answer {
    const [id = ''] = path.slice(`${this.basePath}v3/attachments/`.length).split('/')
    const file = this.files.get(decodeURIComponent(id))
    if (!file) return toError(404, 'NotFound')
    return { status: 200, body: file.bytes, headers: { 'content-type': file.contentType } }
  }
}

/** The pair that the service signs with, and the one it rotates to. */
export async function makeKeys(): Promise<[FakeKey, FakeKey]> {
  return await Promise.all([makeKey('key-1'), makeKey('key-2')])
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function toAnswer(fault: FakeFault | undefined): Answer | undefined {
  if (fault?.status === undefined) return undefined
  return { status: fault.status, body: fault.body ?? '', headers: fault.headers ?? {} }
}

function toError(status: number, code: string): Answer {
  return { status, body: { error: { code, message: `refused: ${code}` } } }
}

function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const contentType = isRaw ? 'text/html' : 'application/json'
  response
    .writeHead(status, { 'content-type': contentType, ...headers })
    .end(isRaw ? body : JSON.stringify(body))
}
