import { type AdminToken, bearerOf } from '../core/admin-token.ts'
import type { Clock } from '../core/clock.ts'
import { RefusedRequestError, type RouteRequest } from '../core/route.ts'
import { type CookieOptions, sessionCookie, sessionIn } from './cookie.ts'
import type { Scope } from './scope.ts'
import type { ConsoleSession, ConsoleSessions, OpenedSession } from './sessions.ts'

/** Which of the hub's listeners a request has come to; `both` where it has only one. */
export type Listener = 'public' | 'admin' | 'both'

export interface DoorDeps {
  readonly clock: Clock
  readonly sessions: ConsoleSessions
  readonly adminToken: AdminToken
  readonly publicUrl: string
  /** HUB_PUBLIC_URL says where the hub is reached; otherwise it is where it turned out to listen. */
  readonly isPublicUrlChosen: boolean
}

/** Who asks. */
export interface Visitor {
  readonly scope: Scope
  /** Absent: with the admin token as a bearer. */
  readonly session?: ConsoleSession
}

/** A page of the console, for whoever serves it. */
export interface PagePass {
  /** Absent: nobody is signed in, or the store is away and it can't be told. */
  readonly visitor?: Visitor
  /** What the page's Content-Security-Policy is to say of frames: `'none'`, or origins. */
  readonly frameAncestors: string
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Who may come in at one of the listeners (docs/console-api.md). */
export class ConsoleDoor {
  readonly listener: Listener
  readonly #deps: DoorDeps

  constructor(deps: DoorDeps, listener: Listener) {
    this.#deps = deps
    this.listener = listener
  }

  /**
   * Who asks, and whether he may in this way. Throws RefusedRequestError `HUB_BAD_TOKEN`, `HUB_LIMIT`, `HUB_FORBIDDEN` (a page
   * of another site asks), `HUB_UNSUPPORTED_MEDIA_TYPE`; StoreUnavailableError.
   */
  async admit(request: RouteRequest): Promise<Visitor> {
    const bearer = bearerOf(request.headers['authorization'])
    if (bearer !== undefined) {
      this.#requireToken(bearer, request.address)
      if (!SAFE.has(request.method) && hasBody(request)) requireJson(request)
      return { scope: { kind: 'operator' } }
    }
    const session = await this.#sessionOf(request)
    if (!session) throw badToken('sign in first, or send the admin token as a bearer')
    if (!SAFE.has(request.method)) {
      this.requireOwnOrigin(request)
      requireJson(request)
    }
    return { scope: session.scope, session }
  }

  /** For pages: never throws. */
  async passOf(request: RouteRequest): Promise<PagePass> {
    const session = await this.#sessionOf(request).catch(() => undefined)
    const { embedIn = [] } = session ?? {}
    return {
      ...(session ? { visitor: { scope: session.scope, session } } : {}),
      frameAncestors: embedIn.length > 0 ? embedIn.join(' ') : "'none'",
    }
  }

  /**
   * Opens an operator's session for a token that was typed in. However right it is, an address that was wrong too often has to
   * wait. Throws as `admit`.
   */
  async signIn(token: string, request: RouteRequest): Promise<OpenedSession> {
    const retryAfterSeconds = this.#deps.adminToken.waitSeconds(request.address)
    if (retryAfterSeconds > 0) throw tooManyWrong(retryAfterSeconds)
    this.#requireToken(token, request.address)
    return await this.#deps.sessions.openOperator()
  }

  cookie(secret: string, options: Pick<CookieOptions, 'maxAgeMs' | 'isEmbedded'>): string {
    const isSecure = this.#deps.publicUrl.startsWith('https:') && this.listener !== 'admin'
    return sessionCookie(secret, { ...options, isSecure })
  }

  /** Throws RefusedRequestError `HUB_FORBIDDEN` for what doesn't come from the hub's own pages. */
  requireOwnOrigin({ headers }: RouteRequest): void {
    const origin = String(headers['origin'] ?? '')
    if (origin !== '' && this.#isOwn(origin, String(headers['host'] ?? ''))) return
    const place = this.listener === 'admin' ? '' : `: open ${this.#deps.publicUrl}/console/`
    const message = `changes are taken from the hub's own pages alone${place}`
    throw new RefusedRequestError('HUB_FORBIDDEN', message)
  }

  #isOwn(origin: string, host: string): boolean {
    const { publicUrl, isPublicUrlChosen } = this.#deps
    if (this.listener !== 'admin' && isPublicUrlChosen) return origin === new URL(publicUrl).origin
    const url = URL.parse(origin)
    return url !== null && url.origin === origin && url.host === host.toLowerCase()
  }

  /** Operators have their own listener where there is one, portals' administrators the public one. */
  async #sessionOf(request: RouteRequest): Promise<ConsoleSession | undefined> {
    const secret = sessionIn(request.headers['cookie'])
    const session = secret === '' ? undefined : await this.#deps.sessions.find(secret)
    if (!session || this.listener === 'both') return session
    const isOperator = session.scope.kind === 'operator'
    return isOperator === (this.listener === 'admin') ? session : undefined
  }

  #requireToken(token: string, address: string): void {
    const { adminToken } = this.#deps
    if (this.listener === 'public') {
      throw badToken('the admin token is of use at HUB_ADMIN_LISTEN alone')
    }
    if (adminToken.value === undefined) {
      throw badToken('the hub has no admin token: HUB_ADMIN_TOKEN must be set')
    }
    if (adminToken.isRight(token)) return
    const retryAfterSeconds = adminToken.waitSeconds(address)
    if (retryAfterSeconds > 0) throw tooManyWrong(retryAfterSeconds)
    adminToken.noteWrong(address)
    throw badToken('this is not the admin token')
  }
}

function badToken(message: string): RefusedRequestError {
  return new RefusedRequestError('HUB_BAD_TOKEN', message, {
    headers: { 'www-authenticate': 'Bearer' },
  })
}

function tooManyWrong(retryAfterSeconds: number): RefusedRequestError {
  return new RefusedRequestError('HUB_LIMIT', 'too many wrong tokens', { retryAfterSeconds })
}

function hasBody({ headers }: RouteRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Throws RefusedRequestError `HUB_UNSUPPORTED_MEDIA_TYPE`. */
export function requireJson({ headers }: RouteRequest): void {
  const [type = ''] = String(headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() === 'application/json') return
  throw new RefusedRequestError('HUB_UNSUPPORTED_MEDIA_TYPE', 'only application/json')
}
