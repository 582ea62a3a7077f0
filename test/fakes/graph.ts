import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type GraphAnswer, graphError, notAnEdge, ok, runEdge } from './graph-edges.ts'

/** One call of the Graph API as the fake got it. */
export interface GraphRecord {
  readonly method: string
  /** Behind the version: `me/messages`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly json: Record<string, unknown>
}

export interface FakeApp {
  readonly id: string
  readonly secret: string
  /** By `object`: what POST /{app}/subscriptions has set. */
  readonly subscriptions: Map<string, { callbackUrl: string; verifyToken: string; fields: string }>
}

export interface FakeAccount {
  readonly id: string
  readonly token: string
  readonly app: FakeApp
  readonly name: string
  readonly username?: string
  /** Fields of its own webhook subscription; absent: none. */
  subscribed?: string
}

export interface FakePerson {
  readonly fields: Readonly<Record<string, string>>
}

/** Used up `times` times (1 if absent), by calls whose path ends like this. */
export interface GraphFault {
  readonly status?: number
  /** Sent as JSON unless it is text. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly times?: number
  readonly reset?: boolean
  /** The answer waits for this. */
  readonly until?: Promise<unknown>
  /** Done before the answer, for updates that overtake it. */
  readonly before?: () => Promise<unknown>
  /** The call is carried out before the fault shows. */
  readonly isDone?: boolean
}

/** Meta's Graph API over HTTP as far as a hub sees it, with hands to act as people and to cause faults. */
export class FakeGraph implements AsyncDisposable {
  readonly calls: GraphRecord[] = []
  readonly apps = new Map<string, FakeApp>()
  readonly accounts: FakeAccount[] = []
  readonly people = new Map<string, FakePerson>()
  /** Path → bytes. */
  readonly files = new Map<string, Buffer>()
  /** Attachments of messages, for GET /{mid}. */
  readonly attachments = new Map<string, readonly object[]>()
  #lastMessage = 0
  readonly #faults: { ending: string; fault: GraphFault; left: number }[] = []
  readonly #server: Server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  static async start(): Promise<FakeGraph> {
    const fake = new FakeGraph()
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  /** The `apiRoot` for a line's settings. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  addApp(id: string, secret: string): FakeApp {
    const app = { id, secret, subscriptions: new Map() }
    this.apps.set(id, app)
    return app
  }

  addAccount(account: Omit<FakeAccount, 'subscribed'>): FakeAccount {
    this.accounts.push(account)
    return account
  }

  /** From now on the token is invalid (190), as after a change of password. */
  revoke(token: string): void {
    const at = this.accounts.findIndex((account) => account.token === token)
    if (at >= 0) this.accounts.splice(at, 1)
  }

  nextMessageId(): string {
    this.#lastMessage += 1
    return `m_sent${this.#lastMessage}`
  }

  /** The next calls whose path ends like this go wrong. */
  fail(ending: string, fault: GraphFault): void {
    this.#faults.push({ ending, fault, left: fault.times ?? 1 })
  }

  callsOf(ending: string, method?: string): GraphRecord[] {
    return this.calls.filter(
      (call) => call.path.endsWith(ending) && (method === undefined || call.method === method),
    )
  }

  /** The headers with which Meta signs a body for an app. */
  sign(body: string, secret: string): Record<string, string> {
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    return { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` }
  }

  /** Posts to a webhook, signed by the app; JSON as Meta writes it unless the body is text already. */
  async push(url: string, body: unknown, app: FakeApp): Promise<{ status: number; body: string }> {
    const text = typeof body === 'string' ? body : toMetaJson(body)
    const response = await fetch(url, {
      method: 'POST',
      headers: this.sign(text, app.secret),
      body: text,
    })
    return { status: response.status, body: await response.text() }
  }

  /** The check that Meta makes before it takes an address: is the challenge echoed? */
  async shakeHands(url: string, verifyToken: string): Promise<boolean> {
    const address = new URL(url)
    address.searchParams.set('hub.mode', 'subscribe')
    address.searchParams.set('hub.verify_token', verifyToken)
    address.searchParams.set('hub.challenge', '1158201444')
    const response = await fetch(address)
    return response.status === 200 && (await response.text()) === '1158201444'
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const file = this.files.get(url.pathname)
    if (file) return void response.writeHead(200).end(file)
    const path = /^\/v\d+\.\d+\/(.+)$/.exec(url.pathname)?.[1]
    if (path === undefined) return reply(response, notAnEdge())
    const call: GraphRecord = {
      method: request.method ?? '',
      path: decodeURIComponent(path),
      query: Object.fromEntries(url.searchParams),
      json: readJson(Buffer.concat(chunks).toString('utf8')),
    }
    this.calls.push(call)
    const fault = this.#takeFault(call.path)
    if (fault) return await this.#misbehave(call, fault, response)
    reply(response, await this.#run(call))
  }

  async #misbehave(call: GraphRecord, fault: GraphFault, response: ServerResponse): Promise<void> {
    const answer = fault.isDone || fault.before ? await this.#run(call) : undefined
    await fault.before?.()
    await fault.until
    if (fault.reset) return void response.socket?.resetAndDestroy()
    if (fault.before) return reply(response, answer ?? ok({}))
    const { status = 500, body = graphError(2), headers } = fault
    const isText = typeof body === 'string'
    response.writeHead(status, {
      'content-type': isText ? 'text/html' : 'application/json',
      ...headers,
    })
    response.end(isText ? body : JSON.stringify(body))
  }

  async #run(call: GraphRecord): Promise<GraphAnswer> {
    const { access_token: token = '', appsecret_proof: proof } = call.query
    const app = [...this.apps.values()].find(({ id, secret }) => token === `${id}|${secret}`)
    if (app) return await runEdge(this, { app }, call)
    const account = this.accounts.find((one) => one.token === token)
    if (!account) return { status: 400, body: graphError(190, 463) }
    const expected = createHmac('sha256', account.app.secret).update(token).digest('hex')
    if (proof !== expected) return { status: 400, body: graphError(100) }
    return await runEdge(this, { account }, call)
  }

  #takeFault(path: string): GraphFault | undefined {
    const found = this.#faults.find(({ ending, left }) => left > 0 && path.endsWith(ending))
    if (!found) return undefined
    found.left -= 1
    return found.fault
  }
}

/** As Meta writes it: characters beyond ASCII and slashes are escaped in what is signed. */
export function toMetaJson(body: unknown): string {
  return JSON.stringify(body)
    .replaceAll('/', '\\/')
    .replaceAll(
      /[\u0080-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

function readJson(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function reply(response: ServerResponse, { status, body }: GraphAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
