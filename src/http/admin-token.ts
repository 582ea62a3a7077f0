import { type AdminToken, bearerOf } from '../core/admin-token.ts'
import { RefusedRequestError, type Route, type RouteRequest } from '../core/route.ts'

/** Lets only those in who know the admin token, on routes that are for admins. */
export class AdminGate {
  readonly #token: AdminToken

  constructor(token: AdminToken) {
    this.#token = token
  }

  guard(route: Route): Route {
    if (route.audience !== 'admins') return route
    return {
      ...route,
      answer: (request) => {
        this.#check(request)
        return route.answer(request)
      },
    }
  }

  /** Throws RefusedRequestError `HUB_BAD_TOKEN`, `HUB_LIMIT`. Whoever scrapes with the right one is never put off. */
  #check({ headers, address }: RouteRequest): void {
    const given = bearerOf(headers['authorization'])
    if (this.#token.isRight(given ?? '')) return
    const retryAfterSeconds = this.#token.waitSeconds(address)
    if (retryAfterSeconds > 0) {
      throw new RefusedRequestError('HUB_LIMIT', 'too many wrong tokens', { retryAfterSeconds })
    }
    if (given !== undefined) this.#token.noteWrong(address)
    throw new RefusedRequestError('HUB_BAD_TOKEN', 'the admin token is needed', {
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
}
