import { createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { given } from '../../src/core/given.ts'
import { LocalServer, readBody, readJsonObject } from '../helpers/local-server.ts'
import { FaultScript, type HttpFault, misbehave } from './faults.ts'
import { checkMessage, type Refusal } from './viber-rules.ts'

export interface ViberCall {
  readonly method: string
  readonly body: Readonly<Record<string, unknown>>
}

export interface ViberFault extends HttpFault {
  /** An answer of the API's instead: HTTP 200 with this status. */
  readonly viberStatus?: number
}

export interface ViberAccount {
  readonly id: string
  readonly name: string
  readonly token: string
  webhook: string
  eventTypes: readonly string[]
  /** People who have unsubscribed. */
  readonly gone: Set<string>
  /** Messages since the person last said something; Viber takes 100 in an hour. */
  readonly unanswered: Map<string, number>
}

export interface CallbackAnswer {
  readonly status: number
  readonly body: string
}

const MAX_BODY_BYTES = 30_000
const UNANSWERED_LIMIT = 100

export async function startFakeViber(): Promise<FakeViber> {
  const fake = new FakeViber()
  await fake.listen()
  return fake
}

/** Viber's REST Bot API over HTTP, as far as a hub sees it, with hands to act as people and to cause faults. */
export class FakeViber implements AsyncDisposable {
  readonly calls: ViberCall[] = []
  /** Those that were carried out. */
  readonly taken = new Set<ViberCall>()
  /** Bytes of files that are served at `/media/<name>`, with ranges unless told otherwise. */
  readonly files = new Map<string, { readonly size: number; readonly hasRanges: boolean }>()
  readonly #accounts = new Map<string, ViberAccount>()
  readonly #faults = new FaultScript<ViberFault>()
  /** Beyond 2^53: a reader that loses digits sees two messages with one token. */
  #token = 5_741_311_803_571_721_087n
  readonly #server = new LocalServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  listen(): Promise<void> {
    return this.#server.listen()
  }

  get origin(): string {
    return this.#server.url
  }

  /** The `apiRoot` for a line's settings. */
  get url(): string {
    return `${this.origin}/pa`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }

  addAccount(account: { token: string; id: string; name: string }): ViberAccount {
    const state = {
      ...account,
      webhook: '',
      eventTypes: [],
      gone: new Set<string>(),
      unanswered: new Map<string, number>(),
    }
    this.#accounts.set(account.token, state)
    return state
  }

  /** From now on the token is unknown, as after it was issued anew. */
  removeAccount(token: string): void {
    this.#accounts.delete(token)
  }

  /** The next calls of `method` go wrong. */
  fail(method: string, fault: ViberFault): void {
    this.#faults.add(method, fault)
  }

  callsOf(method: string): ViberCall[] {
    return this.calls.filter((call) => call.method === method)
  }

  /** Posts a callback as Viber does: signed over the exact bytes, with a token of 64 bits unless it has one. */
  async push(
    account: ViberAccount,
    callback: Readonly<Record<string, unknown>>,
    url = account.webhook,
  ): Promise<CallbackAnswer> {
    const token = callback['message_token'] ?? this.#nextToken()
    const rest = { timestamp: Date.now(), ...callback, message_token: undefined }
    const body = `{"message_token":${String(token)},${JSON.stringify(rest).slice(1)}`
    const signature = createHmac('sha256', account.token).update(body).digest('hex')
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'x-viber-content-signature': signature },
      body,
    })
    return { status: response.status, body: await response.text() }
  }

  /** A person writes, which ends the count of unanswered messages. */
  personWrites(
    account: ViberAccount,
    sender: Readonly<Record<string, unknown>> & { readonly id: string },
    message: Readonly<Record<string, unknown>>,
  ): Promise<CallbackAnswer> {
    account.unanswered.delete(sender.id)
    account.gone.delete(sender.id)
    return this.push(account, { event: 'message', sender, message })
  }

  personUnsubscribes(account: ViberAccount, userId: string): Promise<CallbackAnswer> {
    account.gone.add(userId)
    return this.push(account, { event: 'unsubscribed', user_id: userId })
  }

  #nextToken(): bigint {
    this.#token += 1n
    return this.#token
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.origin).pathname
    const text = (await readBody(request)).toString('utf8')
    if (path.startsWith('/media/')) return this.#serve(path.slice(7), request, response)
    const method = /^\/pa\/(\w+)$/.exec(path)?.[1]
    if (!method || request.method !== 'POST') return void response.writeHead(404).end('Not Found')
    const body = readJsonObject(text)
    const call = { method, body }
    this.calls.push(call)
    const fault = this.#faults.take(method)
    if (misbehave(fault, response)) return
    if (fault?.viberStatus !== undefined) {
      return reply(response, [fault.viberStatus, fault.words ?? 'error'])
    }
    const token = request.headers['x-viber-auth-token'] ?? body['auth_token']
    if (!token) return reply(response, [2, 'missing_auth_token'])
    const account = this.#accounts.get(String(token))
    if (!account) return reply(response, [2, 'invalidAuthToken'])
    if (Buffer.byteLength(text) > MAX_BODY_BYTES) return reply(response, [3, 'badData'])
    const result = await this.#run(account, method, body)
    if (!isRefusal(result)) this.taken.add(call)
    reply(response, result)
  }

  async #run(
    account: ViberAccount,
    method: string,
    body: Record<string, unknown>,
  ): Promise<Refusal | object> {
    switch (method) {
      case 'get_account_info':
        return {
          id: account.id,
          name: account.name,
          uri: 'deskbot',
          subscribers_count: 35,
          ...given({ webhook: account.webhook }),
          event_types: account.eventTypes,
        }
      case 'set_webhook':
        return await this.#setWebhook(account, body)
      case 'send_message':
        return this.#take(account, body)
      case 'get_user_details':
        return {
          message_token: this.#nextToken(),
          user: { id: body['id'], name: 'Ann', language: 'ru', country: 'RU', api_version: 10 },
        }
      default:
        return [3, 'badData']
    }
  }

  /** Tries the address before it answers. */
  async #setWebhook(
    account: ViberAccount,
    body: Record<string, unknown>,
  ): Promise<Refusal | object> {
    const url = String(body['url'] ?? '')
    if (url !== '') {
      const answer = await this.push(account, { event: 'webhook' }, url).catch(() => undefined)
      if (answer?.status !== 200) return [1, 'invalidUrl']
    }
    account.webhook = url
    account.eventTypes = Array.isArray(body['event_types']) ? body['event_types'] : []
    return { event_types: account.eventTypes }
  }

  #take(account: ViberAccount, body: Record<string, unknown>): Refusal | object {
    const refusal = checkMessage(body)
    if (refusal) return refusal
    if (account.webhook === '') return [10, 'webhookNotSet']
    const receiver = String(body['receiver'])
    if (account.gone.has(receiver)) return [6, 'receiverNotSubscribed']
    const count = (account.unanswered.get(receiver) ?? 0) + 1
    if (count > UNANSWERED_LIMIT) return [12, 'tooManyRequests']
    account.unanswered.set(receiver, count)
    return { message_token: this.#nextToken(), chat_hostname: 'SN-CHAT-01_', billing_status: 1 }
  }

  #serve(name: string, request: IncomingMessage, response: ServerResponse): void {
    const file = this.files.get(name)
    if (!file) return void response.writeHead(404).end()
    const { size, hasRanges } = file
    if (hasRanges && request.headers.range === 'bytes=0-0') {
      response.writeHead(206, { 'content-range': `bytes 0-0/${size}` }).end('x')
    } else response.writeHead(200, { 'content-length': size }).end(Buffer.alloc(size))
  }
}

function isRefusal(result: Refusal | object): result is Refusal {
  return Array.isArray(result)
}

/** HTTP 200 whatever happens; tokens as numbers of 64 bits. */
function reply(response: ServerResponse, result: Refusal | object): void {
  const [status, words] = isRefusal(result) ? result : [0, 'ok']
  const fields = isRefusal(result) ? {} : result
  const text = JSON.stringify({ status, status_message: words, ...fields }, (_, value: unknown) =>
    typeof value === 'bigint' ? `@${value}` : value,
  )
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(text.replaceAll(/"@(\d+)"/g, '$1'))
}
