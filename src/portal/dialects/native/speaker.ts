import { randomBytes } from 'node:crypto'
import type { Speaker, SpeakerContext } from '../../../core/dialect.ts'
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
import { type Exchange, PortalClient } from '../../exchange.ts'
import { readAnswer } from './answer.ts'
import { buildGoodbye, buildHealth, buildPacket, buildTest, type SignedPacket } from './packet.ts'

/** The line that a packet is about, and the portal that gets it. */
interface Receiver {
  readonly portal: Portal
  readonly address: PacketAddress
}

/** Posts packets to portals. */
export class NativeSpeaker implements Speaker {
  readonly #context: SpeakerContext
  readonly #client: PortalClient

  constructor(context: SpeakerContext) {
    this.#context = context
    this.#client = new PortalClient(context)
  }

  async close(): Promise<void> {
    await this.#client.close()
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
    const { url, secrets } = to.portal
    const { lineId } = to.address
    return await this.#client.send({ ...packet, url, secrets, lineId }, signal)
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
