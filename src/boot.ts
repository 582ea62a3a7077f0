import { StoreUnavailableError } from './core/errors.ts'
import { forgetState, moveUnderWay, StoreMovingError } from './db/archive/marks.ts'
import { NewerStoreError, readMigrations } from './db/engine/migration-state.ts'
import { migrateUp } from './db/engine/migrator.ts'
import { readStoreClock } from './db/engine/store-clock.ts'
import { readState } from './db/hub/hub-state.ts'
import type { Heartbeat } from './lease/heartbeat.ts'
import { MissingKeyError } from './lines/key-operations.ts'
import type { Services } from './services.ts'

const MAX_CLOCK_SKEW_MS = 2000

/** Is it something that only a person can mend? */
export function isRefusal(error: unknown): error is Error {
  return [MissingKeyError, NewerStoreError, StoreMovingError].some((kind) => error instanceof kind)
}

/** What must have gone well with the store before the hub works on it. */
export class Boot {
  readonly #services: Services
  readonly #heartbeat: Heartbeat
  #isDone = false

  constructor(services: Services, heartbeat: Heartbeat) {
    this.#services = services
    this.#heartbeat = heartbeat
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** Why the hub can't work; none if it can. */
  async readiness(): Promise<string[]> {
    try {
      // What a newer version has added to the store meanwhile is no reason not to work on.
      const { pending } = await readMigrations(this.#services.store)
      if (pending.length > 0) return [`migrations are pending: ${pending.join(', ')}`]
      return this.#isDone ? [] : ['the hub is still starting']
    } catch {
      return ['the store is not reachable']
    }
  }

  /** False: the store can't be reached. Throws what else keeps the hub from working on it, see `isRefusal`. */
  async attempt(): Promise<boolean> {
    try {
      const applied = await migrateUp(this.#services.store)
      if (applied.length > 0) {
        this.#services.log.info(
          { event: 'store.migrated', applied },
          'the store was brought up to date',
        )
      }
      // With a wrong key every call and delivery would fail, and what is saved would be lost to the right one.
      await this.#services.keyOperations.requireKeys()
      await this.#requireNoMove()
      await this.#services.keyOperations.noteKey()
      await this.#warnOfClockSkew()
      await this.#heartbeat.start()
      await this.#requireStillNoMove()
      this.#isDone = true
      return true
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      this.#services.log.warn(
        { event: 'store.unreachable', err: error },
        'the store is not reachable',
      )
      return false
    }
  }

  /** While its rows are moved nothing may change them. What an export has begun is to begin anew once a hub has run. */
  async #requireNoMove(): Promise<void> {
    const { store, log } = this.#services
    const move = await moveUnderWay(store)
    if (move) throw new StoreMovingError(move)
    const exportedAt = await readState(store, 'exported-at')
    if (exportedAt !== undefined) {
      const fields = { event: 'store.exported', exportedAt: new Date(exportedAt).toISOString() }
      log.warn(fields, 'this store was exported: a hub on the other one delivers the same events')
    }
    await forgetState(store, ['export-id', 'exported-at'])
  }

  /** An export that has begun meanwhile looks for hubs once more, and finds this one only now. One of the two gives way. */
  async #requireStillNoMove(): Promise<void> {
    const move = await moveUnderWay(this.#services.store)
    if (!move) return
    await this.#heartbeat.stop()
    throw new StoreMovingError(move)
  }

  /** Order never rests on clocks, but lease times do: a process far off loses its lines, or takes those of others. */
  async #warnOfClockSkew(): Promise<void> {
    const { store, wall, log } = this.#services
    const skewMs = (await readStoreClock(store)) - wall.now()
    if (Math.abs(skewMs) < MAX_CLOCK_SKEW_MS) return
    log.warn({ event: 'clock.skewed', skewMs }, "this machine's clock and the store's differ")
  }
}
