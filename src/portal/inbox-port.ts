import type { PacketAddress, PacketAnswer, PacketContent, PortalTest } from '../core/packet.ts'
import type { Portal } from '../core/portal.ts'
import type { LineRepository } from '../db/lines/lines.ts'
import type { OutgoingPacket, PortalPort } from '../inbox/portal-port.ts'
import type { LineConnection } from '../lines/connection.ts'
import type { PortalDirectory } from '../lines/portal-directory.ts'

export interface InboxPortDeps {
  readonly lines: LineRepository
  readonly portals: PortalDirectory
  readonly connection: LineConnection
  readonly signal: AbortSignal
  readonly deliver: (packet: PacketContent, signal: AbortSignal) => Promise<PacketAnswer>
  readonly test: (
    portal: Portal,
    address: PacketAddress,
    signal: AbortSignal,
  ) => Promise<PortalTest>
}

const MAX_ADDRESSES = 100_000

/** The inbox's view of portals: finds who a packet is for and hands it to the portal's dialect. */
export class InboxPort implements PortalPort {
  readonly #deps: InboxPortDeps
  /** A line keeps its connector and its id for ever: what is known of them stays true. */
  readonly #addresses = new Map<number, PacketAddress>()

  constructor(deps: InboxPortDeps) {
    this.#deps = deps
  }

  async deliver(packet: OutgoingPacket, signal: AbortSignal): Promise<PacketAnswer> {
    const target = await this.#find(packet.lineId, packet.portalId)
    if (!target) return { kind: 'gone' }
    const { attempt, events } = packet
    return await this.#deps.deliver({ ...target, attempt, events }, signal)
  }

  async isAnswering(lineId: number, portalId: string): Promise<boolean> {
    const target = await this.#find(lineId, portalId)
    if (!target) return false
    return (await this.#deps.test(target.portal, target.address, this.#deps.signal)).ok
  }

  async disconnect(lineId: number): Promise<void> {
    const record = await this.#deps.lines.findById(lineId)
    if (record) await this.#deps.connection.disconnect(record, { purge: false })
  }

  async #find(
    lineId: number,
    portalId: string,
  ): Promise<{ portal: Portal; address: PacketAddress } | undefined> {
    const portal = await this.#deps.portals.find(portalId)
    const address = this.#addresses.get(lineId) ?? (await this.#loadAddress(lineId))
    return portal && address && { portal, address }
  }

  async #loadAddress(lineId: number): Promise<PacketAddress | undefined> {
    const record = await this.#deps.lines.findById(lineId)
    if (!record) return undefined
    const { connector, externalId: externalLine } = record
    const address = { lineId, connector, externalLine }
    if (this.#addresses.size >= MAX_ADDRESSES) this.#addresses.clear()
    this.#addresses.set(lineId, address)
    return address
  }
}
