import type { IncomingHttpHeaders } from 'node:http'
import type { Writable } from 'node:stream'
import Router from '@koa/router'
import Koa, { type Context } from 'koa'
import type { Log } from '../core/log.ts'
import {
  jsonReply,
  RefusedRequestError,
  type Route,
  type RouteReply,
  type RouteRequest,
} from '../core/route.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import { readBody } from './body.ts'
import type { TrustedProxies } from './client-address.ts'
import { toRefusal } from './refusals.ts'

/** A reader that takes nothing for this long has gone without saying so; its place is needed. */
const READER_IDLE_MS = 60_000

/** A route as the router knows it. */
type Layer = Pick<Router['stack'][number], 'methods' | 'path'>

export interface HttpAppDeps {
  readonly log: Log
  /** Bytes of bodies in memory, of all requests that are under way. */
  readonly bodyBytes: SharedPool
  readonly proxies: TrustedProxies
}

/** Everything the hub answers over HTTP: the rooms' routes, with what is common to all of them. */
export function createHttpApp(deps: HttpAppDeps, routes: readonly Route[]): Koa {
  const { log } = deps
  const app = new Koa()
  // What reaches this came after the headers, mostly readers that left; Koa would print it beside the log.
  app.on('error', ({ code }: { code?: unknown }) => {
    log.debug({ event: 'http.broken', code }, 'an answer broke off')
  })
  const router = new Router()
  for (const route of routes) {
    const answer = (ctx: Context): Promise<void> => answerRoute(ctx, route, deps)
    if (route.method === 'ANY') router.all(route.path, answer)
    // GET brings HEAD with it.
    else router.register(route.path, [route.method], [answer])
  }
  app.use((ctx, next) => (isReadable(ctx.req.url) ? next() : answerUnreadable(ctx)))
  app.use(router.routes())
  app.use((ctx) => answerElse(ctx, routes, log))
  return app
}

/** A whole address in the place of a path, as proxies write it, may be none: the router would fail on it. */
function isReadable(url = ''): boolean {
  return url.startsWith('/') || url === '*' || URL.canParse(url)
}

/** Koa's own view of the address fails on it, too, so that nothing here may ask for the path. */
function answerUnreadable(ctx: Context): void {
  const { status, code, message } = toRefusal(
    new RefusedRequestError('HUB_UNKNOWN_PATH', 'this is no address'),
  )
  ctx.set({ 'content-type': 'application/json; charset=utf-8' })
  ctx.body = JSON.stringify({ error: { code, message } })
  ctx.status = status
}

/** What no route answers: another method of a path that is there, or a path that isn't. */
function answerElse(ctx: Context, routes: readonly Route[], log: Log): void {
  const matched = ((ctx['matched'] ?? []) as readonly Layer[]).filter((layer) => layer.methods[0])
  const [first] = matched
  if (!first) {
    const nothing = new RefusedRequestError('HUB_UNKNOWN_PATH', 'there is nothing here')
    refuse(ctx, nothing, undefined, log)
    return
  }
  const allow = [...new Set(matched.flatMap(({ methods }) => methods))].sort().join(', ')
  if (ctx.method === 'OPTIONS') {
    ctx.set({ allow })
    ctx.status = 204
    return
  }
  const message = `only ${allow}`
  const refusal = new RefusedRequestError('HUB_METHOD_NOT_ALLOWED', message, { headers: { allow } })
  const route = routes.find(({ path }) => path === first.path)
  refuse(ctx, refusal, route, log)
}

async function answerRoute(ctx: Context, route: Route, deps: HttpAppDeps): Promise<void> {
  const request = new KoaRequest(ctx, deps)
  try {
    await send(ctx, await route.answer(request))
  } catch (error) {
    refuse(ctx, error, route, deps.log)
  } finally {
    request.release()
  }
}

