import type { DialectDescriptor, Speaker, SpeakerContext } from '../core/dialect.ts'
import { timedId } from '../core/ids.ts'
import type {
  DeliveryPacket,
  Goodbye,
  HealthNotice,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from '../core/packet.ts'
import { PerTargets } from '../core/per-targets.ts'
import type { Portal } from '../core/portal.ts'

/** What the inbox hands over; it gets its id here, one for each attempt. */
type Unnamed<Packet> = Omit<Packet, 'id'>

/**
 * The speakers of all dialects: each portal is spoken to in its own. Every attempt leaves one line in the log, so that no
 * dialect can forget it.
 */
export class Speakers {
  readonly #context: SpeakerContext
  readonly #speakers: PerTargets<ReadonlyMap<string, Speaker>>

  constructor(dialects: readonly DialectDescriptor[], context: SpeakerContext) {
    this.#context = context
    this.#speakers = new PerTargets<ReadonlyMap<string, Speaker>>((allowed) => {
      const narrowed = { ...context, guard: context.guard.narrowed(allowed) }
      return new Map(dialects.map((dialect) => [dialect.id, dialect.createSpeaker(narrowed)]))
    })
  }

  async deliver(packet: Unnamed<DeliveryPacket>, signal: AbortSignal): Promise<PacketAnswer> {
    return await this.#attempt(packet, packet.events.length, (speaker, id) =>
      speaker.deliver({ ...packet, id }, signal),
    )
  }

  async sayGoodbye(goodbye: Unnamed<Goodbye>, signal: AbortSignal): Promise<PacketAnswer> {
    return await this.#attempt(goodbye, 1, (speaker, id) =>
      speaker.sayGoodbye({ ...goodbye, id }, signal),
    )
  }

  /** A make of portal that has no place for it counts as having taken it. */
  async tellHealth(notice: Unnamed<HealthNotice>, signal: AbortSignal): Promise<PacketAnswer> {
    const speaker = this.#of(notice.portal)
    if (speaker && !speaker.tellHealth) return taken(notice)
    return await this.#attempt(notice, 1, async (able, id) =>
      able.tellHealth ? await able.tellHealth({ ...notice, id }, signal) : taken(notice),
    )
  }

  async #attempt(
    { portal, address, attempt }: Pick<DeliveryPacket, 'portal' | 'address' | 'attempt'>,
    events: number,
    speak: (speaker: Speaker, id: string) => Promise<PacketAnswer>,
  ): Promise<PacketAnswer> {
    const { clock, log } = this.#context
    const startedAt = clock.now()
    const packet = timedId('pkt_', startedAt)
    const speaker = this.#of(portal)
    const answer = speaker ? await speak(speaker, packet) : unspoken(portal)
    log.info(
      {
        event: 'delivery.attempted',
        packet,
        portalId: portal.id,
        lineId: address.lineId,
        connector: address.connector,
        attempt,
        events,
        durationMs: clock.now() - startedAt,
        outcome: answer.kind,
        ...(answer.kind === 'failed' ? { error: answer.error } : {}),
      },
      'a packet was posted',
    )
    return answer
  }

  async test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const speaker = this.#of(portal)
    if (speaker) return await speaker.test(portal, address, signal)
    return { ok: false, error: { code: 'HUB_PORTAL_UNREACHABLE', message: unspoken(portal).error } }
  }

  async close(): Promise<void> {
    const all = this.#speakers.all().flatMap((speakers) => [...speakers.values()])
    await Promise.all(all.map((speaker) => speaker.close()))
  }

  #of({ dialect, allowedTargets }: Portal): Speaker | undefined {
    return this.#speakers.of(allowedTargets).get(dialect)
  }
}

function taken({ seq }: Unnamed<HealthNotice>): PacketAnswer {
  return { kind: 'answered', accepted: [seq], rejected: [] }
}

/** A portal made by a newer version of the hub: it waits until a process that speaks its dialect takes the line. */
function unspoken({ dialect }: Portal): Extract<PacketAnswer, { kind: 'failed' }> {
  return { kind: 'failed', error: `this version of the hub does not speak the dialect ${dialect}` }
}
