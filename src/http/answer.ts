import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import type { Log } from '../core/log.ts'
import { jsonReply, type Refusal, type Route, type RouteReply } from '../core/route.ts'
import { toRefusal } from './refusals.ts'
import { type Http, HttpRequest, type RequestDeps } from './request.ts'

/** A reader that takes nothing for this long has gone without saying so; its place is needed. */
const READER_IDLE_MS = 60_000

export interface AnswerDeps extends RequestDeps {
  readonly log: Log
}

/** Has a route answer a request, and sends what it says. Never rejects. */
export async function answerRoute(
  { request, response }: Http,
  route: Route,
  params: Readonly<Record<string, string>>,
  deps: AnswerDeps,
): Promise<void> {
  const asked = new HttpRequest({ request, response }, params, deps)
  try {
    await send(response, await route.answer(asked))
  } catch (error) {
    refuse({ request, response }, error, route.refuse, deps.log)
  } finally {
    asked.release()
  }
}

/** Turns what was thrown into the answer the table gives it, and logs what deserves it. Never throws. */
export function refuse(
  { request, response }: Http,
  error: unknown,
  toForm: Route['refuse'],
  log: Log,
): void {
  const refusal = toRefusal(error)
  const { status, code } = refusal
  const form = toForm?.(refusal) ?? plainForm(refusal)
  if (response.headersSent) response.destroy()
  else
    sendWhole(response, form.status ?? status, { ...form.headers, ...refusal.headers }, form.body)
  const path = request.url?.split(/[/?]/, 2)[1]
  const fields = { event: 'http.failed', method: request.method, path }
  if (status === 503) log.warn({ ...fields, err: error }, 'a request was put off')
  else if (status >= 500) log.error({ ...fields, err: error }, 'a request failed')
  else log.debug({ ...fields, status, code }, 'a request was refused')
}

function plainForm({ status, code, message }: Refusal): ReturnType<NonNullable<Route['refuse']>> {
  const { headers, body } = jsonReply(status, { error: { code, message } })
  return { headers: headers ?? {}, body: String(body) }
}

async function send(
  response: ServerResponse,
  { status, headers, body }: RouteReply,
): Promise<void> {
  if (typeof body === 'function') await stream(response, status, headers, body)
  else sendWhole(response, status, headers, body)
}

/** Statuses whose answers have no body, and no length of one. */
const BODILESS = new Set([204, 304])

export function sendWhole(
  response: ServerResponse,
  status: number,
  { 'content-type': type, ...headers }: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): void {
  if (BODILESS.has(status)) {
    response.writeHead(status, headers).end()
  } else if (body.length === 0) {
    response.writeHead(status, { ...headers, 'content-length': 0 }).end()
  } else {
    const length = { 'content-length': Buffer.byteLength(body) }
    response.writeHead(
      status,
      type === undefined
        ? { ...headers, ...length }
        : { ...headers, 'content-type': type, ...length },
    )
    response.end(body)
  }
}

/**
 * An answer that breaks off ends with a broken connection: an orderly end would pass for the whole wherever its length
 * isn't known.
 */
async function stream(
  response: ServerResponse,
  status: number,
  headers: RouteReply['headers'],
  write: (to: Writable) => Promise<void>,
): Promise<void> {
  response.writeHead(status, headers)
  response.setTimeout(READER_IDLE_MS, () => response.destroy())
  // Who writes reports what went wrong; here both ends are only to be closed.
  await write(response).catch(() => response.destroy())
}
