import { randomBytes } from 'node:crypto'
import { Agent, type Dispatcher } from 'undici'
import type { Speaker, SpeakerContext } from '../../../core/dialect.ts'
import { TransportError } from '../../../core/errors.ts'
import { isRecord } from '../../../core/json.ts'
import type {
  DeliveryPacket,
  Goodbye,
  HealthNotice,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from '../../../core/packet.ts'
import type { Portal } from '../../../core/portal.ts'
import { type Exchange, readAnswer } from './answer.ts'
import { noteExchange, type Receiver } from './note-exchange.ts'
import { buildGoodbye, buildHealth, buildPacket, buildTest, type SignedPacket } from './packet.ts'

/** Far above any list of 100 ids; a portal that answers with more is broken. */
const MAX_ANSWER_BYTES = 256 * 1024

/** Posts packets to portals. undici, for this is the hub's busiest way out (measured: 3 × got's requests per second). */
export class NativeSpeaker implements Speaker {
  readonly #context: SpeakerContext
  readonly #agent: Agent

  constructor(context: SpeakerContext) {
    this.#context = context
    this.#agent = new Agent({
      connect: { lookup: context.guard.lookup, timeout: Math.min(context.timeoutMs, 10_000) },
      headersTimeout: context.timeoutMs,
      bodyTimeout: context.timeoutMs,
      pipelining: 1,
    })
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async deliver(packet: DeliveryPacket, signal: AbortSignal): Promise<PacketAnswer> {
    const { portal, address, events } = packet
    const exchange = await this.#post(packet, buildPacket(packet, this.#now()), signal)
    const isStrict = portal.settings['ack'] === 'strict'
    return toAnswer({ address, events }, exchange, { now: this.#now(), isStrict })
  }

  async sayGoodbye(goodbye: Goodbye, signal: AbortSignal): Promise<PacketAnswer> {
    const { address } = goodbye
    const exchange = await this.#post(goodbye, buildGoodbye(goodbye, this.#now()), signal)
    return toAnswer({ address, events: [goodbye] }, exchange, this.#notStrict())
  }

  async tellHealth(notice: HealthNotice, signal: AbortSignal): Promise<PacketAnswer> {
    const { address } = notice
    const exchange = await this.#post(notice, buildHealth(notice, this.#now()), signal)
    return toAnswer({ address, events: [notice] }, exchange, this.#notStrict())
  }

  async test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const { clock } = this.#context
    const challenge = randomBytes(24).toString('base64url')
    const startedAt = clock.now()
    const exchange = await this.#post(
      { portal, address },
      buildTest(portal, address, challenge, startedAt),
      signal,
    )
    const latencyMs = clock.now() - startedAt
    const problem = checkChallenge(exchange, challenge)
    if (problem === undefined) return { ok: true, latencyMs }
    return { ok: false, latencyMs, error: { code: 'HUB_PORTAL_UNREACHABLE', message: problem } }
  }

  /** A notice has no ids that an answer could name. */
  #notStrict(): { now: number; isStrict: boolean } {
    return { now: this.#now(), isStrict: false }
  }

  #now(): number {
    return this.#context.clock.now()
  }

  async #post(to: Receiver, packet: SignedPacket, signal: AbortSignal): Promise<Exchange> {
    if (signal.aborted) return 'aborted'
    const tap = this.#context.taps?.of(to.address.lineId)
    if (!tap) return await this.#exchange(to.portal, packet, signal)
    const startedAt = this.#now()
    const exchange = await this.#exchange(to.portal, packet, signal)
    noteExchange(tap, { to, packet, exchange, startedAt, endedAt: this.#now() })
    return exchange
  }

  async #exchange(portal: Portal, packet: SignedPacket, signal: AbortSignal): Promise<Exchange> {
    const { clock, guard, timeoutMs } = this.#context
    const url = new URL(portal.url)
    // One signal for the time-out and the caller's wish; undici takes an emitter as well, but this is cleaned up below.
    const controller = new AbortController()
    const abort = (): void => controller.abort()
    signal.addEventListener('abort', abort, { once: true })
    const timer = clock.after(timeoutMs, abort)
    try {
      guard.assertHost(url.hostname)
      const response = await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'POST',
        headers: packet.headers,
        body: packet.body,
        signal: controller.signal,
      })
      return await readResponse(response)
    } catch (error) {
      if (signal.aborted) return 'aborted'
      if (controller.signal.aborted) return { failure: `no answer within ${timeoutMs} ms` }
      return { failure: describe(error) }
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', abort)
    }
  }
}

async function readResponse(response: Dispatcher.ResponseData): Promise<Exchange> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) {
      response.body.destroy()
      return { failure: `HTTP ${response.statusCode} with more than ${MAX_ANSWER_BYTES} bytes` }
    }
    chunks.push(chunk)
  }
  const retryAfter = response.headers['retry-after']
  return {
    status: response.statusCode,
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    body: Buffer.concat(chunks).toString('utf8'),
    headers: response.headers,
  }
}

function toAnswer(
  packet: Parameters<typeof readAnswer>[0],
  exchange: Exchange,
  how: Parameters<typeof readAnswer>[2],
): PacketAnswer {
  if (exchange === 'aborted') return { kind: 'aborted' }
  if ('failure' in exchange) return { kind: 'failed', error: exchange.failure }
  return readAnswer(packet, exchange, how)
}

function checkChallenge(exchange: Exchange, challenge: string): string | undefined {
  if (exchange === 'aborted') return 'the test was broken off'
  if ('failure' in exchange) return `the portal did not answer: ${exchange.failure}`
  if (exchange.status !== 200) return `the portal answered HTTP ${exchange.status}`
  try {
    const body: unknown = JSON.parse(exchange.body)
    if (isRecord(body) && body['challenge'] === challenge) return undefined
  } catch {
    return 'the portal answered 200, but not with JSON'
  }
  return 'the portal answered 200, but not with the challenge it was sent'
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
