import { BadUpdateError, StoreUnavailableError, TransportError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import { WebhookError, type WebhookErrorCode } from '../ingress/errors.ts'
import { BodyIncompleteError, BodyTooLargeError } from './body.ts'

export interface ErrorAnswer {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly retryAfterSeconds?: number
  readonly headers?: Readonly<Record<string, string>>
}

const WEBHOOK_STATUS: Readonly<Record<WebhookErrorCode, number>> = {
  HUB_BAD_UPDATE: 400,
  HUB_BAD_SIGNATURE: 401,
  HUB_UNKNOWN_LINE: 404,
  HUB_METHOD_NOT_ALLOWED: 405,
  HUB_LINE_NOT_CONNECTED: 409,
  HUB_UNSUPPORTED_MEDIA_TYPE: 415,
  HUB_LIMIT: 429,
}

const RETRY_AFTER_SECONDS = 5

/** The one table from what may be thrown to what a client sees: a code and a safe text, never a cause. */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof WebhookError) {
    const { code, message, retryAfterSeconds } = error
    return {
      status: WEBHOOK_STATUS[code],
      code,
      message,
      ...given({ retryAfterSeconds }),
      ...(code === 'HUB_METHOD_NOT_ALLOWED' ? { headers: { allow: 'GET, POST' } } : {}),
    }
  }
  if (error instanceof BadUpdateError) {
    return { status: 400, code: error.code, message: 'the body is not what this channel sends' }
  }
  if (error instanceof BodyTooLargeError) {
    return { status: 413, code: error.code, message: 'the body is larger than 1 MiB' }
  }
  if (error instanceof BodyIncompleteError) {
    return { status: 400, code: error.code, message: 'the body ended early' }
  }
  if (error instanceof StoreUnavailableError) {
    return unavailable(error.code, 'the store is not reachable, nothing was taken')
  }
  if (error instanceof TransportError) {
    return unavailable(error.code, "the channel's keys can not be had, nothing was taken")
  }
  return { status: 500, code: 'HUB_INTERNAL', message: 'the hub failed to do this' }
}

function unavailable(code: string, message: string): ErrorAnswer {
  return { status: 503, code, message, retryAfterSeconds: RETRY_AFTER_SECONDS }
}
