import { createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LocalServer } from '../helpers/local-server.ts'

export interface GraphAnswer {
  readonly status: number
  readonly body: unknown
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

export interface MetaCall {
  readonly method: string
  readonly path: string
}

/** What the fakes of Meta's APIs have in common: calls and their faults, signed posts, and the handshake. */
export abstract class MetaServer<Call extends MetaCall> implements AsyncDisposable {
  readonly calls: Call[] = []
  /** Those that were carried out without a fault. */
  readonly taken = new Set<Call>()
  readonly #faults: { ending: string; fault: GraphFault; left: number }[] = []
  readonly #server = new LocalServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy())
  })

  async listen(): Promise<void> {
    await this.#server.listen()
  }

  /** The `apiRoot` for a line's settings. */
  get url(): string {
    return this.#server.url
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }

  /** The next calls whose path ends like this go wrong. */
  fail(ending: string, fault: GraphFault): void {
    this.#faults.push({ ending, fault, left: fault.times ?? 1 })
  }

  callsOf(ending: string, method?: string): Call[] {
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
  async push(
    url: string,
    body: unknown,
    app: { readonly secret: string },
  ): Promise<{ status: number; body: string }> {
    const text = typeof body === 'string' ? body : toMetaJson(body)
    return await post(url, text, this.sign(text, app.secret))
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

  protected abstract answer(request: IncomingMessage, response: ServerResponse): Promise<void>

  /** Notes the call and answers it, or has it go wrong. */
  protected async take(
    call: Call,
    run: () => Promise<GraphAnswer>,
    response: ServerResponse,
  ): Promise<void> {
    this.calls.push(call)
    const fault = this.#takeFault(call.path)
    if (!fault) {
      const answer = await run()
      if (answer.status === 200) this.taken.add(call)
      return reply(response, answer)
    }
    const answer = fault.isDone || fault.before ? await run() : undefined
    await fault.before?.()
    await fault.until
    if (fault.reset) return void response.socket?.resetAndDestroy()
    if (fault.before && answer) return reply(response, answer)
    const { status = 500, body = UNKNOWN_ERROR, headers } = fault
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

const UNKNOWN_ERROR = { error: { message: '(#2) error', type: 'OAuthException', code: 2 } }

/** As Meta writes it: characters beyond ASCII and slashes are escaped in what is signed. */
export function toMetaJson(body: unknown): string {
  return JSON.stringify(body)
    .replaceAll('/', '\\/')
    .replaceAll(
      /[\u0080-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

export async function post(
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, body: await response.text() }
}

export function reply(response: ServerResponse, { status, body }: GraphAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
