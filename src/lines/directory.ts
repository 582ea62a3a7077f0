import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import type { Connector } from '../core/connector.ts'
import { given } from '../core/given.ts'
import type { Line } from '../core/line.ts'
import type { Portal } from '../core/portal.ts'
import { sizeOfSettings, voucherOf } from '../core/settings.ts'
import type { Store } from '../db/engine/store.ts'
import type { LineRecord, LineRepository } from '../db/lines/lines.ts'
import { findRetiredAddress, noteRetiredAddress } from '../db/lines/retired-addresses.ts'
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
  /** Keys of the fields that hold secrets. */
  readonly credentials: readonly string[]
  /** The line's secrets themselves, which must show up nowhere. */
  readonly secrets: readonly string[]
}

/** Where a webhook's address leads. */
export interface WebhookAddress {
  readonly hash: string
  readonly connector: Connector
  readonly realConnector: string
  /** Absent: the line is gone, and only what is about other lines' accounts can still come there. */
  readonly active?: ActiveLine
}

export interface LineDirectoryDeps {
  readonly store: Store
  readonly clock: Clock

  readonly lineRepository: LineRepository
  readonly portalDirectory: PortalDirectory
  readonly registry: Registry
  /** Where messengers reach the hub; no trailing slash. */
  readonly publicUrl: string
}

const MAX_CACHED = 20_000
/** Nobody's portal stands behind a retired address. */
const NO_TARGETS: readonly string[] = []
/** A line's settings are its portal's to choose: a few KB usually, up to 4 KB a field. */
const MAX_CACHED_BYTES = 64 * 1024 * 1024
/** Beside its settings. */
const LINE_BYTES = 1024
/** How often it is written down that the address of a line that is gone is still of use. */
const NOTE_EVERY_MS = 24 * 3600 * 1000

const CACHE = {
  limit: MAX_CACHED,
  maxBytes: MAX_CACHED_BYTES,
  sizeOf: ({ record }: ActiveLine) => LINE_BYTES + sizeOfSettings(record.settings),
}

/**
 * Lines by their hash and by their identity, kept in memory. What is kept may be out of date: a commit compares the line's epoch with the
 * store's, and callers ask again with `isFresh` before they refuse anything.
 */
export class LineDirectory {
  readonly #deps: LineDirectoryDeps
  readonly #byHash = new BoundedMap<string, ActiveLine>(CACHE)
  /** When it was last written down that a retired address is of use. */
  readonly #notedAt = new BoundedMap<string, number>(MAX_CACHED)
  readonly #byIdentity = new BoundedMap<string, ActiveLine>(CACHE)

  constructor(deps: LineDirectoryDeps) {
    this.#deps = deps
  }

  async findByHash(hash: string, options: { isFresh: boolean }): Promise<ActiveLine | undefined> {
    const known = options.isFresh ? undefined : await this.#current(this.#byHash, hash)
    if (known) return known
    this.#byHash.delete(hash)
    const record = await this.#deps.lineRepository.findByHash(hash)
    const active = record && (await this.activate(record))
    if (active) this.#byHash.set(hash, active)
    return active
  }

  /** The same for an address whose line may be gone: of a channel whose addresses serve several lines it goes on working. */
  async findAddress(
    hash: string,
    options: { isFresh: boolean },
  ): Promise<WebhookAddress | undefined> {
    const active = await this.findByHash(hash, options)
    if (active) {
      const { connector, realConnector } = active
      return { hash, connector, realConnector, active }
    }
    const retired = await findRetiredAddress(this.#deps.store, hash)
    const entry =
      retired === undefined ? undefined : this.#deps.registry.findFor(retired, NO_TARGETS)
    if (!entry?.connector.accountsIn) return undefined
    return { hash, connector: entry.connector, realConnector: entry.realId }
  }

  /** Something genuine has come to the address of a line that is gone, so it is kept. */
  async noteUse({ hash }: WebhookAddress): Promise<void> {
    const now = this.#deps.clock.now()
    if (now - (this.#notedAt.get(hash) ?? 0) < NOTE_EVERY_MS) return
    this.#notedAt.set(hash, now)
    await noteRetiredAddress(this.#deps.store, hash, now)
  }

  /** The line that holds an identity of a real connector. */
  async findByIdentity(
    realConnector: string,
    identity: string,
    options: { isFresh: boolean },
  ): Promise<ActiveLine | undefined> {
    const key = `${realConnector}:${identity}`
    const known = options.isFresh ? undefined : await this.#current(this.#byIdentity, key)
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
    const portal = await this.#deps.portalDirectory.find(record.portalId)
    const entry = portal && this.#deps.registry.findFor(record.connector, portal.allowedTargets)
    if (!entry) return undefined
    const credentials = entry.descriptor.fields.flatMap(({ key, secret }) => (secret ? [key] : []))
    const values = credentials.map((key) => record.settings[key])
    return {
      record,
      portal,
      credentials,
      secrets: [...values, record.webhookSecret, record.hash].filter((one) => one !== undefined),
      connector: entry.connector,
      realConnector: entry.realId,
      voucher: voucherOf(entry.descriptor.fields, record.settings),
      line: {
        id: record.id,
        connector: record.connector,
        settings: entry.descriptor.parseSettings(record.settings),
        webhookSecret: record.webhookSecret,
        webhookUrl: this.webhookUrl(record.hash),
        values: record.settings,
        ...given({ identity: record.identity }),
      },
    }
  }

  /** What is remembered, with its portal as it is by now (PortalDirectory). */
  async #current(
    cache: BoundedMap<string, ActiveLine>,
    key: string,
  ): Promise<ActiveLine | undefined> {
    const known = cache.get(key)
    if (!known || known.portal === (await this.#deps.portalDirectory.find(known.portal.id))) {
      return known
    }
    const active = await this.activate(known.record)
    if (active) cache.set(key, active)
    return active
  }

  webhookUrl(hash: string): string {
    return `${this.#deps.publicUrl}/webhook?hash=${hash}`
  }
}
