import type { RequestListener } from 'node:http'
import Router from '@koa/router'
import Koa, { type Context } from 'koa'
import type { Log } from '../core/log.ts'
import { RefusedRequestError, type Route } from '../core/route.ts'
import { type AnswerDeps, answerRoute, refuse, sendWhole } from './answer.ts'
import type { Http } from './request.ts'

/** A route as the router knows it. */
type Layer = Pick<Router['stack'][number], 'methods' | 'path'>

/**
 * Everything the hub answers over HTTP: the rooms' routes, with what is common to all of them. Koa's router finds the route,
 * but for one that takes every method of one plain path: there is nothing to find, and the webhook is asked so often that
 * Koa would be a tenth of what an event costs.
 */
export function createHttpApp(deps: AnswerDeps, routes: readonly Route[]): RequestListener {
  const app = createKoa(deps, routes).callback()
  const plain = new Map(routes.filter(isPlain).map((route) => [route.path, route]))
  return (request, response) => {
    const { url = '' } = request
    const at = url.indexOf('?')
    const route = plain.get(at < 0 ? url : url.slice(0, at))
    if (route) void answerRoute({ request, response }, route, {}, deps)
    else void app(request, response)
  }
}

/** Other ways to write such a path, like capital letters, are Koa's to find. */
function isPlain({ method, path }: Route): boolean {
  return method === 'ANY' && /^[a-z/-]+$/.test(path)
}

function createKoa(deps: AnswerDeps, routes: readonly Route[]): Koa {
  const { log } = deps
  const app = new Koa()
  // What reaches this came after the headers, mostly readers that left; Koa would print it beside the log.
  app.on('error', ({ code }: { code?: unknown }) => {
    log.debug({ event: 'http.broken', code }, 'an answer broke off')
  })
  const router = new Router()
  for (const route of routes) {
    const answer = (ctx: Context): Promise<void> =>
      answerRoute(httpOf(ctx), route, ctx['params'] as Record<string, string>, deps)
    if (route.method === 'ANY') router.all(route.path, answer)
    // GET brings HEAD with it.
    else router.register(route.path, [route.method], [answer])
  }
  app.use((ctx, next) => (isReadable(ctx.req.url) ? next() : answerUnreadable(ctx, log)))
  app.use(router.routes())
  app.use((ctx) => answerElse(ctx, routes, log))
  return app
}

/** From here on the answer is ours: Koa would send one of its own. */
function httpOf(ctx: Context): Http {
  ctx.respond = false
  return { request: ctx.req, response: ctx.res }
}

/** A whole address in the place of a path, as proxies write it, may be none: the router would fail on it. */
function isReadable(url = ''): boolean {
  return url.startsWith('/') || url === '*' || URL.canParse(url)
}

function answerUnreadable(ctx: Context, log: Log): void {
  const nothing = new RefusedRequestError('HUB_UNKNOWN_PATH', 'this is no address')
  refuse(httpOf(ctx), nothing, undefined, log)
}

/** What no route answers: another method of a path that is there, or a path that isn't. */
function answerElse(ctx: Context, routes: readonly Route[], log: Log): void {
  const http = httpOf(ctx)
  const matched = ((ctx['matched'] ?? []) as readonly Layer[]).filter((layer) => layer.methods[0])
  const [first] = matched
  if (!first) {
    refuse(
      http,
      new RefusedRequestError('HUB_UNKNOWN_PATH', 'there is nothing here'),
      undefined,
      log,
    )
    return
  }
  const allow = [...new Set(matched.flatMap(({ methods }) => methods))].sort().join(', ')
  if (ctx.method === 'OPTIONS') {
    sendWhole(http.response, 204, { allow })
    return
  }
  const message = `only ${allow}`
  const refusal = new RefusedRequestError('HUB_METHOD_NOT_ALLOWED', message, { headers: { allow } })
  refuse(http, refusal, routes.find(({ path }) => path === first.path)?.refuse, log)
}
