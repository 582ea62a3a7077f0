import { z } from 'zod'
import { given } from '../core/given.ts'
import { parseParams } from '../core/params.ts'
import { jsonReply, type Route, type RouteReply, type RouteRequest } from '../core/route.ts'
import { shownScope } from './access.ts'
import type { AdminDesk } from './desk.ts'
import { type ConsoleDoor, requireJson, type Visitor } from './door.ts'
import { failureReply, NOT_KEPT } from './failure.ts'
import { readJsonBody } from './routes.ts'

export const SESSION_PATH = '/admin/api/session'

/** A token and no more. */
const MAX_BODY = 4096
const MAX_TOKEN = 1024
export const signInBody = z.strictObject({ token: z.string().min(1).max(MAX_TOKEN) })

interface SessionDeps {
  readonly desk: AdminDesk
  readonly door: ConsoleDoor
  end(visitor: Visitor): Promise<void>
}

/** `/admin/api/session`: in, who am I, out. */
export function sessionRoutes(deps: SessionDeps): Route[] {
  const { desk, door } = deps
  const route = (
    method: 'GET' | 'POST' | 'DELETE',
    run: (request: RouteRequest) => Promise<RouteReply>,
  ): Route => ({
    method,
    path: SESSION_PATH,
    async answer(request) {
      try {
        return await run(request)
      } catch (error) {
        return failureReply(error, desk.methods, desk.log)
      }
    },
  })
  return [
    route('POST', (request) => signIn(request, deps)),
    route('GET', async (request) => sessionReply(await door.admit(request), desk)),
    route('DELETE', (request) => signOut(request, deps)),
  ]
}

async function signIn(request: RouteRequest, { desk, door }: SessionDeps): Promise<RouteReply> {
  // A page of another site must not sign anybody in; what isn't a browser sends no origin.
  if (request.headers['origin'] !== undefined) door.requireOwnOrigin(request)
  requireJson(request)
  const { token } = parseParams(signInBody, await readJsonBody(request, MAX_BODY))
  const { secret, expiresAt } = await door.signIn(token, request)
  const reply = await sessionReply({ scope: { kind: 'operator' } }, desk, expiresAt)
  const cookie = { isEmbedded: false, maxAgeMs: expiresAt - desk.clock.now() }
  return { ...reply, headers: { ...reply.headers, 'set-cookie': door.cookie(secret, cookie) } }
}

async function signOut(request: RouteRequest, deps: SessionDeps): Promise<RouteReply> {
  const { door, end } = deps
  const visitor = await door.admit(request)
  await end(visitor)
  const isEmbedded = (visitor.session?.embedIn ?? []).length > 0
  const headers = { ...NOT_KEPT, 'set-cookie': door.cookie('', { isEmbedded, maxAgeMs: 0 }) }
  return { status: 204, headers }
}

async function sessionReply(
  { scope, session }: Visitor,
  desk: AdminDesk,
  expiresAt = session?.expiresAt,
): Promise<RouteReply> {
  const { version, publicUrl, isPublicUrlChosen, store } = desk
  const { headers, ...reply } = jsonReply(200, {
    scope: await shownScope(scope, desk),
    ...given({ language: session?.language, start: session?.start }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    hub: { version, publicUrl, isPublicUrlChosen, store: store.dialect },
  })
  return { ...reply, headers: { ...headers, ...NOT_KEPT } }
}
