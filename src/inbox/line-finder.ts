import type { Timer } from '../core/clock.ts'
import type { LeasedLine } from '../core/inbox.ts'
import { claimDueLines, findOwnedLines } from '../db/inbox/leases.ts'
import type { InboxDeps } from './line-runner.ts'

const POLL_MS = 200
const POLL_JITTER_MS = 50
const CLAIM_LIMIT = 200
/**
 * A commit whose answer was lost may still be made by the server: what is ours is looked at again for a while. Counted in
 * polls, for clocks can jump.
 */
const RECONCILE_POLLS = 25
const RECONCILE_EVERY = 5

export interface FinderHooks {
  /** How many more lines may be found. */
  room(): number
  /** `token` is the one the store was asked with. The line may be known already. */
  found(token: string, line: LeasedLine): void
}

/** Looks in the store for lines that have work, which it leases, and for those that are ours without our knowing. */
export class LineFinder {
  readonly #deps: Omit<InboxDeps, 'portals'>
  readonly #hooks: FinderHooks
  #timer: Timer | undefined
  #polling: Promise<void> | undefined
  #isStopped = false
  #mustReconcile = false
  #reconcilePolls = 0

  constructor(deps: Omit<InboxDeps, 'portals'>, hooks: FinderHooks) {
    this.#deps = deps
    this.#hooks = hooks
  }

  start(): void {
    this.#schedule(0)
  }

  /** Looks now instead of at the next poll. */
  wake(): void {
    if (this.#timer) this.#schedule(0)
  }

  /** A commit's outcome is unknown: lines may be ours without our knowing. */
  reconcile(): void {
    this.#mustReconcile = true
    this.#reconcilePolls = RECONCILE_POLLS
  }

  /** Resolves when the poll that is under way has ended; what it finds is still told. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#polling
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#polling = this.#poll().finally(() => {
        this.#polling = undefined
      })
    })
  }

  async #poll(): Promise<void> {
    let isMore = false
    try {
      if (this.#deps.lease.isAlive()) {
        if (this.#isReconcileDue()) await this.#findOwned()
        await this.#deps.life.refresh()
        isMore = await this.#claim()
      }
    } catch (error) {
      this.#deps.log.warn(
        { event: 'inbox.poll-failed', err: error },
        'could not look for due lines',
      )
    }
    this.#schedule(isMore ? 0 : POLL_MS + Math.random() * POLL_JITTER_MS)
  }

  #isReconcileDue(): boolean {
    if (this.#reconcilePolls === 0) return this.#mustReconcile
    return --this.#reconcilePolls % RECONCILE_EVERY === 0 || this.#mustReconcile
  }

  /** True if there may be more. */
  async #claim(): Promise<boolean> {
    const room = Math.min(CLAIM_LIMIT, this.#hooks.room())
    if (room <= 0) return false
    const { store, lease, clock } = this.#deps
    const { token } = lease
    const claimed = await claimDueLines(store, token, room, clock.now())
    for (const line of claimed) this.#hooks.found(token, line)
    return claimed.length === room
  }

  async #findOwned(): Promise<void> {
    this.#mustReconcile = false
    const { store, lease } = this.#deps
    const { token } = lease
    try {
      for (const line of await findOwnedLines(store, token)) this.#hooks.found(token, line)
    } catch (error) {
      this.#mustReconcile = true
      throw error
    }
  }
}
