import type { Connector } from '../core/connector.ts'
import { BadUpdateError, StoreUnavailableError } from '../core/errors.ts'
import type { HttpReply, RawRequest } from '../core/http.ts'
import { parseJson } from '../core/json.ts'
import type { IngressMeter } from '../core/meters.ts'
import {
  RefusedRequestError,
  type Route,
  type RouteReply,
  type RouteRequest,
} from '../core/route.ts'
import type { Tracer, TraceSpan } from '../core/tracing.ts'
import type { WebhookAddress } from '../lines/directory.ts'
import { admitOrigin, preflight } from './cross-origin.ts'
import type { Webhook } from './webhook.ts'

const NO_BODY = Buffer.alloc(0)
const JSON_ALONE: readonly string[] = ['application/json']

/** Who is told of each request. */
export interface WebhookWatchers {
  readonly meter?: Pick<IngressMeter, 'webhookAnswered'>
  readonly tracer?: Tracer
}

/** `/webhook?hash=…`: the one address of every channel (PROTOCOL §3). */
export function webhookRoute(webhook: Webhook, { meter, tracer }: WebhookWatchers = {}): Route {
  return {
    method: 'ANY',
    path: '/webhook',
    async answer(request) {
      const found: Found = {}
      try {
        const reply = await answer(webhook, request, found, tracer)
        found.span?.end()
        meter?.webhookAnswered(found.connector, CLASSES[Math.floor(reply.status / 100)] ?? '')
        return reply
      } catch (error) {
        found.span?.end(codeOf(error))
        meter?.webhookAnswered(found.connector, codeOf(error))
        throw error
      }
    },
  }
}

/** Which connector a request was for, as far as it came. */
interface Found {
  connector?: string
  span?: TraceSpan
}

const CLASSES = ['', '1xx', '2xx', '3xx', '4xx', '5xx']

function codeOf(error: unknown): string {
  if (error instanceof RefusedRequestError || error instanceof BadUpdateError) return error.code
  return error instanceof StoreUnavailableError ? error.code : 'HUB_INTERNAL'
}

async function answer(
  webhook: Webhook,
  request: RouteRequest,
  found: Found,
  tracer: Tracer | undefined,
): Promise<RouteReply> {
  const { method } = request
  if (method !== 'GET' && method !== 'POST' && method !== 'OPTIONS') {
    throw new RefusedRequestError('HUB_METHOD_NOT_ALLOWED', 'only GET and POST', {
      headers: { allow: 'GET, POST' },
    })
  }
  if (method === 'OPTIONS') return await answerPreflight(webhook, request)
  const address = await findFor(webhook, request)
  found.connector = address.active?.record.connector ?? address.realConnector
  // Only from here on: whoever posts to no line must not fill the collector.
  if (tracer) found.span = tracer.begin('webhook', { 'hub.connector': found.connector })
  if (method === 'POST') checkContentType(request, address.connector)
  const body = method === 'POST' ? await request.body(address.connector.maxBodyBytes) : NO_BODY
  return toRouteReply(
    await webhook.handle(toRawRequest(method, request, body), address, found.span),
  )
}

/** Where a request leads, if its page may post there. A refusal never rests on settings that another process has changed. */
async function findFor(webhook: Webhook, request: RouteRequest): Promise<WebhookAddress> {
  const hash = request.query.get('hash')
  const address = await webhook.findAddress(hash)
  try {
    if (address.active) admitOrigin(request, address.active)
    return address
  } catch {
    const fresh = await webhook.findAddress(hash, true)
    if (fresh.active) admitOrigin(request, fresh.active)
    return fresh
  }
}

/** Only connectors that browsers post to answer what browsers ask beforehand. */
async function answerPreflight(webhook: Webhook, request: RouteRequest): Promise<RouteReply> {
  const { active } = await findFor(webhook, request)
  if (!active?.connector.allowsOrigin) {
    throw new RefusedRequestError('HUB_METHOD_NOT_ALLOWED', 'only GET and POST', {
      headers: { allow: 'GET, POST' },
    })
  }
  return preflight(request, 'POST')
}

function checkContentType(
  { headers }: RouteRequest,
  { contentTypes = JSON_ALONE }: Connector,
): void {
  const [type = ''] = String(headers['content-type'] ?? '').split(';')
  if (contentTypes.includes(type.trim().toLowerCase())) return
  const wanted = contentTypes.filter((one) => one !== '').join(' or ')
  throw new RefusedRequestError('HUB_UNSUPPORTED_MEDIA_TYPE', `only ${wanted}`)
}

function toRawRequest(
  method: 'GET' | 'POST',
  { query, headers, address }: RouteRequest,
  body: Buffer,
): RawRequest {
  let parsed: { readonly value: unknown } | undefined
  return {
    method,
    query,
    // Node joins repeated headers with a comma, apart from a few that no channel signs with.
    headers: headers as Record<string, string | undefined>,
    body,
    address,
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

function toRouteReply({ status, body, contentType, headers }: HttpReply): RouteReply {
  return {
    status,
    headers: { 'content-type': contentType ?? 'text/plain; charset=utf-8', ...headers },
    body,
  }
}
