import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { RouteRequest } from '../core/route.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import { readBody } from './body.ts'
import type { TrustedProxies } from './client-address.ts'

/** One request and its answer, as Node has them. */
export interface Http {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

export interface RequestDeps {
  /** Bytes of bodies in memory, of all requests that are under way. */
  readonly bodyBytes: SharedPool
  readonly proxies: TrustedProxies
}

/** A class, since an object with a getter of its own costs more than all the rest of it, for each request. */
export class HttpRequest implements RouteRequest {
  readonly method: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #deps: RequestDeps
  readonly #path: string
  #sender = ''
  #taken = 0

  constructor(
    { request, response }: Http,
    params: Readonly<Record<string, string>>,
    deps: RequestDeps,
  ) {
    const { method = 'GET', url = '', headers } = request
    const at = url.indexOf('?')
    this.#request = request
    this.#response = response
    this.#deps = deps
    this.#path = at < 0 ? url : url.slice(0, at)
    this.method = method
    this.params = params
    this.query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
    this.headers = headers
  }

  get address(): string {
    return this.#deps.proxies.clientOf(this.#request) ?? this.#request.socket.remoteAddress ?? ''
  }

  always(headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) this.#response.setHeader(name, value)
  }

  /** Made only for those who ask: few routes do, and it costs a listener. */
  get signal(): AbortSignal {
    const ended = new AbortController()
    this.#response.once('close', () => ended.abort())
    return ended.signal
  }

  body(limitBytes?: number): Promise<Buffer> {
    this.#sender = this.#nameSender()
    const take = (bytes: number): boolean => {
      const isTaken = this.#deps.bodyBytes.tryTake(this.#sender, undefined, bytes)
      if (isTaken) this.#taken += bytes
      return isTaken
    }
    return readBody(this.#request, take, limitBytes)
  }

  /** The request is answered: its body is no longer needed. */
  release(): void {
    if (this.#taken > 0) this.#deps.bodyBytes.giveBack(this.#sender, undefined, this.#taken)
    this.#taken = 0
  }

  /** Where the sender can't be told, what it posts to counts: a line or a portal, which the route has found by then. */
  #nameSender(): string {
    const address = this.#deps.proxies.clientOf(this.#request)
    if (address !== undefined) return address
    // Not the whole hash: tenants are named in the log.
    const path = this.#path.replace(/([0-9a-f]{8})[0-9a-f]{24}/gi, '$1')
    return `${path} ${this.query.get('hash')?.slice(0, 8) ?? ''}`
  }
}
