import type { Clock } from '../core/clock.ts'
import type { LineStatus } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import { foreignAddresses, type SettingValues, voucherOf } from '../core/settings.ts'
import { controlEntry } from '../core/stored-event.ts'
import type { Store } from '../db/engine/store.ts'
import { releaseIdentity } from '../db/lines/identities.ts'
import {
  type IdentityPage,
  type IdentityRow,
  listIdentities,
  readOpenSettings,
} from '../db/lines/identity-list.ts'
import type { Registry } from '../registry/registry.ts'

/** An account that is connected, and by what right. */
export interface ConnectedIdentity {
  /** The real connector: virtual ones share its identities. */
  readonly connector: string
  readonly identity: string
  /** Null if the line is there no more. */
  readonly line: {
    readonly portal: string
    readonly connector: string
    readonly line: string
    readonly status: LineStatus
  } | null
  /** ISO 8601. */
  readonly since: string
  /** `the channel`, or the addresses that were put in the place of its API. */
  readonly vouchedBy: string
  /** Whether only updates have named it. */
  readonly isLearned: boolean
}

export interface IdentityOperationsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
}

const PAGE = 500
const BY_CHANNEL = 'the channel'
/** The settings were saved anew and not tested since; what vouched then is kept as a digest only. */
const BY_EARLIER = 'another address than the line has now'

/** What an operator does with the accounts that lines hold. Throws StoreUnavailableError. */
export class IdentityOperations {
  readonly #deps: IdentityOperationsDeps

  constructor(deps: IdentityOperationsDeps) {
    this.#deps = deps
  }

  /** All, or those of a connector; a virtual one's are its parent's. */
  async *list(connector?: string): AsyncGenerator<ConnectedIdentity> {
    const of = connector === undefined ? {} : { connector: this.#realId(connector) }
    let after: IdentityRow | undefined
    do {
      const rows: IdentityRow[] = await this.#page({ ...of, after, limit: PAGE })
      yield* await this.#describe(rows)
      after = rows.length < PAGE ? undefined : rows.at(-1)
    } while (after)
  }

  async find(connector: string, identity: string): Promise<ConnectedIdentity | undefined> {
    const rows = await this.#page({ connector: this.#realId(connector), identity, limit: 1 })
    return (await this.#describe(rows))[0]
  }

  /**
   * Ends the connection of the line that holds an account: its portal gets `connector.deactivated`, and the account is free.
   * The channel isn't asked. False if nobody holds it.
   */
  async release(connector: string, identity: string): Promise<boolean> {
    const { store, clock, log } = this.#deps
    const key = { connector: this.#realId(connector), identity }
    const notice = controlEntry('displaced', 'the operator of the hub has released the account')
    const isReleased = await releaseIdentity(store, key, notice, clock.now())
    if (isReleased) log.info({ event: 'line.identity-released', ...key }, 'an account was released')
    return isReleased
  }

  #realId(connector: string): string {
    return this.#deps.registry.find(connector)?.realId ?? connector
  }

  async #page(page: IdentityPage): Promise<IdentityRow[]> {
    return await listIdentities(this.#deps.store, page)
  }

  async #describe(rows: readonly IdentityRow[]): Promise<ConnectedIdentity[]> {
    const foreign = rows.filter(({ voucher }) => voucher !== '').map((row) => row.line_id)
    const settings = await readOpenSettings(this.#deps.store, foreign)
    return rows.map((row) => ({
      connector: row.connector,
      identity: row.identity,
      line: toLine(row),
      since: new Date(row.claimed_at).toISOString(),
      vouchedBy: this.#vouchedBy(row, settings.get(row.line_id) ?? {}),
      isLearned: Boolean(row.learned),
    }))
  }

  #vouchedBy({ voucher, line_connector: connector }: IdentityRow, values: SettingValues): string {
    if (voucher === '') return BY_CHANNEL
    const fields = this.#deps.registry.find(connector ?? '')?.descriptor.fields ?? []
    if (voucherOf(fields, values) !== voucher) return BY_EARLIER
    return foreignAddresses(fields, values).join(', ')
  }
}

function toLine(row: IdentityRow): ConnectedIdentity['line'] {
  const { portal_id: portal, line_connector: connector, external_id: line, status } = row
  if (portal === null || connector === null || line === null || status === null) return null
  return { portal, connector, line, status }
}
