import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { readNumberCursor } from '../core/cursor.ts'
import { HubError, SettingsError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { Journal } from '../core/journal.ts'
import {
  maskSettings,
  readSettings,
  type SettingValues,
  secretsOnTheMove,
} from '../core/settings.ts'
import type { Store } from '../db/engine/store.ts'
import { confirmEvents, makeDueNow } from '../db/inbox/status.ts'
import type { LineAddress, LineHead, LineRecord, LineRepository } from '../db/lines/lines.ts'
import { type LineFilter, searchLines } from '../db/lines/search.ts'
import { holdOutbox, resumeOutbox } from '../db/outbox/hold.ts'
import type { HealthObject } from '../health/health.ts'
import type { Registry, RegistryEntry } from '../registry/registry.ts'
import type { LineConnection, TestResult } from './connection.ts'
import type { LineDirectory } from './directory.ts'
import type { LineHealth } from './health-port.ts'
import type { QueueCounts } from './queue-counts.ts'
import type { Signals } from './signals.ts'
import { type StatusObject, statusObjects } from './status-object.ts'

export interface LineOperationsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly journal: Journal
  readonly registry: Registry
  readonly lineRepository: LineRepository
  readonly lineDirectory: LineDirectory
  readonly connection: LineConnection
  readonly counts: QueueCounts
  readonly signals: Pick<Signals, 'inboxDue' | 'outboxDue'>
  readonly health: LineHealth
  readonly checks: LineChecker
}

/** Asks lines' channels whether all is well. */
export interface LineChecker {
  /** Asks now, at most once a minute; gives whether it did. */
  checkNow(record: LineRecord): Promise<boolean>
}

export interface LinePageRequest {
  readonly portalId?: string
  readonly limit: number
  readonly cursor?: string
  /** More lines than `limit` are refused (HUB_TOO_LARGE), before their queues are looked at. */
  readonly mustBeAll?: boolean
}

export interface LinePage {
  readonly items: readonly {
    readonly portalId: string
    readonly lineId: number
    readonly status: StatusObject
  }[]
  /** Absent on the last page. */
  readonly cursor?: string
}

/**
 * Everything that can be done with a line, whoever asks for it: remote methods, the command line, the console. All of it
 * throws StoreUnavailableError; HubError `HUB_UNKNOWN_CONNECTOR`, `HUB_UNKNOWN_LINE` where a line is named by its address.
 */
export class LineOperations {
  readonly #deps: LineOperationsDeps

  constructor(deps: LineOperationsDeps) {
    this.#deps = deps
  }

  /**
   * Checks and stores a line's settings, making the line if need be. Never calls the channel. Throws SettingsError; HubError
   * `HUB_CONFLICT` when what is stored is not of the `version` that the caller has seen.
   */
  async save(address: LineAddress, raw: unknown, version?: string): Promise<StatusObject> {
    const { lineRepository, clock } = this.#deps
    const entry = this.findConnector(address.connector)
    const existing = await lineRepository.find(address)
    const values = check(entry, raw, existing)
    const secrets = entry.descriptor.fields.filter(({ secret }) => secret)
    await lineRepository.save(
      {
        address,
        values,
        secretKeys: new Set(secrets.map(({ key }) => key)),
        ...makeLineSecrets(),
        isUntested: !existing || needsTest(existing, values, entry),
        ...given({ version }),
      },
      clock.now(),
    )
    return await this.statusOf(address)
  }

  /**
   * For whoever may change settings without having been told the secrets among them. Throws SettingsError where `raw` would
   * send a stored secret to a new address.
   */
  async guardSecrets(address: LineAddress, raw: Readonly<Record<string, unknown>>): Promise<void> {
    const existing = await this.#deps.lineRepository.find(address)
    if (!existing) return
    const { fields } = this.findConnector(address.connector).descriptor
    const faults = secretsOnTheMove(fields, raw, existing.settings)
    if (faults.length > 0) throw new SettingsError(faults)
  }

  /** Its settings, secrets masked. */
  settings(record: LineRecord): Record<string, string | null> {
    return maskSettings(this.findConnector(record.connector).descriptor.fields, record.settings)
  }

  /** What `save` takes as the version of what is stored now. */
  async settingsVersion({ id }: LineHead): Promise<string> {
    return await this.#deps.lineRepository.settingsVersion(id)
  }

  findConnector(id: string): RegistryEntry {
    const entry = this.#deps.registry.find(id)
    if (entry) return entry
    const message = 'there is no such connector; listConnectors names them'
    throw new HubError('HUB_UNKNOWN_CONNECTOR', message)
  }

  async find(address: LineAddress): Promise<LineRecord> {
    const record = await this.#deps.lineRepository.find(address)
    if (record) return record
    throw unknownLine()
  }

