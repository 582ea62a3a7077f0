import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import { readStoreClock } from '../db/engine/store-clock.ts'
import { readState, writeState } from '../db/hub/hub-state.ts'
import { Horizon } from './horizon.ts'

export interface PastDeps {
  readonly store: Store
  readonly log: Log
  readonly horizon?: Horizon
  /** The default is the store's own. */
  readonly readClock?: () => Promise<number>
}

/** What may be deleted because its time is over: by the store's clock, as far as that can be believed. */
export class Past {
  readonly #deps: PastDeps
  readonly #horizon: Horizon
  /** It takes hours until a jump has been made up for; it is said when it begins. */
  #isSaid = false

  constructor(deps: PastDeps) {
    this.#deps = deps
    this.#horizon = deps.horizon ?? new Horizon()
  }

  /** The instant that counts as the present, epoch ms. Throws StoreUnavailableError. */
  async now(): Promise<number> {
    const { store, log, readClock = () => readStoreClock(store) } = this.#deps
    const last = await readState(store, 'past-until')
    const { at, jumpMs } = this.#horizon.look(last, await readClock())
    if (jumpMs !== 0 && !this.#isSaid) {
      log.error(
        { event: 'clock.jumped', jumpMs },
        "the store's clock has jumped, or the hub was off: nothing is deleted that can't have had its time",
      )
    }
    this.#isSaid = jumpMs !== 0
    if (at !== last) await writeState(store, 'past-until', at)
    return at
  }
}
