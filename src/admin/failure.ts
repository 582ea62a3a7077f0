import { StoreUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { jsonReply, RefusedRequestError, type RouteReply } from '../core/route.ts'
import type { CallFault, MethodCaller } from './desk.ts'

const BAD_REQUEST = 400
const INTERNAL = 500

/** HTTP's statuses of what is understood and can't be done. `HUB_UNKNOWN_…` is 404. */
const STATUS: Readonly<Record<string, number>> = {
  HUB_LINE_NOT_CONNECTED: 409,
  HUB_KEY_REUSED: 409,
  HUB_OLD_SECRET: 409,
  HUB_IN_USE: 409,
  HUB_CONFLICT: 409,
  HUB_WRONG_STATE: 409,
  HUB_TOO_LARGE: 413,
  HUB_UNSUPPORTED: 422,
  HUB_LIMIT: 429,
  HUB_CHANNEL_REFUSED: 502,
  HUB_CHANNEL_UNREACHABLE: 502,
  HUB_PORTAL_UNREACHABLE: 502,
}
const RETRY_AFTER_SECONDS = 5

/** What an endpoint threw, as it is answered. Throws again what every route answers alike. */
export function failureReply(error: unknown, methods: MethodCaller, log: Log): RouteReply {
  if (error instanceof RefusedRequestError || error instanceof StoreUnavailableError) throw error
  const fault = methods.faultOf(error)
  if (fault.kind === 'internal') {
    log.error({ event: 'console.failed', err: error }, 'a call of the admin API failed')
  }
  const status = statusOf(fault)
  const { message, fields } = fault
  const code = fault.kind === 'bad-params' ? 'HUB_BAD_PARAMS' : fault.code
  const { headers, ...reply } = jsonReply(status, {
    error: { code, message, ...(fields ? { fields } : {}) },
  })
  const later = status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}
  return { ...reply, headers: { ...headers, ...NOT_KEPT, ...later } }
}

/** Of every answer of the API. */
export const NOT_KEPT = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

function statusOf({ kind, code }: CallFault): number {
  if (kind === 'bad-params') return BAD_REQUEST
  if (kind === 'internal') return INTERNAL
  if (kind === 'unknown-method' || code.startsWith('HUB_UNKNOWN_')) return 404
  return STATUS[code] ?? 409
}
