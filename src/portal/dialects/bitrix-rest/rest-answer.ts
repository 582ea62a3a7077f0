import { given } from '../../../core/given.ts'
import { isRecord, parseJson } from '../../../core/json.ts'
import { parseRetryAfter } from '../../../core/retry-after.ts'
import type { Exchange, PortalResponse } from '../../exchange.ts'

/** How a call of a method of the portal's has ended. */
export type RestOutcome =
  | { readonly kind: 'done'; readonly result: unknown; readonly status: number }
  | RestFailure
  | { readonly kind: 'aborted' }

export interface RestFailure {
  readonly kind: 'failed'
  /** For operators, without secrets. */
  readonly error: string
  /** The portal's own. */
  readonly code?: string
  readonly status?: number
  readonly retryAfterMs?: number
  readonly body?: string
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BUCKET_MS = 2000

/** What an administrator can do about it, and how soon it makes sense to come again. */
const KNOWN: Readonly<Record<string, { readonly words: string; readonly retryAfterMs: number }>> = {
  NOT_ACTIVE_LINE: {
    words:
      'the open line is not switched on for this connector in the portal: open its settings in the Contact Center and connect it',
    retryAfterMs: HOUR,
  },
  IMCONNECTOR_NO_CORRECT_PROVIDER: {
    words: 'the portal does not know the connector any more: install the application again',
    retryAfterMs: HOUR,
  },
  IMCONNECTOR_NOT_SPECIFIED_CORRECT_CONNECTOR: {
    words: 'the connector is switched off in the portal',
    retryAfterMs: HOUR,
  },
  WRONG_AUTH_TYPE: {
    words:
      'the portal takes this call from an application only: the tokens belong to something else',
    retryAfterMs: HOUR,
  },
  INSUFFICIENT_SCOPE: {
    words: 'the application lacks a permission: give it imopenlines, imconnector, placement and im',
    retryAfterMs: HOUR,
  },
  PAYMENT_REQUIRED: { words: "the portal's plan has ended", retryAfterMs: HOUR },
  ACCESS_DENIED: { words: "the portal's plan has no REST", retryAfterMs: HOUR },
  PORTAL_DELETED: { words: 'the portal was deleted', retryAfterMs: HOUR },
  QUERY_LIMIT_EXCEEDED: { words: 'more requests than the portal takes', retryAfterMs: BUCKET_MS },
  OPERATION_TIME_LIMIT: { words: 'the portal has spent its time on us', retryAfterMs: MINUTE },
  OVERLOAD_LIMIT: {
    words: 'the portal is overloaded and has shut REST',
    retryAfterMs: 10 * MINUTE,
  },
}

const EXPIRED: ReadonlySet<string> = new Set(['EXPIRED_TOKEN', 'INVALID_TOKEN', 'NO_AUTH_FOUND'])

/** What a portal's answer means. A result of a method that reports its errors inside of a success is a failure here. Pure. */
export function readRest(exchange: Exchange, now: number): RestOutcome {
  if (exchange === 'aborted') return { kind: 'aborted' }
  if ('failure' in exchange) return { kind: 'failed', error: exchange.failure }
  const { status, body } = exchange
  const answer = parseObject(body)
  const code = codeOf(answer) || codeOf(innerOf(answer))
  if (code !== '') return toFailure(exchange, answer, code, now)
  const isSuccess = status >= 200 && status < 300
  if (isSuccess && answer && 'result' in answer && answer['result'] !== null) {
    return { kind: 'done', result: answer['result'], status }
  }
  return { ...unreadable(exchange, now), body: body.slice(0, 2000) }
}

/** The portal wants a newer token. */
export function isExpired({ code, status }: RestFailure): boolean {
  return EXPIRED.has(code ?? '') || (status === 401 && code === undefined)
}

function parseObject(body: string): Record<string, unknown> | undefined {
  if (!body.trimStart().startsWith('{')) return undefined
  try {
    const value = parseJson(body)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** `{"result":{"result":false,"error":"…"}}` and `{"result":{"error":"…"}}` come with HTTP 200. */
function innerOf(answer: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  const inner = answer?.['result']
  return isRecord(inner) ? inner : undefined
}

function codeOf(answer: Record<string, unknown> | undefined): string {
  const code = answer?.['error']
  if (typeof code === 'string' && code !== '') return code.toUpperCase().slice(0, 100)
  if (typeof code === 'number') return String(code)
  return answer?.['result'] === false && 'error' in answer ? 'REFUSED' : ''
}

function toFailure(
  { status, body, retryAfter }: PortalResponse,
  answer: Record<string, unknown> | undefined,
  code: string,
  now: number,
): RestFailure {
  const known = KNOWN[code]
  const described = [answer, innerOf(answer)].flatMap((part) => {
    const words = part?.['error_description']
    return typeof words === 'string' && words !== '' ? [words.slice(0, 300)] : []
  })
  const wait = Math.max(
    parseRetryAfter(retryAfter, now) ?? 0,
    resetIn(answer, now),
    known?.retryAfterMs ?? 0,
  )
  // Not the events' fault: with a status the inbox would take the first of them for poison.
  const isOurs = known !== undefined || EXPIRED.has(code)
  return {
    kind: 'failed',
    error: [code, known?.words ?? described[0]].filter(Boolean).join(': '),
    code,
    ...given({ status: isOurs ? undefined : status }),
    body: body.slice(0, 2000),
    ...given({ retryAfterMs: wait === 0 ? undefined : wait }),
  }
}

/** Of `OPERATION_TIME_LIMIT`: until its window is over. At most ten minutes, which is how long the portal counts back. */
function resetIn(answer: Record<string, unknown> | undefined, now: number): number {
  const time = answer?.['time']
  const at = isRecord(time) ? Number(time['operating_reset_at']) : Number.NaN
  if (!Number.isFinite(at) || codeOf(answer) !== 'OPERATION_TIME_LIMIT') return 0
  return Math.min(Math.max(0, at * 1000 - now), 10 * MINUTE)
}

function unreadable({ status, retryAfter }: PortalResponse, now: number): RestFailure {
  const isBusy = status === 429 || status === 503
  const retryAfterMs = isBusy ? parseRetryAfter(retryAfter, now) : undefined
  const isRedirect = status >= 300 && status < 400
  const isSuccess = status >= 200 && status < 300
  const what = isSuccess ? 'without a result: not the answer of a REST method' : ''
  return {
    kind: 'failed',
    status,
    error: [`HTTP ${status}`, isRedirect ? ': redirects are not followed' : ` ${what}`]
      .join('')
      .trim(),
    ...given({ retryAfterMs }),
  }
}
