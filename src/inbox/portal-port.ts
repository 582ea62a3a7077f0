import type { OutgoingPacket, PacketAnswer } from '../core/packet.ts'

/** What the inbox needs of the portal side. The dialect of the portal hides behind it. */
export interface PortalPort {
  /** Delivers one packet: events of a line in order, or a single control entry. Never throws; aborting `signal` gives `aborted`. */
  deliver(packet: OutgoingPacket, signal: AbortSignal): Promise<PacketAnswer>
  /** Does the portal answer a `connection.test` of this line? */
  isAnswering(lineId: number, portalId: string): Promise<boolean>
  /** How logs name a line: `portal/connector/line`; undefined where that isn't in memory. */
  lineName?(lineId: number): string | undefined
  /** The portal has answered that it has gone: ends the line's connection. */
  disconnect(lineId: number): Promise<void>
}
