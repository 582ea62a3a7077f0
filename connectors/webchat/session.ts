import type { ConnectorContext, Verification } from '#core/connector.ts'
import type { RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { jsonReply, RefusedRequestError, type RouteReply, type RouteRequest } from '#core/route.ts'
import type { WebChatSettings } from './settings.ts'
import { makeToken, makeVisitor, readToken, tokenIn } from './token.ts'

const MAX_BODY = 16 * 1024

/** A new visitor's token, or a fresh one for the visitor whose token the request has. */
export async function openSession(
  { clock }: ConnectorContext,
  request: RouteRequest,
  line: Line<WebChatSettings>,
): Promise<RouteReply> {
  const body = await request.body(MAX_BODY)
  const now = clock.now()
  const known = readToken(line, tokenIn({ ...pick(request), body }), now)
  const visitor = known ?? makeVisitor(line)
  const reply = jsonReply(200, { token: makeToken(line, visitor, now), chat: { id: visitor } })
  return { ...reply, headers: { ...reply.headers, 'cache-control': 'no-store' } }
}

/** Whose request it is. Throws RefusedRequestError `HUB_BAD_TOKEN`. */
export function visitorOf(request: RouteRequest, line: Line<WebChatSettings>, now: number): string {
  const visitor = readToken(line, tokenIn(pick(request)), now)
  if (visitor !== undefined) return visitor
  throw new RefusedRequestError('HUB_BAD_TOKEN', 'a token of this chat is needed')
}

function pick({ headers, query }: RouteRequest): Pick<RouteRequest, 'headers' | 'query'> {
  return { headers, query }
}

export function verifyPost(
  request: RawRequest,
  line: Line<WebChatSettings>,
  now: number,
): Verification {
  const isKnown = readToken(line, tokenIn(request), now) !== undefined
  return isKnown ? { ok: true } : { ok: false, reason: 'no token of this line' }
}

/** What counts as said; everything else are signs of the page's own. */
const SAYS: readonly unknown[] = ['message.new', 'button', undefined]
const MESSAGES = { perSecond: 1, burst: 10 }
const SIGNS = { perSecond: 5, burst: 40 }
/** Of an address: an office of 250 people who all chat behind it, each with a message in ten seconds. */
const MESSAGES_OF_ADDRESS = { perSecond: 25, burst: 250 }
const SIGNS_OF_ADDRESS = { perSecond: 125, burst: 1000 }

export function quotasOf(
  request: RawRequest,
  line: Line<WebChatSettings>,
  now: number,
): readonly { key: string; perSecond: number; burst: number }[] {
  const visitor = readToken(line, tokenIn(request), now) ?? ''
  const body = request.json()
  const isSaid = !isRecord(body) || SAYS.includes(body['type'])
  const kind = isSaid ? 'm' : 's'
  const own = { key: `${visitor} ${kind}`, ...(isSaid ? MESSAGES : SIGNS) }
  const { address } = request
  if (address === undefined) return [own]
  const all = isSaid ? MESSAGES_OF_ADDRESS : SIGNS_OF_ADDRESS
  return [own, { key: `${address} ${kind}`, ...all }]
}
