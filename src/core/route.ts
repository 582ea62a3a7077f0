import type { Writable } from 'node:stream'

/**
 * Why a request is refused (PROTOCOL §3). What each means as an HTTP status stands in one table, src/http/refusals.ts; the
 * texts go to the caller, so they hold nothing that the caller didn't send or may not know.
 */
export type RefusalCode =
  | 'HUB_BAD_UPDATE'
  | 'HUB_BODY_INCOMPLETE'
  | 'HUB_BAD_SIGNATURE'
  | 'HUB_PORTAL_DISABLED'
  | 'HUB_BAD_TOKEN'
  | 'HUB_FORBIDDEN'
  | 'HUB_UNKNOWN_LINE'
  | 'HUB_UNKNOWN_PORTAL'
  | 'HUB_UNKNOWN_PATH'
  | 'HUB_METHOD_NOT_ALLOWED'
  | 'HUB_LINE_NOT_CONNECTED'
  | 'HUB_TOO_LARGE'
  | 'HUB_UNSUPPORTED_MEDIA_TYPE'
  | 'HUB_LIMIT'
  | 'HUB_INTERNAL'
  | 'HUB_STORE_UNAVAILABLE'
  | 'HUB_TRANSPORT'

/** A request that is refused. */
export class RefusedRequestError extends Error {
  override name = 'RefusedRequestError'
  readonly code: RefusalCode
  /** When the caller may come again; goes into Retry-After. */
  readonly retryAfterSeconds: number | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: RefusalCode,
    message: string,
    more: {
      readonly retryAfterSeconds?: number
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(message)
    this.code = code
    this.retryAfterSeconds = more.retryAfterSeconds
    this.headers = more.headers ?? {}
  }
}

/** A refusal with its status, as a route may put it into its own form. */
export interface Refusal {
  readonly status: number
  readonly code: RefusalCode
  readonly message: string
}

/** A request to one of the hub's routes. */
export interface RouteRequest {
  readonly method: string
  /** What stands in the places that the route's path names (`:portalId`). */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Lower-case names. Node joins what is repeated with a comma, apart from a few headers. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Where it comes from, as far as that can be told: the sender's address, or that of the proxy in front of the hub. */
  readonly address: string
  /** Aborts when the answer has ended, in whatever way. */
  readonly signal: AbortSignal
  /**
   * The body as it came, to be called once, and only when the head alone gives no reason to refuse; 1 MiB at most if no
   * limit is given. Throws RefusedRequestError `HUB_TOO_LARGE`, `HUB_BODY_INCOMPLETE`, `HUB_LIMIT` (too many bytes in memory).
   */
  body(limitBytes?: number): Promise<Buffer>
  /** Headers of whatever will be answered, a refusal included. */
  always(headers: Readonly<Record<string, string>>): void
}

export interface RouteReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text, bytes, or a function that writes it bit by bit: if that rejects, the connection is broken. Absent: no body. */
  readonly body?: string | Uint8Array | ((to: Writable) => Promise<void>)
}

/** One entry of what the hub answers over HTTP. Each room hands in a list of these; the server knows nothing else of it. */
export interface Route {
  /** `ANY`: the route looks at the method itself. `GET` takes HEAD too. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ANY'
  /** As of @koa/router: `/rpc/:portalId`. */
  readonly path: string
  /**
   * Who it is for; everybody if absent. With a listener of their own (HUB_ADMIN_LISTEN) these routes are there and nowhere
   * else. Without one both are on the public port: what is for `admins` asks for the admin token, what is for `operators`
   * doesn't.
   */
  readonly audience?: 'operators' | 'admins'
  /** Throws RefusedRequestError, BadUpdateError, StoreUnavailableError, TransportError; anything else is a 500 and logged. */
  answer(request: RouteRequest): Promise<RouteReply>
  /** The form that a refusal has on this route; `{"error":{"code","message"}}` if absent. Retry-After stays, and the status if none is given. */
  refuse?(refusal: Refusal): {
    readonly status?: number
    readonly body: string
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** A JSON answer. */
export function jsonReply(status: number, body: object): RouteReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}
