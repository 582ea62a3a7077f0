import type { Clock } from '../core/clock.ts'
import { RateLimit } from '../core/rate-limit.ts'
import { RefusedRequestError, type Route } from '../core/route.ts'
import { isSameSecret } from '../core/secrets.ts'

/** Wrong tokens in a second, all of them together: nobody guesses 24 characters that way, and a typing error is no lock-out. */
const WRONG_PER_SECOND = 5

/** Lets only those in who know the admin token, on routes that are for admins. */
export class AdminGate {
  readonly #token: string | undefined
  readonly #wrong: RateLimit

  /** Without a token nobody is let in. */
  constructor(token: string | undefined, clock: Clock) {
    this.#token = token
    this.#wrong = new RateLimit(WRONG_PER_SECOND, clock)
  }

  guard(route: Route): Route {
    if (route.audience !== 'admins') return route
    return {
      ...route,
      answer: (request) => {
        this.#check(request.headers['authorization'])
        return route.answer(request)
      },
    }
  }

  /** Throws RefusedRequestError `HUB_BAD_TOKEN`, `HUB_LIMIT`. */
  #check(header: string | string[] | undefined): void {
    const given = /^Bearer +(\S+)$/i.exec(String(header ?? ''))?.[1] ?? ''
    if (this.#token !== undefined && isSameSecret(given, this.#token)) return
    const waitSeconds = this.#wrong.take('admin')
    if (waitSeconds > 0) {
      const later = { retryAfterSeconds: waitSeconds }
      throw new RefusedRequestError('HUB_LIMIT', 'too many wrong tokens', later)
    }
    throw new RefusedRequestError('HUB_BAD_TOKEN', 'the admin token is needed', {
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
}
