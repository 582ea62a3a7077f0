import type { Clock } from '../core/clock.ts'
import type { Portal } from '../core/portal.ts'
import type { PortalRepository } from '../db/lines/portals.ts'

/** A portal is looked up at most this often; a changed secret works everywhere after this time, the old one for 24 h. */
const KEEP_MS = 5000
const MAX_CACHED = 10_000

/** Portals by id, kept in memory for a moment. */
export class PortalDirectory {
  readonly #portals: PortalRepository
  readonly #clock: Clock
  readonly #cache = new Map<string, { portal: Portal; until: number }>()

  constructor(portals: PortalRepository, clock: Clock) {
    this.#portals = portals
    this.#clock = clock
  }

  async find(id: string): Promise<Portal | undefined> {
    const known = this.#cache.get(id)
    if (known && known.until > this.#clock.now()) return known.portal
    return await this.reload(id)
  }

  /** Asks the store, whatever is remembered. */
  async reload(id: string): Promise<Portal | undefined> {
    const now = this.#clock.now()
    this.#cache.delete(id)
    const portal = await this.#portals.find(id, now)
    if (!portal) return undefined
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear()
    this.#cache.set(id, { portal, until: now + KEEP_MS })
    return portal
  }
}
