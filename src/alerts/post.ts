import { Agent } from 'undici'
import { signedHeaders } from '../client/signature.ts'
import { type Clock, sleep } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Alert } from './alert.ts'

export interface AlertPostDeps {
  readonly url: string
  /** `whsec_…` */
  readonly secret: string
  readonly clock: Clock
  /** For the signature's timestamp. */
  readonly wall: Clock
  readonly log: Log
}

/** What became of one try; `reason` names no address. */
export type Posted = { readonly ok: true } | { readonly ok: false; readonly reason: string }

const TIMEOUT_MS = 10_000
/** Between the tries of one alert: after seven minutes it says nothing new. */
const RETRY_AFTER_MS = [1000, 5000, 30_000, 120_000, 300_000]
/** Alerts under way. Whoever gets none of the first hundred needs no more of them. */
const MAX_WAITING = 100
const SAY_EVERY_MS = 600_000
/** At the end of the process. */
const STOP_GRACE_MS = 2000

/** Posts alerts, signed as packets are (Standard Webhooks), to the operator's own address, which may be a private one. */
export class AlertPost {
  readonly #deps: AlertPostDeps
  readonly #agent = new Agent({ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS })
  readonly #waiting = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #failures = 0
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(deps: AlertPostDeps) {
    this.#deps = deps
  }

  /** Never rejects, and nobody waits for it. */
  send(alert: Alert): void {
    if (this.#waiting.size >= MAX_WAITING) {
      this.#failed(alert, 'too many alerts wait for the receiver')
      return
    }
    const work = this.#deliver(alert).finally(() => this.#waiting.delete(work))
    this.#waiting.add(work)
  }

  /** One try. Never rejects. */
  async tryOnce(alert: Alert): Promise<Posted> {
    const { url, secret, clock, wall } = this.#deps
    const ended = new AbortController()
    const timer = clock.after(TIMEOUT_MS, () => ended.abort())
    try {
      const body = JSON.stringify(alert)
      const timestamp = Math.floor(wall.now() / 1000)
      const target = new URL(url)
      const response = await this.#agent.request({
        origin: target.origin,
        path: target.pathname + target.search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'openlines-hub',
          ...signedHeaders({ id: alert.id, timestamp, body, secrets: [secret] }),
        },
        body,
        signal: AbortSignal.any([ended.signal, this.#stopping.signal]),
      })
      // What it says interests nobody, and must not be read for ever.
      response.body.on('error', () => undefined)
      response.body.destroy()
      const { statusCode: status } = response
      return status >= 200 && status < 300 ? { ok: true } : { ok: false, reason: `HTTP ${status}` }
    } catch (error) {
      if (ended.signal.aborted) return { ok: false, reason: `no answer within ${TIMEOUT_MS} ms` }
      const { code } = error as { code?: unknown }
      return { ok: false, reason: typeof code === 'string' ? code : 'no answer' }
    } finally {
      timer.cancel()
    }
  }

  /** Resolves when what is under way has been sent, or after a moment. */
  async close(): Promise<void> {
    const grace = Promise.withResolvers<void>()
    const timer = setTimeout(grace.resolve, STOP_GRACE_MS)
    await Promise.race([Promise.all(this.#waiting), grace.promise])
    clearTimeout(timer)
    this.#stopping.abort()
    await Promise.all(this.#waiting)
    await this.#agent.destroy()
  }

  async #deliver(alert: Alert): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#stopping
    let reason = ''
    for (const delayMs of [0, ...RETRY_AFTER_MS]) {
      if (delayMs > 0) await sleep(clock, delayMs, signal)
      if (signal.aborted) break
      const posted = await this.tryOnce(alert)
      if (posted.ok) {
        const fields = { event: 'alert.sent', alert: alert.id, type: alert.type }
        log.info(fields, 'an alert was sent')
        return
      }
      ;({ reason } = posted)
    }
    this.#failed(alert, reason)
  }

  #failed({ id, type }: Alert, reason: string): void {
    this.#failures += 1
    const now = this.#deps.clock.now()
    if (now < this.#saidAt + SAY_EVERY_MS) return
    this.#saidAt = now
    const fields = { event: 'alert.failed', alert: id, type, reason, failures: this.#failures }
    this.#deps.log.warn(fields, 'an alert could not be sent')
  }
}
