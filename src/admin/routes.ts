import type { z } from 'zod'
import { ParamsError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { parseParams } from '../core/params.ts'
import {
  jsonReply,
  RefusedRequestError,
  type Route,
  type RouteReply,
  type RouteRequest,
} from '../core/route.ts'
import type { AdminDesk } from './desk.ts'
import type { ConsoleDoor } from './door.ts'
import type { Endpoint } from './endpoint.ts'
import { ENDPOINTS } from './endpoints/table.ts'
import { failureReply, NOT_KEPT } from './failure.ts'

/** Below which the API stands. */
export const API_PATH = '/admin/api/v1'

/** The routes of the endpoints, at one door. */
export function endpointRoutes(desk: AdminDesk, door: ConsoleDoor): Route[] {
  return ENDPOINTS.map((endpoint) => ({
    method: endpoint.method,
    path: `${API_PATH}${endpoint.path}`,
    answer: (request) => answer(endpoint, request, { desk, door }),
  }))
}

async function answer(
  endpoint: Endpoint,
  request: RouteRequest,
  { desk, door }: { readonly desk: AdminDesk; readonly door: ConsoleDoor },
): Promise<RouteReply> {
  const visitor = await door.admit(request)
  const { scope } = visitor
  if (!endpoint.scopes.includes(scope.kind)) {
    throw new RefusedRequestError('HUB_FORBIDDEN', `this is not for the scope ${scope.kind}`)
  }
  try {
    const query = readQuery(endpoint.query, request.query)
    const body = await readBody(endpoint.body, request)
    const call = { scope, visitor, params: request.params, query, body, request, door }
    const answered = await endpoint.run(call, desk)
    if (endpoint.isRaw) return answered as RouteReply
    const { headers, ...reply } = jsonReply(200, answered)
    return { ...reply, headers: { ...headers, ...NOT_KEPT } }
  } catch (error) {
    return failureReply(error, desk.methods, desk.log)
  }
}

function readQuery(schema: z.ZodType | undefined, query: URLSearchParams): unknown {
  return schema ? parseParams(schema, Object.fromEntries(query)) : {}
}

async function readBody(schema: z.ZodType | undefined, request: RouteRequest): Promise<unknown> {
  if (!schema) return {}
  return parseParams(schema, await readJsonBody(request))
}

/** `{}` where there is none. Throws ParamsError. */
export async function readJsonBody(request: RouteRequest, limitBytes?: number): Promise<unknown> {
  const bytes = await request.body(limitBytes)
  if (bytes.length === 0) return {}
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ParamsError([{ field: 'body', problem: 'must be JSON' }], { cause })
  }
}
