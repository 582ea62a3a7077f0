import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type GraphFault, toMetaJson } from './graph.ts'
import type { GraphAnswer } from './graph-edges.ts'
import { runCloud, runDialog } from './whatsapp-edges.ts'
import { cloudError, layerError } from './whatsapp-errors.ts'

/** One call as the fake got it. */
export interface WhatsAppRecord {
  readonly provider: 'cloud' | '360dialog'
  readonly method: string
  /** Behind the version, or the root: `106/messages`, `v1/configs/webhook`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly json: Readonly<Record<string, unknown>>
}

export interface FakeMetaApp {
  readonly secret: string
  /** Accounts whose webhooks it hears. */
  readonly subscribed: Set<string>
}

/** A business phone number; it can be had by Meta's token and by 360dialog's key. */
export interface FakeNumber {
  readonly id: string
  readonly wabaId: string
  token: string
  apiKey: string
  readonly app: FakeMetaApp
  readonly name: string
  readonly display: string
  /** Meta: the number's own callback address. */
  override?: string
  webhook?: { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  isHealthHidden?: true
  /** By phone number and by user id: when they last wrote, epoch milliseconds. */
  readonly people: Map<string, { wroteAt?: number }>
  /** Ids of messages that can be marked as read. */
  readonly received: Set<string>
}

interface FakeTemplate {
  readonly name: string
  readonly language: string
  readonly status: string
  readonly category: string
  readonly components: readonly object[]
}

const LINK_LIFE_MS = 5 * 60 * 1000
const ATTACHMENTS = '/whatsapp_business/attachments/'

/**
 * Meta's Cloud API and 360dialog's over HTTP as far as a hub sees them, with hands to act as people and to cause faults.
 */
export class FakeWhatsApp implements AsyncDisposable {
  readonly calls: WhatsAppRecord[] = []
  readonly numbers: FakeNumber[] = []
  /** By account. */
  readonly templates = new Map<string, readonly FakeTemplate[]>()
  readonly media = new Map<string, { readonly bytes: Buffer; readonly mime: string }>()
  now: () => number = Date.now
  #lastMessage = 0
  readonly #faults: { ending: string; fault: GraphFault; left: number }[] = []
  readonly #server: Server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  static async start(): Promise<FakeWhatsApp> {
    const fake = new FakeWhatsApp()
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  addNumber(
    number: Omit<FakeNumber, 'people' | 'received' | 'name' | 'display'> & Partial<FakeNumber>,
  ): FakeNumber {
    const added: FakeNumber = {
      name: 'Desk',
      display: '+250 788 123 200',
      ...number,
      people: new Map(),
      received: new Set(),
    }
    this.numbers.push(added)
    return added
  }

  nextMessageId(): string {
    this.#lastMessage += 1
    return `wamid.sent${this.#lastMessage}`
  }

  /** The next calls whose path ends like this go wrong. */
  fail(ending: string, fault: GraphFault): void {
    this.#faults.push({ ending, fault, left: fault.times ?? 1 })
  }

  callsOf(ending: string, method?: string): WhatsAppRecord[] {
    return this.calls.filter(
      (call) => call.path.endsWith(ending) && (method === undefined || call.method === method),
    )
  }

  /** The headers with which Meta signs a body for an app. */
  sign(body: string, secret: string): Record<string, string> {
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    return { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` }
  }

  /** Posts as Meta does; JSON as Meta writes it unless the body is text already. */
  async push(
    url: string,
    body: unknown,
    app: { readonly secret: string },
  ): Promise<{ status: number; body: string }> {
    const text = typeof body === 'string' ? body : toMetaJson(body)
    return await post(url, text, this.sign(text, app.secret))
  }

  /** Posts as 360dialog does, to the number's webhook with the headers that it was set with. */
  async pushDialog(
    number: FakeNumber,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: string }> {
    const { webhook } = number
    if (!webhook) throw new Error('the number has no webhook')
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const own = headers ?? webhook.headers
    return await post(webhook.url, text, { 'content-type': 'application/json', ...own })
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

  /** The first step to a file: an address that opens with the credentials for five minutes. */
  describeMedia(id: string, host: string): object {
    const media = this.media.get(id)
    if (!media) throw new Error(`no media ${id}`)
    const query = new URLSearchParams({
      mid: id,
      ext: String(this.now() + LINK_LIFE_MS),
      hash: 'ATs',
    })
    return {
      messaging_product: 'whatsapp',
      id,
      url: `${host}${ATTACHMENTS}?${query}`,
      mime_type: media.mime,
      sha256: createHash('sha256').update(media.bytes).digest('hex'),
      file_size: media.bytes.length,
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const number = this.#whose(request)
    if (url.pathname === ATTACHMENTS) return this.#giveBytes(url, number, response)
    const versioned = /^\/v\d+\.\d+\/(.+)$/.exec(url.pathname)?.[1]
    const call: WhatsAppRecord = {
      provider: versioned === undefined ? '360dialog' : 'cloud',
      method: request.method ?? '',
      path: decodeURIComponent(versioned ?? url.pathname.slice(1)),
      query: Object.fromEntries(url.searchParams),
      json: readJson(Buffer.concat(chunks).toString('utf8')),
    }
    this.calls.push(call)
    const fault = this.#takeFault(call.path)
    if (fault) return await this.#misbehave(call, number, fault, response)
    reply(response, await this.#run(call, number))
  }

  #whose({ headers }: IncomingMessage): FakeNumber | undefined {
    const key = headers['d360-api-key']
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    return this.numbers.find((one) =>
      key === undefined ? one.token === token : one.apiKey === key,
    )
  }

  async #run(call: WhatsAppRecord, number: FakeNumber | undefined): Promise<GraphAnswer> {
    if (call.provider === '360dialog') {
      if (!number) return { status: 401, body: layerError(401, 'Invalid api key') }
      return runDialog(this, number, call)
    }
    if (!number) return { status: 401, body: cloudError(190) }
    const proof = createHmac('sha256', number.app.secret).update(number.token).digest('hex')
    if (call.query['appsecret_proof'] !== proof) return { status: 400, body: cloudError(100) }
    return await runCloud(this, number, call)
  }

  /** The second step. 401 without the credentials, 404 when the address has run out. */
  #giveBytes(url: URL, number: FakeNumber | undefined, response: ServerResponse): void {
    if (!number) return void response.writeHead(401).end()
    const media = this.media.get(url.searchParams.get('mid') ?? '')
    const isOver = Number(url.searchParams.get('ext')) < this.now()
    if (!media || isOver) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': media.mime }).end(media.bytes)
  }

  async #misbehave(
    call: WhatsAppRecord,
    number: FakeNumber | undefined,
    fault: GraphFault,
    response: ServerResponse,
  ): Promise<void> {
    const answer = fault.isDone || fault.before ? await this.#run(call, number) : undefined
    await fault.before?.()
    await fault.until
    if (fault.reset) return void response.socket?.resetAndDestroy()
    if (fault.before && answer) return reply(response, answer)
    const { status = 500, body = cloudError(2), headers } = fault
    const isText = typeof body === 'string'
    const type = isText ? 'text/html' : 'application/json'
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(isText ? body : JSON.stringify(body))
  }

  #takeFault(path: string): GraphFault | undefined {
    const found = this.#faults.find(({ ending, left }) => left > 0 && path.endsWith(ending))
    if (!found) return undefined
    found.left -= 1
    return found.fault
  }
}

async function post(
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, body: await response.text() }
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
