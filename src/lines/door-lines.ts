import type { Clock } from '../core/clock.ts'
import type { ConnectReport } from '../core/connector.ts'
import type { DoorAddress, DoorLine, DoorLines } from '../core/dialect.ts'
import { given } from '../core/given.ts'
import type { LineAddress, LineRecord, LineRepository } from '../db/lines/lines.ts'
import type { Registry } from '../registry/registry.ts'
import type { LineConnection } from './connection.ts'
import type { LineDirectory } from './directory.ts'
import { type LineOperations, makeLineSecrets } from './line-operations.ts'

export interface LinesOfDoorsDeps {
  readonly clock: Clock
  readonly registry: Registry
  readonly lineRepository: LineRepository
  readonly lineDirectory: Pick<LineDirectory, 'webhookUrl'>
  readonly lineOperations: LineOperations
  readonly connection: LineConnection
}

/** Lines as the doors of dialects see them. */
export class LinesOfDoors implements DoorLines {
  readonly #deps: LinesOfDoorsDeps

  constructor(deps: LinesOfDoorsDeps) {
    this.#deps = deps
  }

  async find(address: DoorAddress): Promise<DoorLine | undefined> {
    const record = await this.#deps.lineRepository.find(toLineAddress(address))
    return record && this.#show(record)
  }

  async withExternalId(portalId: string, line: string): Promise<readonly DoorLine[]> {
    const records = await this.#deps.lineRepository.withExternalId(portalId, line)
    return records.flatMap((record) => this.#show(record) ?? [])
  }

  async reserve(address: DoorAddress): Promise<DoorLine> {
    const { lineOperations, lineRepository, clock } = this.#deps
    lineOperations.findConnector(address.connector)
    await lineRepository.reserve(toLineAddress(address), makeLineSecrets(), clock.now())
    const line = await this.find(address)
    if (!line) throw new Error('a line is gone that was there a moment ago')
    return line
  }

  async probe(address: DoorAddress): Promise<ConnectReport> {
    const { lineOperations, connection } = this.#deps
    lineOperations.findConnector(address.connector)
    return await connection.probe(await lineOperations.find(toLineAddress(address)))
  }

  /** Undefined: this version of the hub doesn't know its connector. */
  #show(record: LineRecord): DoorLine | undefined {
    const { registry, lineOperations, lineDirectory } = this.#deps
    const entry = registry.find(record.connector)
    if (!entry) return undefined
    const { identity, name } = record
    return {
      lineId: record.id,
      connector: record.connector,
      line: record.externalId,
      status: record.status,
      ...given({ identity, name }),
      webhookUrl: lineDirectory.webhookUrl(record.hash),
      links: (identity && entry.descriptor.links?.({ identity, ...given({ name }) })) || {},
      settings: lineOperations.settings(record),
    }
  }
}

function toLineAddress({ portalId, connector, line }: DoorAddress): LineAddress {
  return { portalId, connector, externalId: line }
}
