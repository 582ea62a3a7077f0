import type { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import { AbortWatch } from '../core/abort-watch.ts'
import { type AnswerEnd, AnswerReader } from '../core/answer-reader.ts'
import type { SpeakerContext } from '../core/dialect.ts'
import { TransportError } from '../core/errors.ts'
import type { LineTap } from '../core/trace.ts'

export interface PortalResponse {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
}

/** How a request to a portal has ended. `failure` is for operators, without secrets. */
export type Exchange = PortalResponse | { readonly failure: string } | 'aborted'

export interface PortalRequest {
  /** `POST` if absent. */
  readonly method?: Dispatcher.HttpMethod
  /** With all that it is to hold; traces show it without `secrets`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** What is streamed is shown in no trace. */
  readonly body?: string | Readable
  /** Other than the client's own. */
  readonly timeoutMs?: number
  /** The most that an answer may hold, in bytes; 256 KiB if absent. */
  readonly maxAnswerBytes?: number
  /** The line that it is about, if that is traced. */
  readonly lineId?: number
  /** What no trace may show. */
  readonly secrets: readonly string[]
}

const MAX_ANSWER_BYTES = 256 * 1024

/**
 * One request to a portal and its whole answer: through the guard, without redirects, bounded in time and size, and noted
 * where its line is traced. undici, for this is the hub's busiest way out (measured: 3 × got's requests per second).
 */
export class PortalClient {
  readonly #context: Pick<SpeakerContext, 'guard' | 'clock' | 'timeoutMs' | 'taps'>
  readonly #agent: Agent
  readonly #aborts = new AbortWatch()

  /** `maxTimeoutMs`: the longest that any request may ask for. */
  constructor(
    context: Pick<SpeakerContext, 'guard' | 'clock' | 'timeoutMs' | 'taps'>,
    maxTimeoutMs = context.timeoutMs,
  ) {
    this.#context = context
    this.#agent = new Agent({
      connect: { lookup: context.guard.lookup, timeout: Math.min(context.timeoutMs, 10_000) },
      headersTimeout: maxTimeoutMs,
      bodyTimeout: maxTimeoutMs,
      pipelining: 1,
    })
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  /** Never throws. */
  async send(request: PortalRequest, signal: AbortSignal): Promise<Exchange> {
    if (signal.aborted) return 'aborted'
    const { clock, taps } = this.#context
    const tap = request.lineId === undefined ? undefined : taps?.of(request.lineId)
    if (!tap) return await this.#exchange(request, signal)
    const startedAt = clock.now()
    const exchange = await this.#exchange(request, signal)
    note(tap, request, { exchange, startedAt, endedAt: clock.now() })
    return exchange
  }

  async #exchange(request: PortalRequest, signal: AbortSignal): Promise<Exchange> {
    const { clock, guard } = this.#context
    const { timeoutMs = this.#context.timeoutMs, maxAnswerBytes = MAX_ANSWER_BYTES } = request
    const reader = new AnswerReader(maxAnswerBytes)
    try {
      const { origin, hostname, pathname, search } = new URL(request.url)
      guard.assertHost(hostname)
      const timer = clock.after(timeoutMs, () => reader.breakOff())
      const unlisten = this.#aborts.listen(signal, () => reader.breakOff())
      this.#agent.dispatch(
        {
          origin,
          path: pathname + search,
          method: request.method ?? 'POST',
          headers: request.headers,
          body: request.body ?? null,
        },
        reader,
      )
      const end = await reader.end
      timer.cancel()
      unlisten()
      if (end.kind === 'broken-off') {
        return signal.aborted ? 'aborted' : { failure: `no answer within ${timeoutMs} ms` }
      }
      return toExchange(end, maxAnswerBytes)
    } catch (error) {
      return { failure: describe(error) }
    }
  }
}

function toExchange(end: Exclude<AnswerEnd, { kind: 'broken-off' }>, maxBytes: number): Exchange {
  if (end.kind === 'failed') return { failure: describe(end.error) }
  const { status } = end
  if (end.kind === 'too-large') {
    return { failure: `HTTP ${status} with more than ${maxBytes} bytes` }
  }
  const { headers, body } = end
  const retryAfter = headers['retry-after']
  return {
    status,
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    body: body.toString('utf8'),
    headers,
  }
}

/** For operators: a code says more than a library's sentence, and holds no address. */
function describe(error: unknown): string {
  if (error instanceof TransportError) {
    return error.reason === 'HUB_PRIVATE_TARGET'
      ? 'the address is private; HUB_ALLOW_PRIVATE_TARGETS does not allow it'
      : error.reason
  }
  const { code, cause, message } = error as { code?: unknown; cause?: unknown; message?: unknown }
  if (cause instanceof TransportError) return describe(cause)
  if (typeof code === 'string') return code
  return typeof message === 'string' ? message.slice(0, 200) : 'unknown error'
}

/** A request and its answer, for a line that is traced. */
function note(
  tap: LineTap,
  { method = 'POST', url, headers, body, secrets }: PortalRequest,
  end: { readonly exchange: Exchange; readonly startedAt: number; readonly endedAt: number },
): void {
  const { exchange, startedAt, endedAt } = end
  tap.note(() => ({
    exchange: {
      direction: 'out',
      party: 'portal',
      method,
      url,
      startedAt,
      ms: endedAt - startedAt,
      request: { headers, ...(typeof body === 'string' ? { body } : {}) },
      ...endOf(exchange),
    },
    secrets,
  }))
}

function endOf(exchange: Exchange) {
  if (exchange === 'aborted') return { error: 'ABORTED', response: { headers: {} } }
  if ('failure' in exchange) return { error: exchange.failure, response: { headers: {} } }
  const { status, headers = {}, body } = exchange
  return { status, response: { headers, body } }
}
