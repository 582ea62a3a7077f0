import type { Clock, Timer } from '../core/clock.ts'
import type { Lease } from '../core/lease.ts'

/** A table of lines that processes lease, as far as finding goes. `L` is a line that is held. */
export interface LineSource<L> {
  /** Takes up to `limit` lines that have work and that nobody holds, for `token`. */
  claim(token: string, limit: number): Promise<Claimed<L>>
  /** All lines that are held under `token`, whether this process has them in hand or not. */
  findOwned(token: string): Promise<readonly L[]>
}

export interface Claimed<L> {
  readonly lines: readonly L[]
  /** Another look at once may find more. */
  readonly mayBeMore: boolean
}

export interface FinderHooks<L> {
  /** How many more lines may be taken. */
  room(): number
  /** A line has just been taken. `token` is the one the store was asked with; another may be in force by now. */
  claimed(token: string, line: L): void
  /** The store says that a line is ours; usually it is in hand already. */
  owned(token: string, line: L): void
  /** Called before each look for due lines. */
  beforeLook?(): Promise<void>
  /**
   * A look has failed; there will be another one. `level` for the log: a store that is away fails five looks a second, so
   * only the first of the same kind in a row is a warning.
   */
  failed(error: unknown, level: 'warn' | 'debug'): void
}

export interface FinderDeps {
  readonly lease: Lease
  readonly clock: Clock
}

/** How often a finder looks while it isn't woken. The jitter keeps the processes of a hub out of step. */
export interface Pace {
  readonly everyMs: number
  readonly jitterMs: number
}

/** For queues: what another process has queued is found within 250 ms, by a query on the index of due times. */
export const QUEUE_PACE: Pace = { everyMs: 200, jitterMs: 50 }
/** For lines to be polled: a new one may wait a second. */
export const POLL_PACE: Pace = { everyMs: 1000, jitterMs: 250 }

/** Lines taken at once: short enough a transaction for others who claim. If so many are due, the next look follows at once. */
const CLAIM_LIMIT = 200
/**
 * After a commit whose outcome is unknown the store is asked which lines are ours: in the next look, and again after each of
 * these gaps. The server may go on with a statement whose connection is lost, and wait for locks before that; the hub itself
 * gives one up after 20 s. The last look comes later than that. The gaps grow because each such look reads the whole table.
 */
const RECONCILE_GAPS_MS = [500, 1000, 2000, 4000, 8000, 10_000]

/**
 * Looks for lines that have work and takes them for this process: every now and then, and at once when it is woken. Also
 * finds lines that are ours in the store although the answer to the claim was lost; nobody else would ever work on them.
 */
export class DueFinder<L> {
  readonly #source: LineSource<L>
  readonly #hooks: FinderHooks<L>
  readonly #deps: FinderDeps
  readonly #pace: Pace
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #isStopped = false
  #isReconcileDue = false
  #reconcileTimer: Timer | undefined
  /** The kind of error that the last look ended with. */
  #lastFailure: string | undefined

  constructor(source: LineSource<L>, hooks: FinderHooks<L>, deps: FinderDeps, pace: Pace) {
    this.#source = source
    this.#hooks = hooks
    this.#deps = deps
    this.#pace = pace
  }

  start(): void {
    this.#schedule(0)
  }

  /** Looks now instead of later. A look that is under way is not repeated. */
  wake(): void {
    if (this.#timer) this.#schedule(0)
  }

  /** A commit's outcome is unknown: lines may be ours that this process does not have in hand. */
  reconcile(): void {
    this.#isReconcileDue = true
    this.#scheduleReconcile(RECONCILE_GAPS_MS)
  }

  /** Resolves when the look that is under way has ended; what it finds is still handed over. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.#reconcileTimer?.cancel()
    await this.#looking
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined
      })
    })
  }

  async #look(): Promise<void> {
    let mayBeMore = false
    try {
      if (this.#deps.lease.isAlive()) {
        if (this.#isReconcileDue) await this.#findOwned()
        await this.#hooks.beforeLook?.()
        mayBeMore = await this.#claim()
        this.#lastFailure = undefined
      }
    } catch (error) {
      const kind = error instanceof Error ? error.name : 'unknown'
      this.#hooks.failed(error, kind === this.#lastFailure ? 'debug' : 'warn')
      this.#lastFailure = kind
    }
    const { everyMs, jitterMs } = this.#pace
    this.#schedule(mayBeMore ? 0 : everyMs + Math.random() * jitterMs)
  }

  /** True if there may be more. */
  async #claim(): Promise<boolean> {
    const limit = Math.min(CLAIM_LIMIT, this.#hooks.room())
    if (limit <= 0) return false
    const { token } = this.#deps.lease
    try {
      const { lines, mayBeMore } = await this.#source.claim(token, limit)
      for (const line of lines) this.#hooks.claimed(token, line)
      return mayBeMore
    } catch (error) {
      // It may have been carried out all the same.
      this.reconcile()
      throw error
    }
  }

  #scheduleReconcile([gapMs, ...later]: readonly number[]): void {
    this.#reconcileTimer?.cancel()
    if (this.#isStopped || gapMs === undefined) return
    this.#reconcileTimer = this.#deps.clock.after(gapMs, () => {
      this.#isReconcileDue = true
      this.#scheduleReconcile(later)
    })
  }

  async #findOwned(): Promise<void> {
    this.#isReconcileDue = false
    const { token } = this.#deps.lease
    try {
      for (const line of await this.#source.findOwned(token)) this.#hooks.owned(token, line)
    } catch (error) {
      this.#isReconcileDue = true
      throw error
    }
  }
}
