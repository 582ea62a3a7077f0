import type { z } from 'zod'
import type { RouteReply, RouteRequest } from '../core/route.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import type { AdminDesk } from './desk.ts'
import type { ConsoleDoor, Visitor } from './door.ts'
import type { Scope, ScopeKind } from './scope.ts'

/** A request to an endpoint, checked. */
export interface AdminCall<Q, B> {
  readonly scope: Scope
  readonly visitor: Visitor
  /** What stands in the places that the path names (`:id`). */
  readonly params: Readonly<Record<string, string>>
  readonly query: Q
  readonly body: B
  readonly request: RouteRequest
  /** Through which it came. */
  readonly door: ConsoleDoor
}

interface EndpointParts<Q, B> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/admin/api/v1`, as of @koa/router. */
  readonly path: string
  /** For /openapi.json. */
  readonly id: string
  readonly summary: string
  /** Who may ask at all. What of it is theirs, `run` sees to. */
  readonly scopes: readonly ScopeKind[]
  /** Of texts alone, as they stand in an address. Absent: none. */
  readonly query?: z.ZodType<Q>
  /** Absent: none. One that takes `{}` may be left out. */
  readonly body?: z.ZodType<B>
}

/** One endpoint of the admin API, as data: the routes, /openapi.json and the tests of the scopes are made from the list. */
export interface Endpoint<Q = unknown, B = unknown> extends EndpointParts<Q, B> {
  readonly answer: z.ZodType
  /** Absent: JSON. */
  readonly media?: string
  /** Throws RefusedRequestError and whatever remote methods throw. */
  run(call: AdminCall<Q, B>, desk: AdminDesk): Promise<RouteReply | object>
  /** `run` gives a reply of its own making. */
  readonly isRaw?: true
}

export const EVERYBODY: readonly ScopeKind[] = ['operator', 'portal', 'line']
export const PORTALS: readonly ScopeKind[] = ['operator', 'portal']
export const OPERATORS: readonly ScopeKind[] = ['operator']

/** An endpoint that answers JSON. */
export function endpoint<A, Q = Record<string, never>, B = Record<string, never>>(
  parts: EndpointParts<Q, B> & {
    readonly answer: z.ZodType<A>
    run(call: AdminCall<Q, B>, desk: AdminDesk): Promise<Frozen<A> & object>
  },
): Endpoint {
  return parts as unknown as Endpoint
}

/** One that answers in its own way. */
export function rawEndpoint<Q = Record<string, never>, B = Record<string, never>>(
  parts: EndpointParts<Q, B> & {
    readonly media: string
    readonly answer: z.ZodType
    run(call: AdminCall<Q, B>, desk: AdminDesk): Promise<RouteReply>
  },
): Endpoint {
  return { ...parts, isRaw: true } as unknown as Endpoint
}
