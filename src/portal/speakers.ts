import type { DialectDescriptor, Speaker, SpeakerContext } from '../core/dialect.ts'
import type {
  DeliveryPacket,
  Goodbye,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from '../core/packet.ts'
import type { Portal } from '../core/portal.ts'

/** The speakers of all dialects: each portal is spoken to in its own. */
export class Speakers implements Speaker {
  readonly #speakers: ReadonlyMap<string, Speaker>

  constructor(dialects: readonly DialectDescriptor[], context: SpeakerContext) {
    this.#speakers = new Map(
      dialects.map((dialect) => [dialect.id, dialect.createSpeaker(context)]),
    )
  }

  async deliver(packet: DeliveryPacket, signal: AbortSignal): Promise<PacketAnswer> {
    const speaker = this.#speakers.get(packet.portal.dialect)
    return speaker ? await speaker.deliver(packet, signal) : unspoken(packet.portal)
  }

  async sayGoodbye(goodbye: Goodbye, signal: AbortSignal): Promise<PacketAnswer> {
    const speaker = this.#speakers.get(goodbye.portal.dialect)
    return speaker ? await speaker.sayGoodbye(goodbye, signal) : unspoken(goodbye.portal)
  }

  async test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const speaker = this.#speakers.get(portal.dialect)
    if (speaker) return await speaker.test(portal, address, signal)
    return { ok: false, error: { code: 'HUB_PORTAL_UNREACHABLE', message: unspoken(portal).error } }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#speakers.values()].map((speaker) => speaker.close()))
  }
}

/** A portal made by a newer version of the hub: it waits until a process that speaks its dialect takes the line. */
function unspoken({ dialect }: Portal): Extract<PacketAnswer, { kind: 'failed' }> {
  return { kind: 'failed', error: `this version of the hub does not speak the dialect ${dialect}` }
}
