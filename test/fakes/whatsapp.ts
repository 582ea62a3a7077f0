import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, readJsonObject } from '../helpers/local-server.ts'
import { type GraphAnswer, MetaServer, post } from './meta-server.ts'
import { runCloud, runDialog } from './whatsapp-edges.ts'
import { cloudError, layerError } from './whatsapp-errors.ts'
import type { FakeNumber, FakeTemplate, WhatsAppRecord, WhatsAppState } from './whatsapp-model.ts'

const LINK_LIFE_MS = 5 * 60 * 1000
const ATTACHMENTS = '/whatsapp_business/attachments/'

/**
 * Meta's Cloud API and 360dialog's over HTTP as far as a hub sees them, with hands to act as people and to cause faults.
 */
export class FakeWhatsApp extends MetaServer<WhatsAppRecord> implements WhatsAppState {
  readonly numbers: FakeNumber[] = []
  /** By account. */
  readonly templates = new Map<string, readonly FakeTemplate[]>()
  readonly media = new Map<string, { readonly bytes: Buffer; readonly mime: string }>()
  now: () => number = Date.now
  #lastMessage = 0

  static async start(): Promise<FakeWhatsApp> {
    const fake = new FakeWhatsApp()
    await fake.listen()
    return fake
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

  protected override async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const body = await readBody(request)
    const number = this.#whose(request)
    if (url.pathname === ATTACHMENTS) return this.#giveBytes(url, number, response)
    const versioned = /^\/v\d+\.\d+\/(.+)$/.exec(url.pathname)?.[1]
    const call: WhatsAppRecord = {
      provider: versioned === undefined ? '360dialog' : 'cloud',
      method: request.method ?? '',
      path: decodeURIComponent(versioned ?? url.pathname.slice(1)),
      query: Object.fromEntries(url.searchParams),
      json: readJsonObject(body.toString('utf8')),
    }
    await this.take(call, () => this.#run(call, number), response)
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
}
