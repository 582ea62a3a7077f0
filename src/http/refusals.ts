import {
  BadUpdateError,
  StoreCrowdedError,
  StoreUnavailableError,
  TransportError,
} from '../core/errors.ts'
import { type Refusal, type RefusalCode, RefusedRequestError } from '../core/route.ts'

export interface HttpRefusal extends Refusal {
  readonly headers: Readonly<Record<string, string>>
}

const STATUS: Readonly<Record<RefusalCode, number>> = {
  HUB_BAD_UPDATE: 400,
  HUB_BODY_INCOMPLETE: 400,
  HUB_BAD_SIGNATURE: 401,
  HUB_BAD_TOKEN: 401,
  HUB_PORTAL_DISABLED: 403,
  HUB_FORBIDDEN: 403,
  HUB_UNKNOWN_LINE: 404,
  HUB_UNKNOWN_PORTAL: 404,
  HUB_UNKNOWN_PATH: 404,
  HUB_METHOD_NOT_ALLOWED: 405,
  HUB_LINE_NOT_CONNECTED: 409,
  HUB_TOO_LARGE: 413,
  HUB_UNSUPPORTED_MEDIA_TYPE: 415,
  HUB_LIMIT: 429,
  HUB_INTERNAL: 500,
  HUB_STORE_UNAVAILABLE: 503,
  HUB_TRANSPORT: 503,
}

const RETRY_AFTER_SECONDS = 5

/** The one table from what may be thrown to what a caller sees: a status, a code and a safe text, never a cause. */
export function toRefusal(error: unknown): HttpRefusal {
  const { code, message, retryAfterSeconds, headers } = toRefused(error)
  return {
    status: STATUS[code],
    code,
    message,
    headers: {
      ...headers,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      // What is left of a body that nobody will read must not be taken for the next request.
      ...(code === 'HUB_TOO_LARGE' ? { connection: 'close' } : {}),
    },
  }
}

function toRefused(error: unknown): RefusedRequestError {
  if (error instanceof RefusedRequestError) return error
  if (error instanceof BadUpdateError) {
    const words = error.told ?? 'the body is not what this channel sends'
    return new RefusedRequestError(error.code, words)
  }
  if (error instanceof StoreCrowdedError) {
    const message = 'too much of this sender waits to be stored, nothing was taken'
    return new RefusedRequestError('HUB_LIMIT', message, { retryAfterSeconds: 1 })
  }
  if (error instanceof StoreUnavailableError) {
    return later(error.code, 'the store is not reachable, nothing was taken')
  }
  if (error instanceof TransportError) {
    return later(error.code, "the channel's keys can not be had, nothing was taken")
  }
  return new RefusedRequestError('HUB_INTERNAL', 'the hub failed to do this')
}

function later(code: RefusalCode, message: string): RefusedRequestError {
  return new RefusedRequestError(code, message, { retryAfterSeconds: RETRY_AFTER_SECONDS })
}
