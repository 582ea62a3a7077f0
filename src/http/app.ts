import Router from '@koa/router'
import Koa, { type Context } from 'koa'
import { BadUpdateError } from '../core/errors.ts'
import type { HttpReply, RawRequest } from '../core/http.ts'
import { parseJson } from '../core/json.ts'
import type { Log } from '../core/log.ts'
import { answerFile } from '../files/route.ts'
import type { FileStreamer } from '../files/streamer.ts'
import { WebhookError } from '../ingress/errors.ts'
import type { Webhook } from '../ingress/webhook.ts'
import type { PortalDialect } from '../portal/dialect.ts'
import { readBody } from './body.ts'
import { toErrorAnswer } from './errors.ts'

export interface HttpDeps {
  readonly log: Log
  /** Absent when this process takes no updates and calls. */
  readonly webhook?: Webhook
  readonly dialect?: PortalDialect
  readonly files?: FileStreamer
  /** Reasons why this process isn't ready; none if it is. */
  readiness(): Promise<readonly string[]>
}

const NO_BODY = Buffer.alloc(0)

/** Everything the hub answers over HTTP. */
export function createHttpApp(deps: HttpDeps): Koa {
  const { log, webhook, dialect, files } = deps
  const app = new Koa()
  // What reaches this came after the headers, mostly readers that left; Koa would print it beside the log.
  app.on('error', ({ code }: { code?: unknown }) => {
    log.debug({ event: 'http.broken', code }, 'an answer broke off')
  })
  app.use((ctx, next) => guardAnswer(ctx, next, log))
  const router = new Router()
  router.get('/healthz', (ctx) => {
    sendJson(ctx, 200, { status: 'ok' })
  })
  router.get('/readyz', async (ctx) => {
    const reasons = await deps.readiness()
    if (reasons.length > 0) sendJson(ctx, 503, { status: 'not ready', reasons })
    else sendJson(ctx, 200, { status: 'ready' })
  })
  if (webhook) router.all('/webhook', (ctx) => answerWebhook(ctx, webhook))
  if (dialect) {
    router.post('/rpc/:portalId', (ctx) => answerRpc(ctx, dialect, ctx.params['portalId'] ?? ''))
  }
  if (files) {
    router.get('/files/:opaque', async (ctx) => {
      const refusal = await answerFile(ctx, files, ctx.params['opaque'] ?? '')
      if (!refusal) return
      ctx.set({ ...refusal.headers })
      sendError(ctx, refusal.status, refusal.code, refusal.message)
    })
  }
  app.use(router.routes())
  app.use(router.allowedMethods())
  app.use((ctx) => {
    if (ctx.status === 404) sendError(ctx, 404, 'HUB_UNKNOWN_PATH', 'there is nothing here')
  })
  return app
}

/** Turns what was thrown into the answer the table gives it, and logs what deserves it. */
async function guardAnswer(ctx: Context, next: () => Promise<unknown>, log: Log): Promise<void> {
  try {
    await next()
  } catch (error) {
    const answer = toErrorAnswer(error)
    if (answer.headers) ctx.set({ ...answer.headers })
    if (answer.retryAfterSeconds !== undefined) {
      ctx.set('retry-after', String(answer.retryAfterSeconds))
    }
    // What is left of a body that nobody will read must not be taken for the next request.
    if (answer.status === 413) ctx.set('connection', 'close')
    sendError(ctx, answer.status, answer.code, answer.message)
    const fields = { event: 'http.failed', method: ctx.method, path: ctx.path.split('/')[1] }
    if (answer.status === 503) log.warn({ ...fields, err: error }, 'a request was put off')
    else if (answer.status >= 500) log.error({ ...fields, err: error }, 'a request failed')
    else log.debug({ ...fields, status: answer.status, code: answer.code }, 'a request was refused')
  }
}

async function answerWebhook(ctx: Context, webhook: Webhook): Promise<void> {
  const { method } = ctx
  if (method !== 'GET' && method !== 'POST') {
    throw new WebhookError('HUB_METHOD_NOT_ALLOWED', 'only GET and POST')
  }
  const query = new URLSearchParams(ctx.querystring)
  const active = await webhook.findLine(query.get('hash'))
  if (method === 'POST' && !/^application\/json\b/i.test(ctx.get('content-type'))) {
    throw new WebhookError('HUB_UNSUPPORTED_MEDIA_TYPE', 'only application/json')
  }
  const body = method === 'POST' ? await readBody(ctx.req, active.connector.maxBodyBytes) : NO_BODY
  sendReply(ctx, await webhook.handle(toRawRequest(method, query, ctx, body), active))
}

function toRawRequest(
  method: 'GET' | 'POST',
  query: URLSearchParams,
  ctx: Context,
  body: Buffer,
): RawRequest {
  let parsed: { readonly value: unknown } | undefined
  return {
    method,
    query,
    // Node joins repeated headers with a comma, apart from a few that no channel signs with.
    headers: ctx.req.headers as Record<string, string | undefined>,
    body,
    json() {
      parsed ??= { value: readJson(body) }
      return parsed.value
    },
  }
}

function readJson(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'))
  } catch (cause) {
    throw new BadUpdateError('the body is not JSON', { cause })
  }
}

async function answerRpc(ctx: Context, dialect: PortalDialect, portalId: string): Promise<void> {
  const body = await readBody(ctx.req)
  const reply = await dialect.answer({ portalId, headers: ctx.req.headers, body })
  ctx.status = reply.status
  if (reply.headers) ctx.set({ ...reply.headers })
  ctx.body = reply.body === '' ? null : reply.body
  ctx.status = reply.status
}

function sendReply(ctx: Context, { status, body, contentType }: HttpReply): void {
  ctx.status = status
  ctx.type = contentType ?? 'text/plain; charset=utf-8'
  ctx.body = body
}

function sendJson(ctx: Context, status: number, body: object): void {
  ctx.status = status
  ctx.type = 'application/json; charset=utf-8'
  ctx.body = JSON.stringify(body)
}

function sendError(ctx: Context, status: number, code: string, message: string): void {
  sendJson(ctx, status, { error: { code, message } })
}
