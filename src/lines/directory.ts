import { BoundedMap } from '../core/bounded-map.ts'
import type { Connector } from '../core/connector.ts'
import { given } from '../core/given.ts'
import type { Line } from '../core/line.ts'
import type { Portal } from '../core/portal.ts'
import { voucherOf } from '../core/settings.ts'
import type { LineRecord, LineRepository } from '../db/lines/lines.ts'
import type { Registry } from '../registry/registry.ts'
import type { PortalDirectory } from './portal-directory.ts'

/** A line with everything that is needed to work on its updates. */
export interface ActiveLine {
  readonly record: LineRecord
  readonly line: Line
  readonly connector: Connector
  readonly realConnector: string
  /** Who says whose account it is: `voucherOf` the settings. */
  readonly voucher: string
  readonly portal: Portal
}

export interface LineDirectoryDeps {
  readonly lineRepository: LineRepository
  readonly portalDirectory: PortalDirectory
  readonly registry: Registry
  /** Where messengers reach the hub; no trailing slash. */
  readonly publicUrl: string
}

const MAX_CACHED = 20_000

/**
 * Lines by their hash and by their identity, kept in memory. What is kept may be out of date: a commit compares the line's epoch with the
 * store's, and callers ask again with `isFresh` before they refuse anything.
 */
export class LineDirectory {
  readonly #deps: LineDirectoryDeps
  readonly #byHash = new BoundedMap<string, ActiveLine>(MAX_CACHED)
  readonly #byIdentity = new BoundedMap<string, ActiveLine>(MAX_CACHED)

  constructor(deps: LineDirectoryDeps) {
    this.#deps = deps
  }

  async findByHash(hash: string, options: { isFresh: boolean }): Promise<ActiveLine | undefined> {
    const known = options.isFresh ? undefined : this.#byHash.get(hash)
    if (known) return known
    this.#byHash.delete(hash)
    const record = await this.#deps.lineRepository.findByHash(hash)
    const active = record && (await this.activate(record))
    if (active) this.#byHash.set(hash, active)
    return active
  }

  /** The line that holds an identity of a real connector. */
  async findByIdentity(
    realConnector: string,
    identity: string,
    options: { isFresh: boolean },
  ): Promise<ActiveLine | undefined> {
    const key = `${realConnector}:${identity}`
    const known = options.isFresh ? undefined : this.#byIdentity.get(key)
    if (known) return known
    this.#byIdentity.delete(key)
    const record = await this.#deps.lineRepository.findByIdentity(realConnector, identity)
    const active = record && (await this.activate(record))
    if (active) this.#byIdentity.set(key, active)
    return active
  }

  async findById(id: number): Promise<ActiveLine | undefined> {
    const record = await this.#deps.lineRepository.findById(id)
    return record && (await this.activate(record))
  }

  /** Undefined when the line's portal or connector is no longer there. */
  async activate(record: LineRecord): Promise<ActiveLine | undefined> {
    const entry = this.#deps.registry.find(record.connector)
    const portal = await this.#deps.portalDirectory.find(record.portalId)
    if (!entry || !portal) return undefined
    return {
      record,
      portal,
      connector: entry.connector,
      realConnector: entry.realId,
      voucher: voucherOf(entry.descriptor.fields, record.settings),
      line: {
        id: record.id,
        connector: record.connector,
        settings: entry.descriptor.parseSettings(record.settings),
        webhookSecret: record.webhookSecret,
        webhookUrl: this.webhookUrl(record.hash),
        ...given({ identity: record.identity }),
      },
    }
  }

  webhookUrl(hash: string): string {
    return `${this.#deps.publicUrl}/webhook?hash=${hash}`
  }
}
