import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import type { Portal } from '../core/portal.ts'
import { sizeOfSettings } from '../core/settings.ts'
import type { PortalRepository } from '../db/lines/portals.ts'

/** A portal is looked up at most this often; a changed secret works everywhere after this time, the old one for 24 h. */
const KEEP_MS = 5000
const MAX_CACHED = 10_000
const MAX_CACHED_BYTES = 32 * 1024 * 1024
/** Beside its settings. */
const PORTAL_BYTES = 3000

/** Portals by id, kept in memory for a moment. */
export class PortalDirectory {
  readonly #portalRepository: PortalRepository
  readonly #clock: Clock
  readonly #cache = new BoundedMap<string, { portal: Portal; until: number }>({
    limit: MAX_CACHED,
    maxBytes: MAX_CACHED_BYTES,
    sizeOf: ({ portal }) => PORTAL_BYTES + sizeOfSettings(portal.settings),
  })
  /** Ids of portals by what their calls name them by. */
  readonly #ids = new BoundedMap<string, string>(MAX_CACHED)

  constructor(portalRepository: PortalRepository, clock: Clock) {
    this.#portalRepository = portalRepository
    this.#clock = clock
  }

  async find(id: string): Promise<Portal | undefined> {
    const known = this.#cache.get(id)
    if (known && known.until > this.#clock.now()) return known.portal
    return await this.reload(id)
  }

  /** The portal of a dialect that has this value in a field that is an identifier (core/settings.ts). */
  async findByIdentifier(dialect: string, key: string, value: string): Promise<Portal | undefined> {
    const name = JSON.stringify([dialect, key, value])
    const known = this.#ids.get(name)
    const remembered = known === undefined ? undefined : await this.find(known)
    if (remembered?.settings[key] === value) return remembered
    this.#ids.delete(name)
    const now = this.#clock.now()
    const portal = await this.#portalRepository.findByIdentifier(dialect, key, value, now)
    if (portal) this.#ids.set(name, portal.id)
    return portal
  }

  /** From the store, those that are switched off too. */
  async listOfDialect(dialect: string): Promise<readonly Portal[]> {
    return await this.#portalRepository.listOfDialect(dialect, this.#clock.now())
  }

  /** Asks the store, whatever is remembered. */
  async reload(id: string): Promise<Portal | undefined> {
    const now = this.#clock.now()
    this.#cache.delete(id)
    const portal = await this.#portalRepository.find(id, now)
    if (portal) this.#cache.set(id, { portal, until: now + KEEP_MS })
    return portal
  }
}
