import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import { nudgePortal, portalsWithLockedLines, recallStrayLines } from '../db/inbox/status.ts'

const REFRESH_MS = 2000
/** A portal's locked lines are looked for at most this often; each line moves at most once a minute anyway. */
const LOOK_EVERY_MS = 1000

/**
 * Notices that a portal shows life and makes its locked lines due. The hot path only asks a map in memory: portals
 * without locked lines, nearly all of them, cost nothing more.
 */
export class PortalLife {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  /** Portals with locked lines, and when their lines were last looked for. */
  readonly #locked = new Map<string, number>()
  readonly #onDue: () => void
  #refreshedAt = Number.NEGATIVE_INFINITY

  /** `onDue` is called when lines have become due. */
  constructor(store: Store, clock: Clock, log: Log, onDue: () => void) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#onDue = onDue
  }

  /** A line of this portal has just been locked. */
  locked(portalId: string): void {
    if (!this.#locked.has(portalId)) this.#locked.set(portalId, Number.NEGATIVE_INFINITY)
  }

  /** The portal has called, or accepted something. */
  note(portalId: string): void {
    const lookedAt = this.#locked.get(portalId)
    const now = this.#clock.now()
    if (lookedAt === undefined || lookedAt > now - LOOK_EVERY_MS) return
    this.#locked.set(portalId, now)
    void this.#nudge(portalId, now)
  }

  /** Reads which portals have locked lines, also those locked by other processes. Makes lines due that a wrong clock has put off. */
  async refresh(): Promise<void> {
    const now = this.#clock.now()
    if (this.#refreshedAt > now - REFRESH_MS) return
    this.#refreshedAt = now
    await recallStrayLines(this.#store, now)
    const portals = new Set(await portalsWithLockedLines(this.#store, now))
    for (const portalId of this.#locked.keys()) {
      if (!portals.has(portalId)) this.#locked.delete(portalId)
    }
    for (const portalId of portals) this.locked(portalId)
  }

  async #nudge(portalId: string, now: number): Promise<void> {
    try {
      const nudged = await nudgePortal(this.#store, portalId, now)
      if (nudged === 0) return
      this.#log.info(
        { event: 'inbox.portal-alive', portalId, lines: nudged },
        'the portal shows life, its locked lines are due',
      )
      this.#onDue()
    } catch (error) {
      this.#log.warn(
        { event: 'inbox.nudge-failed', portalId, err: error },
        'locked lines wait for their ladder',
      )
    }
  }
}
