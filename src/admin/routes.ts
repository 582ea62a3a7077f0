import { z } from 'zod'
import { type FieldFault, ParamsError } from '../core/errors.ts'
import { isRecord, parseJson } from '../core/json.ts'
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

const NOTHING = z.strictObject({})

/** Throws ParamsError with every fault: parameters that are unknown, given twice, or wrong. */
function readQuery(schema: z.ZodType | undefined, query: URLSearchParams): unknown {
  const faults: FieldFault[] = []
  for (const field of new Set(query.keys())) {
    if (query.getAll(field).length > 1) faults.push({ field, problem: 'is given more than once' })
  }
  try {
    const parsed = parseParams(schema ?? NOTHING, Object.fromEntries(query))
    if (faults.length === 0) return parsed
  } catch (error) {
    if (!(error instanceof ParamsError)) throw error
    const others = error.fields.filter(({ field }) => faults.every((one) => one.field !== field))
    faults.push(...others)
  }
  throw new ParamsError(faults)
}

async function readBody(schema: z.ZodType | undefined, request: RouteRequest): Promise<unknown> {
  if (!schema && request.method !== 'DELETE') return {}
  return parseParams(schema ?? NOTHING, await readJsonBody(request))
}

/** An object; `{}` where there is no body. Throws ParamsError. */
export async function readJsonBody(request: RouteRequest, limitBytes?: number): Promise<unknown> {
  const bytes = await request.body(limitBytes)
  if (bytes.length === 0) return {}
  const body = readJson(bytes)
  if (!isRecord(body)) throw new ParamsError([{ field: 'body', problem: 'must be an object' }])
  return body
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ParamsError([{ field: 'body', problem: 'must be JSON' }], { cause })
  }
}
