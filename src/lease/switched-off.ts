import type { Clock } from '../core/clock.ts'
import type { Store } from '../db/engine/store.ts'
import { readSwitchedOff } from '../db/lines/parked-lines.ts'

const REFRESH_MS = 2000
/** Nothing is begun on what was read longer ago: 5 s after a portal was switched off no process works for it. */
const MAX_AGE_MS = 4000

/** Which portals are switched off, as far as this process has read. */
export class SwitchedOffPortals {
  readonly #store: Store
  readonly #clock: Clock
  #ids: ReadonlySet<string> = new Set()
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  get ids(): ReadonlySet<string> {
    return this.#ids
  }

  has(portalId: string): boolean {
    return this.#ids.has(portalId)
  }

  /** To be called every now and then. Throws StoreUnavailableError. */
  async refresh(): Promise<void> {
    await this.#readUnlessWithin(REFRESH_MS)
  }

  /** To be called before anything is begun for a portal. Throws StoreUnavailableError. */
  async ensure(): Promise<void> {
    await this.#readUnlessWithin(MAX_AGE_MS)
  }

  async #readUnlessWithin(ageMs: number): Promise<void> {
    const sinceMs = this.#clock.now() - this.#readAt
    // A clock that was set back must not put it off.
    if (sinceMs >= 0 && sinceMs < ageMs) return
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    await this.#reading
  }

  async #read(): Promise<void> {
    const now = this.#clock.now()
    this.#ids = new Set((await readSwitchedOff(this.#store)).keys())
    this.#readAt = now
  }
}
