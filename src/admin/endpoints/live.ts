import { z } from 'zod'
import { given } from '../../core/given.ts'
import { RefusedRequestError } from '../../core/route.ts'
import { lineOf, readLineId, shownScope } from '../access.ts'
import { EVERYBODY, rawEndpoint } from '../endpoint.ts'
import { NOT_KEPT } from '../failure.ts'

const RETRY_AFTER_SECONDS = 30

const live = rawEndpoint({
  method: 'GET',
  path: '/live',
  id: 'watchLive',
  summary: 'server-sent events: hello, overview, and of an open line its item and its journal',
  scopes: EVERYBODY,
  query: z.strictObject({ line: z.string().max(20).optional() }),
  media: 'text/event-stream',
  answer: z.string(),
  async run({ scope, visitor, query, request }, desk) {
    const { line } = query
    const lineId = line === undefined ? undefined : readLineId(line)
    if (line !== undefined) await lineOf({ scope, params: { id: line } }, desk)
    const onlooker = { scope, ...given({ lineId, session: visitor.session?.hash }) }
    if (!desk.live.hasRoomFor(onlooker)) {
      const later = { retryAfterSeconds: RETRY_AFTER_SECONDS }
      throw new RefusedRequestError('HUB_LIMIT', 'too many consoles are open', later)
    }
    const hello = {
      at: new Date(desk.clock.now()).toISOString(),
      scope: await shownScope(scope, desk),
      ...given({ line: lineId }),
    }
    const headers = {
      ...NOT_KEPT,
      'content-type': 'text/event-stream; charset=utf-8',
      // nginx would keep it until it has a pageful.
      'x-accel-buffering': 'no',
    }
    if (request.method === 'HEAD') return { status: 200, headers }
    return { status: 200, headers, body: (to) => desk.live.show(onlooker, to, hello) }
  },
})

export const LIVE_ENDPOINTS = [live]
