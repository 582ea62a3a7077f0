import type { Connector } from '../core/connector.ts'
import { given } from '../core/given.ts'
import type { Line } from '../core/line.ts'
import type { Portal } from '../core/portal.ts'
import { voucherOf } from '../core/settings.ts'
import type { LineRecord, LineRepository } from '../db/lines/lines.ts'
import type { Registry } from '../registry/registry.ts'

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

export interface PortalLookup {
  find(id: string): Promise<Portal | undefined>
}

const MAX_CACHED = 20_000

/**
 * Lines by their hash and by their identity, kept in memory. What is kept may be out of date: a commit compares the line's epoch with the
 * store's, and callers ask again with `isFresh` before they refuse anything.
 */
export class LineDirectory {
  readonly #lines: LineRepository
  readonly #portals: PortalLookup
  readonly #registry: Registry
  readonly #publicUrl: () => string
  readonly #byHash = new Map<string, ActiveLine>()
  readonly #byIdentity = new Map<string, ActiveLine>()

  constructor(
    lines: LineRepository,
    portals: PortalLookup,
    registry: Registry,
    publicUrl: () => string,
  ) {
    this.#lines = lines
    this.#portals = portals
    this.#registry = registry
    this.#publicUrl = publicUrl
  }

  async findByHash(hash: string, options: { isFresh: boolean }): Promise<ActiveLine | undefined> {
    const known = options.isFresh ? undefined : this.#byHash.get(hash)
    if (known) return known
    this.#byHash.delete(hash)
    const record = await this.#lines.findByHash(hash)
    const active = record && (await this.activate(record))
    if (active) keep(this.#byHash, hash, active)
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
    const record = await this.#lines.findByIdentity(realConnector, identity)
    const active = record && (await this.activate(record))
    if (active) keep(this.#byIdentity, key, active)
    return active
  }

  async findById(id: number): Promise<ActiveLine | undefined> {
    const record = await this.#lines.findById(id)
    return record && (await this.activate(record))
  }

  /** Undefined when the line's portal or connector is no longer there. */
  async activate(record: LineRecord): Promise<ActiveLine | undefined> {
    const entry = this.#registry.find(record.connector)
    const portal = await this.#portals.find(record.portalId)
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
    return `${this.#publicUrl()}/webhook?hash=${hash}`
  }
}

function keep(cache: Map<string, ActiveLine>, key: string, active: ActiveLine): void {
  if (cache.size >= MAX_CACHED) {
    const [oldest] = cache.keys()
    if (oldest !== undefined) cache.delete(oldest)
  }
  cache.set(key, active)
}
