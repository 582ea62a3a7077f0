import type { Speaker, SpeakerContext } from '../../../core/dialect.ts'
import type {
  DeliveryPacket,
  Goodbye,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from '../../../core/packet.ts'
import type { Portal } from '../../../core/portal.ts'

/** Posts to the portal's module. */
export class BitrixSpeaker implements Speaker {
  readonly #context: SpeakerContext
  constructor(context: SpeakerContext) {
    this.#context = context
  }
  async deliver(_packet: DeliveryPacket, _signal: AbortSignal): Promise<PacketAnswer> {
    void this.#context
    return await Promise.resolve({ kind: 'failed', error: 'not there yet' })
  }
  async sayGoodbye(_goodbye: Goodbye, _signal: AbortSignal): Promise<PacketAnswer> {
    return await Promise.resolve({ kind: 'failed', error: 'not there yet' })
  }
  async test(_portal: Portal, _address: PacketAddress, _signal: AbortSignal): Promise<PortalTest> {
    return await Promise.resolve({
      ok: false,
      error: { code: 'HUB_PORTAL_UNREACHABLE', message: 'not there yet' },
    })
  }
  async close(): Promise<void> {
    await Promise.resolve()
  }
}
