import { z } from 'zod'
import type { ApiAnswer, ApiOperation, ApiParameter, ApiPart, ApiPath } from '../core/api-part.ts'
import {
  adminErrorShape,
  lineItemShape,
  overviewShape,
  portalShape,
  sessionShape,
} from '../core/shapes/admin.ts'
import type { Endpoint } from './endpoint.ts'
import { ENDPOINTS } from './endpoints/table.ts'
import { LINK_PATH } from './links.ts'
import { API_PATH } from './routes.ts'
import { SESSION_PATH, signInBody } from './session-routes.ts'

const TAG = 'console'

const PLACES: Readonly<Record<string, string>> = {
  id: "the hub's own id of it",
  method: 'the name of a remote method',
  out: 'out_…',
  secret: 'as the link has it',
}

const json = (schema: z.ZodType) => ({ 'application/json': schema })
const refusal = (description: string): ApiAnswer => ({
  description,
  content: json(adminErrorShape),
})

const REFUSALS = {
  400: refusal('HUB_BAD_PARAMS, with every faulty field'),
  401: refusal('HUB_BAD_TOKEN'),
  403: refusal('HUB_FORBIDDEN: not for this scope, or asked by another site'),
  404: refusal("there is no such thing, or it is somebody else's"),
  429: refusal('HUB_LIMIT'),
  503: refusal('HUB_STORE_UNAVAILABLE'),
}
const CHANGING = {
  409: refusal('HUB_CONFLICT and other states in which it can not be done'),
  415: refusal('HUB_UNSUPPORTED_MEDIA_TYPE: a session sends JSON alone'),
}

/** The console's API: each endpoint of the list, its sessions, and the way in by a link. */
export const adminApi: ApiPart = {
  schemas: {
    AdminError: adminErrorShape,
    LineItem: lineItemShape,
    Overview: overviewShape,
    AdminPortal: portalShape,
    Session: sessionShape,
  },
  paths: {
    [SESSION_PATH]: {
      get: sessionOperation('getSession', 'who is signed in', { 200: answered(sessionShape) }),
      post: {
        ...sessionOperation('signIn', 'opens a session of an operator, for 12 h', {
          200: answered(sessionShape),
        }),
        body: json(signInBody),
      },
      delete: sessionOperation('signOut', 'ends the session', { 204: { description: 'ended' } }),
    },
    [`${LINK_PATH}/{secret}`]: {
      get: {
        id: 'openConsoleLink',
        summary: 'opens a session of a portal, once (createConsoleLink)',
        tag: TAG,
        parameters: [pathParameter('secret')],
        answers: {
          303: { description: 'to the console, with its cookie' },
          404: { description: 'there is no such link, or its portal is gone' },
          410: { description: 'it was used or has expired' },
        },
      },
    },
    ...pathsOf(ENDPOINTS),
  },
}

function answered(schema: z.ZodType): ApiAnswer {
  return { description: 'done', content: json(schema) }
}

function sessionOperation(
  id: string,
  summary: string,
  answers: ApiOperation['answers'],
): ApiOperation {
  return { id, summary, tag: TAG, answers: { ...answers, ...REFUSALS } }
}

function pathsOf(endpoints: readonly Endpoint[]): Record<string, ApiPath> {
  const paths: Record<string, Record<string, ApiOperation>> = {}
  for (const endpoint of endpoints) {
    const path = `${API_PATH}${endpoint.path.replace(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) }
  }
  return paths
}

function operation(endpoint: Endpoint): ApiOperation {
  const { id, summary, method, path, scopes, query, body, answer, media } = endpoint
  const places = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => pathParameter(name))
  return {
    // Remote methods have the plain names.
    id: `admin${id[0]?.toUpperCase()}${id.slice(1)}`,
    summary,
    description: `For the scopes ${scopes.join(', ')}.`,
    tag: TAG,
    access: 'admin',
    parameters: [...places, ...queryParameters(query)],
    ...(body ? { body: json(body) } : {}),
    answers: {
      200: { description: 'done', content: { [media ?? 'application/json']: answer } },
      ...REFUSALS,
      ...(method === 'GET' ? {} : CHANGING),
    },
  }
}

function pathParameter(name: string): ApiParameter {
  return { name, in: 'path', required: true, description: PLACES[name] ?? '', schema: z.string() }
}

function queryParameters(query: z.ZodType | undefined): ApiParameter[] {
  if (!(query instanceof z.ZodObject)) return []
  const shape: Readonly<Record<string, z.ZodType>> = query.shape
  return Object.entries(shape).map(([name, schema]) => ({
    ...{ name, in: 'query', schema },
    required: !schema.safeParse(undefined).success,
    description: schema.description ?? '',
  }))
}
