import type { Clock, Timer } from '../core/clock.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import {
  findNewDeadLetters,
  findOldLocks,
  isLineLocked,
  type LinesFound,
  readHealthByName,
} from '../db/hub/alerts.ts'
import type { Occurrence } from './alert.ts'

export interface AlertWatchDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly lease: Pick<Lease, 'token' | 'isAlive'>
  /** The token of the process that looks for all, see jobs/runner.ts. */
  findHolder(): Promise<string | undefined>
  raise(occurrence: Occurrence): void
}

/** Lines of one channel that have changed in the same way. */
interface Transition {
  readonly connector: string
  readonly state: string
  readonly code?: string
  readonly from: string
  readonly lines: number
  readonly examples: readonly string[]
}

const LOOK_EVERY_MS = 5000
/** Reads a row of every line. */
const LOCKS_EVERY_MS = 30_000
/** A lock of this age is told of. */
const OLD_LOCK_MS = 600_000
/** A transaction that is under way commits what it has dated before. */
const COMMIT_LAG_MS = 2000
/** A store that is away for a moment is restarted by somebody who knows. */
const AWAY_AFTER_MS = 10_000
const PING_LIMIT_MS = 5000
const STORE = 'store'

/** Sees what operators are alerted of: some of it is reported here, the rest is looked for in the store, by one process. */
export class AlertWatch {
  readonly #deps: AlertWatchDeps
  #timer: Timer | undefined
  #awaySince: number | undefined
  #isAway = false
  #lockedLookAt = Number.NEGATIVE_INFINITY
  #isStopped = false
  readonly #begunAt: number

  constructor(deps: AlertWatchDeps) {
    this.#deps = deps
    this.#begunAt = deps.clock.now()
  }

  start(): void {
    if (this.#isStopped) return
    this.#timer = this.#deps.clock.after(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => this.start())
    })
  }

  /** A look that is under way may be waiting for a store that is away, and is not waited for. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  /** For the book of health: a second's changes, by connector. */
  onTransitions(batch: readonly Transition[]): void {
    for (const { connector: group, state, from, lines: count, examples, code } of batch) {
      const subjects = examples
      if (state === 'broken' && from !== 'broken') {
        const why = code === undefined ? {} : { code }
        this.#deps.raise({ type: 'line.broken', group, count, subjects, ...why })
      } else if (from === 'broken' && state !== 'broken') {
        this.#deps.raise({ type: 'line.recovered', group, count, subjects })
      }
    }
  }

  processDied({ host, pid }: { readonly host: string; readonly pid: number }): void {
    const subjects = [`${host} (${pid})`]
    this.#deps.raise({ type: 'process.died', group: host, count: 1, subjects })
  }

  /** Is it still so? Throws StoreUnavailableError. */
  async isStill(type: Occurrence['type'], subject: string): Promise<boolean> {
    const { store } = this.#deps
    if (type === 'store.away' || type === 'store.back')
      return this.#isAway === (type === 'store.away')
    if (type === 'line.broken') return (await readHealthByName(store, subject)) === 'broken'
    if (type === 'line.recovered') return (await readHealthByName(store, subject)) !== 'broken'
    return type !== 'lock.old' || (await isLineLocked(store, subject))
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const isUp = await this.#ping()
    this.#noteStore(isUp)
    if (!isUp) return
    try {
      await this.#lookForAll()
    } catch (error) {
      if (this.#isStopped) return
      const fields = { event: 'alert.look-failed', err: error }
      this.#deps.log.warn(fields, 'what operators are alerted of is looked for again later')
    }
  }

  /** A store that takes the question and says nothing is away, too. */
  async #ping(): Promise<boolean> {
    const { store, clock } = this.#deps
    const limit = Promise.withResolvers<boolean>()
    const timer = clock.after(PING_LIMIT_MS, () => limit.resolve(false))
    const answer = store.ping().then(
      () => true,
      () => false,
    )
    const isUp = await Promise.race([answer, limit.promise])
    timer.cancel()
    return isUp
  }

  #noteStore(isUp: boolean): void {
    const { clock, raise } = this.#deps
    const of = { group: STORE, count: 1, subjects: [STORE] }
    if (isUp) {
      this.#awaySince = undefined
      if (this.#isAway) raise({ type: 'store.back', ...of })
      this.#isAway = false
      return
    }
    this.#awaySince ??= clock.now()
    if (this.#isAway || clock.now() - this.#awaySince < AWAY_AFTER_MS) return
    this.#isAway = true
    raise({ type: 'store.away', ...of })
  }

  /** One process does it for all. */
  async #lookForAll(): Promise<void> {
    const { store, clock, lease, findHolder } = this.#deps
    if (!lease.isAlive() || (await findHolder()) !== lease.token) return
    const now = clock.now()
    const dead = await findNewDeadLetters(store, now - COMMIT_LAG_MS, this.#begunAt)
    this.#raiseAll('dead_letters', dead)
    const sinceMs = now - this.#lockedLookAt
    if (sinceMs >= 0 && sinceMs < LOCKS_EVERY_MS) return
    this.#lockedLookAt = now
    this.#raiseAll('lock.old', await findOldLocks(store, now - OLD_LOCK_MS))
  }

  #raiseAll(type: 'dead_letters' | 'lock.old', found: readonly LinesFound[]): void {
    for (const { connector: group, count, lines: subjects } of found) {
      this.#deps.raise({ type, group, count, subjects })
    }
  }
}
