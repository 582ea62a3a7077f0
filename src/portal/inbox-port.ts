import { BoundedMap } from '../core/bounded-map.ts'
import { given } from '../core/given.ts'
import { CONTROL_TYPE, HEALTH_TYPE } from '../core/inbox.ts'
import { lineName } from '../core/log-names.ts'
import type { OutgoingPacket, PacketAddress, PacketAnswer } from '../core/packet.ts'
import type { Portal } from '../core/portal.ts'
import { readControl, readHealth } from '../core/stored-event.ts'
import { stripSecrets } from '../core/strip-secrets.ts'
import type { LineRepository } from '../db/lines/lines.ts'
import type { LineConnection } from '../lines/connection.ts'
import type { LineDirectory } from '../lines/directory.ts'
import type { PortalDirectory } from '../lines/portal-directory.ts'
import type { Speakers } from './speakers.ts'

export interface InboxPortDeps {
  readonly lineRepository: LineRepository
  readonly lineDirectory: Pick<LineDirectory, 'activate'>
  readonly portalDirectory: PortalDirectory
  readonly connection: LineConnection
  readonly speaker: Pick<Speakers, 'deliver' | 'sayGoodbye' | 'tellHealth' | 'test'>
  /** Aborted when the hub stops. */
  readonly signal: AbortSignal
}

interface KnownLine {
  readonly address: PacketAddress
  /** As logs name it. */
  readonly name: string
}

const MAX_ADDRESSES = 100_000

/** The inbox's view of portals: finds who a packet is for and has it spoken in the portal's dialect. */
export class InboxPort {
  readonly #deps: InboxPortDeps
  /** A line keeps its connector and its id for ever: what is remembered of them stays true. */
  readonly #addresses = new BoundedMap<number, KnownLine>(MAX_ADDRESSES)

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
      const over = given({ isOver: await this.#isWorking(packet.lineId) })
      const goodbye = { ...target, ...over, attempt, seq: first.seq, ...readControl(first) }
      return await speaker.sayGoodbye(goodbye, signal)
    }
    if (first?.type === HEALTH_TYPE) {
      const over = given({ isOver: await this.#isWorking(packet.lineId) })
      const notice = { ...target, ...over, attempt, seq: first.seq, ...readHealth(first) }
      return await speaker.tellHealth(notice, signal)
    }
    const answer = await speaker.deliver({ ...target, attempt, events }, signal)
    return await this.#withoutSecrets(packet.lineId, answer)
  }

  async #isWorking(lineId: number): Promise<boolean> {
    return (await this.#deps.lineRepository.findById(lineId))?.status === 'connected'
  }

  /** `portal/connector/line`, of a line that a packet was posted for. */
  lineName(lineId: number): string | undefined {
    return this.#addresses.get(lineId)?.name
  }

  /** The portal knows the line's settings, for it has saved them, and what it says of its refusals is kept and logged. */
  async #withoutSecrets(lineId: number, answer: PacketAnswer): Promise<PacketAnswer> {
    const isQuiet =
      answer.kind === 'failed'
        ? answer.body === undefined
        : !(answer.kind === 'answered' && answer.rejected.length > 0)
    if (isQuiet) return answer
    const secrets = await this.#secretsOf(lineId)
    // Where nobody can say what of it is secret, what has become of the packet is said without it.
    const strip = (text: string): string => (secrets ? stripSecrets(text, secrets) : '…')
    if (answer.kind === 'failed') {
      const { body = '', ...rest } = answer
      return { ...rest, ...given({ body: strip(body) }) }
    }
    if (answer.kind !== 'answered') return answer
    const rejected = answer.rejected.map(({ seq, reason }) => ({ seq, reason: strip(reason) }))
    return { ...answer, rejected }
  }

  /** Undefined: they can't be read. */
  async #secretsOf(lineId: number): Promise<readonly (string | undefined)[] | undefined> {
    const { lineRepository, lineDirectory } = this.#deps
    try {
      const record = await lineRepository.findById(lineId)
      if (!record) return []
      const active = await lineDirectory.activate(record).catch(() => undefined)
      // Which of a line's settings are secret nobody knows without its connector.
      return active?.secrets ?? [record.webhookSecret, ...Object.values(record.settings)]
    } catch {
      return undefined
    }
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
    const known = this.#addresses.get(lineId) ?? (await this.#load(lineId))
    return portal && known && { portal, address: known.address }
  }

  async #load(lineId: number): Promise<KnownLine | undefined> {
    const record = await this.#deps.lineRepository.findById(lineId)
    if (!record) return undefined
    const { connector, externalId: externalLine } = record
    const known = { address: { lineId, connector, externalLine }, name: lineName(record) }
    this.#addresses.set(lineId, known)
    return known
  }
}
