import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { Agent } from 'undici'
import { AbortWatch } from '../core/abort-watch.ts'
import { type AnswerEnd, AnswerReader } from '../core/answer-reader.ts'
import { TransportError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { IncomingResponse, OutgoingRequest, TargetGuard } from '../core/http.ts'
import { toTransportError } from './transport-faults.ts'

/** Who calls, and what an answer may hold. */
export interface PlainClientOptions {
  readonly userAgent: string
  readonly maxBytes: number
  readonly timeoutMs: number
}

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Calls of channels without files: all but a few. undici for its speed: with got a message that is sent costs the hub nearly
 * twice the processor time.
 */
export class PlainClient {
  readonly #guard: TargetGuard
  readonly #options: PlainClientOptions
  readonly #agent: Agent
  readonly #aborts = new AbortWatch()

  constructor(guard: TargetGuard, options: PlainClientOptions) {
    this.#guard = guard
    this.#options = options
    this.#agent = new Agent({
      connect: { lookup: guard.lookup, timeout: CONNECT_TIMEOUT_MS },
      // The whole exchange is bounded here.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
    })
  }

  close(): void {
    void this.#agent.destroy()
  }

  /** Throws TransportError. */
  async request(request: OutgoingRequest): Promise<IncomingResponse> {
    const { signal, timeoutMs = this.#options.timeoutMs } = request
    if (signal?.aborted) throw new TransportError('ABORTED', 'not-sent')
    const url = URL.parse(request.url)
    if (!url) throw new TransportError('ERR_INVALID_URL', 'not-sent')
    if (!/^https?:$/.test(url.protocol)) {
      throw new TransportError('ERR_UNSUPPORTED_PROTOCOL', 'not-sent')
    }
    this.#guard.assertHost(url.hostname)
    const reader = new AnswerReader(this.#options.maxBytes)
    const timer = setTimeout(() => reader.breakOff(), timeoutMs)
    const unlisten = signal && this.#aborts.listen(signal, () => reader.breakOff())
    const { method } = request
    const { type, body } = bodyOf(request)
    const headers = {
      'user-agent': this.#options.userAgent,
      ...given({ 'content-type': type }),
      ...lowered(request.headers),
    }
    const path = url.pathname + url.search
    this.#agent.dispatch({ origin: url.origin, path, method, headers, body }, reader)
    const end = await reader.end
    clearTimeout(timer)
    unlisten?.()
    return await this.#toResponse(end, signal)
  }

  async #toResponse(end: AnswerEnd, signal: AbortSignal | undefined): Promise<IncomingResponse> {
    switch (end.kind) {
      case 'answered': {
        const headers = joinHeaders(end.headers)
        const body = await this.#unpack(end.body, headers['content-encoding'])
        return { status: end.status, headers, body: body.toString('utf8') }
      }
      case 'too-large':
        throw tooLarge()
      case 'broken-off':
        throw new TransportError(signal?.aborted ? 'ABORTED' : 'ETIMEDOUT', 'unknown')
      default:
        throw toTransportError(end.error, signal)
    }
  }

  /** Nothing compressed is asked for; some servers send it all the same. */
  async #unpack(body: Buffer, encoding = ''): Promise<Buffer> {
    const unpack = UNPACKERS.get(encoding.toLowerCase())
    if (!unpack || body.length === 0) return body
    try {
      return await unpack(body, { maxOutputLength: this.#options.maxBytes })
    } catch (error) {
      const { code } = error as { code?: unknown }
      throw code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : badAnswer()
    }
  }
}

const UNPACKERS = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

function tooLarge(): TransportError {
  return new TransportError('HUB_BODY_TOO_LARGE', 'unknown')
}

function badAnswer(): TransportError {
  return new TransportError('HUB_BAD_ANSWER', 'unknown')
}

function bodyOf({ json, form, text }: OutgoingRequest): {
  readonly type?: string
  readonly body: string | null
} {
  if (json !== undefined) return { type: 'application/json', body: JSON.stringify(json) }
  if (form) {
    const body = new URLSearchParams(form).toString()
    return { type: 'application/x-www-form-urlencoded', body }
  }
  if (text !== undefined) return { type: 'text/plain; charset=utf-8', body: text }
  return { body: null }
}

/** One name in two ways of writing would be two headers. */
function lowered(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

/** As everybody reads them: what is repeated is joined with a comma. */
export function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
}
