import { isUtf8 } from 'node:buffer'
import { given } from '../core/given.ts'
import type { Exchange, ExchangeHalf } from '../core/trace.ts'
import { type Redactor, SECRET_MARK } from './redactor.ts'

/** What is kept of an exchange. It holds no secret. */
export interface TraceItem {
  /** ISO 8601: when it began. */
  readonly at: string
  readonly direction: Exchange['direction']
  readonly party: Exchange['party']
  readonly method: string
  readonly address: string
  readonly status?: number
  readonly error?: string
  readonly ms: number
  readonly request: TraceHalf
  readonly response: TraceHalf
  /** With bodies, for a genuine update of the channel's: when it was read, which dates what has no date of its own. */
  readonly receivedAt?: string
  /** The events that came out of it; absent where they are too many to be kept. */
  readonly events?: readonly unknown[]
  readonly pieces?: true
}

export interface TraceHalf {
  readonly headers: Readonly<Record<string, string>>
  /** Of the whole body, where bodies are kept. */
  readonly bytes?: number
  /** Without secrets. Absent where the body is no text. */
  readonly body?: string
  /** The body was longer than what is kept. */
  readonly isCut?: true
  readonly isBinary?: true
}

/** A half of an exchange as it waits to be written down. */
export interface BoundHalf extends ExchangeHalf {
  /** Of the whole body. */
  readonly bytes: number
}

export type BoundExchange = Omit<Exchange, 'request' | 'response'> & {
  readonly request: BoundHalf
  readonly response: BoundHalf
}

/** Of one body, in UTF-8. */
export const MAX_BODY_BYTES = 64 * 1024
/** Of all events of one update, as JSON. */
const MAX_EVENTS_LENGTH = 256 * 1024
/** Stands where a body was cut off. */
export const CUT_MARK = ' […cut]'
const MAX_ADDRESS = 4096
const MAX_HEADER = 1024

/** Headers that say something about an exchange and never whose it is. All others are left out. */
const KEPT = new Set([
  'accept',
  'allow',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'location',
  'ms-cv',
  'range',
  'retry-after',
  'server',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
  'www-authenticate',
  'x-app-usage',
  'x-business-use-case-usage',
  'x-correlating-operationid',
  'x-fb-request-id',
  'x-fb-trace-id',
  'x-ms-correlation-id',
  'x-oauth-scopes',
  'x-request-id',
  'x-slack-req-id',
  'x-slack-request-timestamp',
  'x-slack-retry-num',
  'x-slack-retry-reason',
])
/** Headers whose presence says something: their values are never kept. */
const HIDDEN = new Set([
  'authorization',
  'cookie',
  'd360-api-key',
  'proxy-authorization',
  'set-cookie',
  'webhook-signature',
  'x-hub-signature',
  'x-hub-signature-256',
  'x-slack-signature',
  'x-telegram-bot-api-secret-token',
  'x-viber-auth-token',
  'x-viber-content-signature',
])

/** Writes an exchange down without its secrets, bodies cut to what is kept. */
export function toItem(exchange: BoundExchange, redactor: Redactor): TraceItem {
  const { direction, party, method, url, startedAt, ms, status, error, updates } = exchange
  return {
    at: new Date(startedAt).toISOString(),
    direction,
    party,
    method,
    address: redactShort(url, redactor, MAX_ADDRESS),
    ms: Math.max(0, Math.round(ms)),
    request: toHalf(exchange.request, redactor),
    response: toHalf(exchange.response, redactor),
    ...(status === undefined ? {} : { status }),
    ...given({
      error: error && redactShort(error, redactor, MAX_HEADER),
      pieces: exchange.isPieces,
    }),
    ...(updates && {
      receivedAt: new Date(updates.receivedAt).toISOString(),
      ...given({ events: toEvents(updates.events, redactor) }),
    }),
  }
}

/** A half with as much of its body as may have to be looked at, so that no more is held until it is written down. */
export function boundHalf(
  { headers, body }: ExchangeHalf,
  { longest, effort }: Pick<Redactor, 'longest' | 'effort'>,
): BoundHalf {
  if (body === undefined) return { headers, bytes: 0 }
  const limit = Math.floor(MAX_BODY_BYTES * effort) + longest + 1
  const bytes = Buffer.byteLength(body)
  // A copy: a slice would hold the whole request in memory.
  if (Buffer.isBuffer(body)) return { headers, bytes, body: Buffer.from(body.subarray(0, limit)) }
  return { headers, bytes, body: body.length <= limit ? body : body.slice(0, limit) }
}

function toHalf({ headers, body, bytes }: BoundHalf, redactor: Redactor): TraceHalf {
  const kept = { headers: toHeaders(headers, redactor) }
  if (body === undefined || bytes === 0) return kept
  if (Buffer.isBuffer(body) && !isText(body)) return { ...kept, bytes, isBinary: true }
  return { ...kept, bytes, ...toBody(body.toString(), Buffer.byteLength(body) >= bytes, redactor) }
}

/** A last character may have been cut in two. */
function isText(body: Buffer): boolean {
  if (body.includes(0)) return false
  return [0, 1, 2, 3].some((cut) => isUtf8(body.subarray(0, body.length - cut)))
}

/**
 * Redacted first and cut then: half a secret is one, too. Where not all of the body was held, a secret may have been cut at the
 * end of it, so that much is left out behind.
 */
function toBody(
  text: string,
  isWhole: boolean,
  redactor: Redactor,
): Pick<TraceHalf, 'body' | 'isCut'> {
  const redacted = redactor.redact(text)
  const safe = isWhole ? redacted : redacted.slice(0, -redactor.longest - 1)
  const kept = Buffer.from(safe, 'utf8')
  if (isWhole && kept.length <= MAX_BODY_BYTES) return { body: safe }
  return { body: `${wholeCharacters(kept.subarray(0, MAX_BODY_BYTES))}${CUT_MARK}`, isCut: true }
}

function wholeCharacters(bytes: Buffer): string {
  let end = bytes.length
  while (end > 0 && !isUtf8(bytes.subarray(0, end)) && bytes.length - end < 4) end -= 1
  return bytes.subarray(0, end).toString('utf8')
}

function toHeaders(headers: ExchangeHalf['headers'], redactor: Redactor): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (value === undefined) continue
    if (HIDDEN.has(lower)) kept[lower] = SECRET_MARK
    else if (KEPT.has(lower)) {
      kept[lower] = redactShort(
        typeof value === 'string' ? value : value.join(', '),
        redactor,
        MAX_HEADER,
      )
    }
  }
  return kept
}

function redactShort(text: string, redactor: Redactor, limit: number): string {
  return redactor.redact(text.slice(0, limit * 4)).slice(0, limit)
}

/** All of them, or none: a part would look like a difference. */
function toEvents(events: readonly string[], redactor: Redactor): unknown[] | undefined {
  const text = redactor.redact(`[${events.join(',')}]`)
  if (text.length > MAX_EVENTS_LENGTH) return undefined
  try {
    return JSON.parse(text) as unknown[]
  } catch {
    return undefined
  }
}
