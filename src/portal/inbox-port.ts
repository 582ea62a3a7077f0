import { BoundedMap } from '../core/bounded-map.ts'
import { CONTROL_TYPE, HEALTH_TYPE } from '../core/inbox.ts'
import type { OutgoingPacket, PacketAddress, PacketAnswer } from '../core/packet.ts'
import type { Portal } from '../core/portal.ts'
import { readControl, readHealth } from '../core/stored-event.ts'
import type { LineRepository } from '../db/lines/lines.ts'
import type { LineConnection } from '../lines/connection.ts'
import type { PortalDirectory } from '../lines/portal-directory.ts'
import type { Speakers } from './speakers.ts'

export interface InboxPortDeps {
  readonly lineRepository: LineRepository
  readonly portalDirectory: PortalDirectory
  readonly connection: LineConnection
  readonly speaker: Pick<Speakers, 'deliver' | 'sayGoodbye' | 'tellHealth' | 'test'>
  /** Aborted when the hub stops. */
  readonly signal: AbortSignal
}

const MAX_ADDRESSES = 100_000

/** The inbox's view of portals: finds who a packet is for and has it spoken in the portal's dialect. */
export class InboxPort {
  readonly #deps: InboxPortDeps
  /** A line keeps its connector and its id for ever: what is remembered of them stays true. */
  readonly #addresses = new BoundedMap<number, PacketAddress>(MAX_ADDRESSES)

  constructor(deps: InboxPortDeps) {
    this.#deps = deps
  }

  async deliver(packet: OutgoingPacket, signal: AbortSignal): Promise<PacketAnswer> {
    const target = await this.#find(packet.lineId, packet.portalId)
    if (!target) return { kind: 'gone' }
    const { attempt, events } = packet
    const { speaker } = this.#deps
    const [first] = events
    if (first?.type === CONTROL_TYPE) {
      const goodbye = { ...target, attempt, seq: first.seq, ...readControl(first) }
      return await speaker.sayGoodbye(goodbye, signal)
    }
    if (first?.type === HEALTH_TYPE) {
      const notice = { ...target, attempt, seq: first.seq, ...readHealth(first) }
      return await speaker.tellHealth(notice, signal)
    }
    return await speaker.deliver({ ...target, attempt, events }, signal)
  }

  async isAnswering(lineId: number, portalId: string): Promise<boolean> {
    const target = await this.#find(lineId, portalId)
    if (!target) return false
    const { speaker, signal } = this.#deps
    return (await speaker.test(target.portal, target.address, signal)).ok
  }

  async disconnect(lineId: number): Promise<void> {
    const record = await this.#deps.lineRepository.findById(lineId)
    if (record) await this.#deps.connection.disconnect(record, { purge: false })
  }

  async #find(
    lineId: number,
    portalId: string,
  ): Promise<{ portal: Portal; address: PacketAddress } | undefined> {
    const portal = await this.#deps.portalDirectory.find(portalId)
    const address = this.#addresses.get(lineId) ?? (await this.#loadAddress(lineId))
    return portal && address && { portal, address }
  }

  async #loadAddress(lineId: number): Promise<PacketAddress | undefined> {
    const record = await this.#deps.lineRepository.findById(lineId)
    if (!record) return undefined
    const { connector, externalId: externalLine } = record
    const address = { lineId, connector, externalLine }
    this.#addresses.set(lineId, address)
    return address
  }
}