/** A class, since an object with a getter of its own costs more than all the rest of it, for each request. */
class KoaRequest implements RouteRequest {
  readonly method: string
  readonly params: Record<string, string>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly #ctx: Context
  readonly #deps: HttpAppDeps
  #sender = ''
  #taken = 0

  constructor(ctx: Context, deps: HttpAppDeps) {
    this.#ctx = ctx
    this.#deps = deps
    this.method = ctx.method
    this.params = ctx['params'] as Record<string, string>
    this.query = new URLSearchParams(ctx.querystring)
    this.headers = ctx.req.headers
  }

  get address(): string {
    return this.#deps.proxies.clientOf(this.#ctx.req) ?? this.#ctx.req.socket.remoteAddress ?? ''
  }

  always(headers: Readonly<Record<string, string>>): void {
    this.#ctx.set({ ...headers })
  }

  /** Made only for those who ask: few routes do, and it costs a listener. */
  get signal(): AbortSignal {
    const ended = new AbortController()
    this.#ctx.res.once('close', () => ended.abort())
    return ended.signal
  }

  body(limitBytes?: number): Promise<Buffer> {
    this.#sender = this.#nameSender()
    const take = (bytes: number): boolean => {
      const isTaken = this.#deps.bodyBytes.tryTake(this.#sender, undefined, bytes)
      if (isTaken) this.#taken += bytes
      return isTaken
    }
    return readBody(this.#ctx.req, take, limitBytes)
  }

  /** The request is answered: its body is no longer needed. */
  release(): void {
    if (this.#taken > 0) this.#deps.bodyBytes.giveBack(this.#sender, undefined, this.#taken)
    this.#taken = 0
  }

  /** Where the sender can't be told, what it posts to counts: a line or a portal, which the route has found by then. */
  #nameSender(): string {
    // Not the whole hash: tenants are named in the log.
    const path = this.#ctx.path.replace(/([0-9a-f]{8})[0-9a-f]{24}/gi, '$1')
    const target = `${path} ${this.query.get('hash')?.slice(0, 8) ?? ''}`
    return this.#deps.proxies.clientOf(this.#ctx.req) ?? target
  }
}

async function send(ctx: Context, { status, headers, body }: RouteReply): Promise<void> {
  if (typeof body === 'function') return await stream(ctx, status, headers, body)
  if (headers) ctx.set({ ...headers })
  // Koa would take bytes that are no Buffer for an object to be written as JSON.
  const plain =
    body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body
  ctx.body = plain === undefined || plain.length === 0 ? null : plain
  // Koa makes a 204 of a body that is null.
  ctx.status = status
}

/**
 * An answer that breaks off ends with a broken connection: an orderly end would pass for the whole wherever its length
 * isn't known. Koa would leave the connection open when a stream fails after the headers, so it is kept out of this.
 */
async function stream(
  ctx: Context,
  status: number,
  headers: RouteReply['headers'],
  write: Extract<RouteReply['body'], (to: Writable) => Promise<void>>,
): Promise<void> {
  const { res } = ctx
  ctx.respond = false
  res.writeHead(status, headers)
  res.setTimeout(READER_IDLE_MS, () => res.destroy())
  // Who writes reports what went wrong; here both ends are only to be closed.
  await write(res).catch(() => res.destroy())
}

/** Turns what was thrown into the answer the table gives it, and logs what deserves it. */
function refuse(ctx: Context, error: unknown, route: Route | undefined, log: Log): void {
  const refusal = toRefusal(error)
  const { status, code, message } = refusal
  const form = route?.refuse?.(refusal) ?? jsonReply(status, { error: { code, message } })
  ctx.set({ ...form.headers, ...refusal.headers })
  ctx.body = form.body
  ctx.status = form.status ?? status
  const fields = { event: 'http.failed', method: ctx.method, path: ctx.path.split('/')[1] }
  if (status === 503) log.warn({ ...fields, err: error }, 'a request was put off')
  else if (status >= 500) log.error({ ...fields, err: error }, 'a request failed')
  else log.debug({ ...fields, status, code }, 'a request was refused')
}
