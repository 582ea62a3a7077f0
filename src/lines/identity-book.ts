import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import { MAX_IDENTITY_LENGTH } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import { adoptIdentity } from '../db/lines/identities.ts'
import type { ActiveLine } from './directory.ts'

const MAX_KNOWN = 10_000

/** Gives lines the identities that come with their updates, for channels where `testConnect` can't find them out. */
export class IdentityBook {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  /** Line, epoch and identity of what was tried already: trying again would end the same way. */
  readonly #settled = new BoundedMap<string, true>(MAX_KNOWN)

  constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** Never throws: the update is committed already, and the next one says the same. */
  async learn({ record, realConnector, voucher }: ActiveLine, identity: string): Promise<void> {
    const { id: lineId, epoch } = record
    const known = `${lineId}:${epoch}:${identity}`
    if (record.identity === identity || this.#settled.has(known)) return
    // It comes from outside, and MySQL would cut a longer one off without a word.
    if (identity === '' || identity.length > MAX_IDENTITY_LENGTH) return
    try {
      const learned = { lineId, epoch, connector: realConnector, identity, voucher }
      const outcome = await adoptIdentity(this.#store, learned, this.#clock.now())
      if (outcome === 'changed') return
      this.#settled.set(known, true)
      const fields = { event: `line.identity-${outcome}`, lineId, identity }
      if (outcome === 'adopted') this.#log.info(fields, 'an update says whose line it is')
      else this.#log.warn(fields, 'the account of this line is connected by another line too')
    } catch (error) {
      this.#log.warn(
        { event: 'line.identity-unsaved', lineId, err: error },
        'the identity that an update names could not be stored',
      )
    }
  }
}
