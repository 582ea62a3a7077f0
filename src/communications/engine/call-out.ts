import { TransportError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import type { HttpClient, IncomingResponse, OutgoingRequest } from '../../core/http.ts'
import { jobId } from '../../core/ids.ts'
import type { Log } from '../../core/log.ts'
import { parseRetryAfter } from '../../core/retry-after.ts'
import type { Job } from '../../db/communications/jobs.ts'
import type { ActiveLine } from '../../lines/directory.ts'
import { MAX_ANSWER_BYTES } from '../script/calls.ts'
import type { CallRequest, CallResult, Progress } from '../script/machine-types.ts'

export interface CallOutDeps {
  readonly log: Log
  /** The client for requests on behalf of a portal: it reaches what the portal may reach. */
  httpFor(allowed: ActiveLine['portal']['allowedTargets']): HttpClient
  /** Epoch ms by the world's clock: a Retry-After may be a date. */
  now(): number
}

export interface Call {
  readonly job: Job
  readonly progress: Progress
  readonly active: ActiveLine
  readonly signal: AbortSignal
}

/** An address that the hub doesn't call now it won't call in a second either. */
const FINAL: ReadonlySet<string> = new Set([
  'HUB_PRIVATE_TARGET',
  'ERR_INVALID_URL',
  'ERR_UNSUPPORTED_PROTOCOL',
])

/** Makes the HTTP requests of scripts. */
export class CallOut {
  readonly #deps: CallOutDeps

  constructor(deps: CallOutDeps) {
    this.#deps = deps
  }

  /** Never rejects. Undefined: it was broken off because the hub stops, and is made anew by whoever takes the line. */
  async call({ job, progress, active, signal }: Call): Promise<CallResult | undefined> {
    const { wait, count } = progress
    if (wait?.kind !== 'call') return undefined
    const http = this.#deps.httpFor(active.portal.allowedTargets)
    // A job that repeats makes the same call at the same position each time: that is another call.
    const times = job.attempt > 1 ? `${job.attempt}.` : ''
    const key = `${jobId(job.id)}:${times}${count}`
    try {
      return this.#read(await http.request(toRequest(wait.request, key, signal)))
    } catch (error) {
      if (signal.aborted) return undefined
      if (!(error instanceof TransportError)) {
        const fields = { event: 'communications.call-failed', job: jobId(job.id), err: error }
        this.#deps.log.error(fields, 'a call of a script failed unexpectedly')
        return { problem: 'the hub could not make the request' }
      }
      const isFinal = FINAL.has(error.reason)
      return { problem: `no answer (${error.reason})`, ...(isFinal ? { isFinal } : {}) }
    }
  }

  #read({ status, headers, body }: IncomingResponse): CallResult {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], this.#deps.now())
    const more = given({ retryAfterMs })
    if (Buffer.byteLength(body) <= MAX_ANSWER_BYTES) return { status, body, ...more }
    return { status, body: '', isTooLong: true, ...more }
  }
}

function toRequest(request: CallRequest, key: string, signal: AbortSignal): OutgoingRequest {
  const { url, method, headers = {}, body, timeoutMs } = request
  const isText = typeof body === 'string'
  return {
    method: method as OutgoingRequest['method'],
    url,
    headers: { ...headers, 'idempotency-key': key },
    ...(body === undefined ? {} : isText ? { text: body } : { json: body }),
    timeoutMs,
    signal,
  }
}