  /**
   * A page of the lines that the filter lets through, in the order of their making; `cursor` is what the page before gave. At
   * 100 000 lines it takes as long as looking through all of them, some 100 ms, where few are let through.
   */
  async search(
    filter: LineFilter,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  ): Promise<LinePage> {
    const after = readNumberCursor(cursor)
    const ids = await searchLines(this.#deps.store, filter, { after, limit: limit + 1 })
    const items = await this.items(ids.slice(0, limit))
    return { items, ...given({ cursor: ids.length > limit && String(ids[limit - 1]) }) }
  }

  /** Status objects of those that are there, in the order of `ids`. */
  async items(ids: readonly number[]): Promise<LinePage['items']> {
    const heads = await this.#deps.lineRepository.headsOf(ids)
    const statuses = await statusObjects(this.#deps, heads)
    return heads.flatMap(({ id: lineId, portalId }, index) => {
      const status = statuses[index]
      return status ? [{ portalId, lineId, status }] : []
    })
  }

  /** Of all portals, or of one, in the order in which the lines were made; `cursor` is what the page before gave. */
  async page({ portalId, limit, cursor, mustBeAll }: LinePageRequest): Promise<LinePage> {
    const after = readNumberCursor(cursor)
    const found = await this.#deps.lineRepository.page({ portalId, after, limit: limit + 1 })
    if (mustBeAll && found.length > limit) {
      throw new HubError('HUB_TOO_LARGE', `more than ${limit} lines: ask with limit and cursor`)
    }
    const heads = found.slice(0, limit)
    const statuses = await statusObjects(this.#deps, heads)
    const items = heads.flatMap(({ id: lineId, portalId: portal }, index) => {
      const status = statuses[index]
      return status ? [{ portalId: portal, lineId, status }] : []
    })
    const last = found.length > limit ? heads.at(-1) : undefined
    return { items, ...given({ cursor: last && String(last.id) }) }
  }

  async status(record: LineRecord): Promise<StatusObject> {
    const [status] = await statusObjects(this.#deps, [record])
    if (!status) throw unknownLine()
    return status
  }

  async statusOf(address: LineAddress): Promise<StatusObject> {
    return await this.status(await this.find(address))
  }

  /** Tries channel and portal and connects the line if both are well. A failed check is a result, not an error. */
  async test(record: LineRecord): Promise<TestResult> {
    return await this.#deps.connection.test(record)
  }

  /** How the line is; its channel is asked, unless that was less than a minute ago. */
  async check(record: LineRecord): Promise<HealthObject> {
    await this.#deps.checks.checkNow(record)
    return (await this.statusOf(record)).health
  }

  /** Ends the line's connection; with `purge` its queue is deleted too. */
  async disconnect(record: LineRecord, options: { readonly purge: boolean }): Promise<void> {
    await this.#deps.connection.disconnect(record, options)
  }

  /** Delivers now, whatever the lockout says. The status is that of the line as it waits, before the attempt. */
  async retry(record: LineRecord): Promise<StatusObject> {
    const { store, clock, signals } = this.#deps
    await makeDueNow(store, record.id, clock.now())
    const status = await this.statusOf(record)
    signals.inboxDue.raise()
    return status
  }

  /** Stops the line's sending until `resume` or a successful test. Messages go on being queued. */
  async pause({ id }: LineRecord, reason: string): Promise<void> {
    const { store, clock } = this.#deps
    await holdOutbox(store, id, reason, clock.now())
    await this.#deps.health.refresh([id])
  }

  async resume({ id }: LineRecord): Promise<void> {
    const { store, clock, signals } = this.#deps
    await resumeOutbox(store, id, clock.now())
    signals.outboxDue.raise([id])
    await this.#deps.health.refresh([id])
  }

  /** The late acknowledgement of PROTOCOL §5. Gives how many of the events left the queue. */
  async confirm({ id, portalId }: LineRecord, seqs: readonly number[]): Promise<number> {
    if (seqs.length === 0) return 0
    const { store, clock, signals, journal } = this.#deps
    const accepted = await confirmEvents(store, id, seqs, clock.now())
    if (accepted.length > 0) {
      journal.note({ lineId: id, portalId }, { kind: 'accepted', seqs: accepted })
    }
    signals.inboxDue.raise()
    await this.#deps.health.refresh([id])
    return accepted.length
  }
}

/** Of a new line: what its webhook's address ends with, and what the channel proves itself with. */
export function makeLineSecrets(): { readonly hash: string; readonly webhookSecret: string } {
  return {
    hash: randomBytes(16).toString('hex'),
    webhookSecret: randomBytes(24).toString('base64url'),
  }
}

export function unknownLine(): HubError {
  return new HubError('HUB_UNKNOWN_LINE', 'this portal has no such line; saveSettings makes it')
}

function check(
  { descriptor }: RegistryEntry,
  raw: unknown,
  existing: LineRecord | undefined,
): SettingValues {
  const values = readSettings(descriptor.fields, raw, existing?.settings)
  const faults = descriptor.checkSettings?.(values) ?? []
  if (faults.length > 0) throw new SettingsError(faults)
  return values
}

/** Most changes may point the line at another account or another server: only what was tested stays connected. */
function needsTest(
  existing: LineRecord,
  values: SettingValues,
  { descriptor }: RegistryEntry,
): boolean {
  const isTested = existing.status === 'connected' || existing.status === 'failing'
  const isChanged = descriptor.fields.some(
    ({ key, isCosmetic }) => !isCosmetic && existing.settings[key] !== values[key],
  )
  return !isTested || isChanged
}
