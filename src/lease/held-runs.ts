import type { Clock } from '../core/clock.ts'
import type { Lease } from '../core/lease.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import { DueFinder, QUEUE_PACE } from './due-finder.ts'
import { type DueSource, FairClaim } from './fair-claim.ts'

interface Held {
  readonly lineId: number
  readonly portalId: string
}

export interface HeldRunsDeps<L, R> {
  readonly source: DueSource<L>
  /** Of lines in hand. */
  readonly pool: SharedPool
  readonly lease: Lease
  readonly clock: Clock
  /** Called before each look for due lines. */
  beforeLook(): Promise<void>
  /** A look has failed; there will be another one. */
  failed(error: unknown, level: 'warn' | 'debug'): void
  /** Works on a line that was taken under `token`, and lets it go. `note` is told of what works on it. Never rejects. */
  work(leased: L, token: string, note: (run: R) => void): Promise<void>
}

/** Takes lines that have something to do, and has many of them worked on side by side, each by one run at a time. */
export class HeldRuns<L extends Held, R extends { wake(): void }> {
  readonly #deps: HeldRunsDeps<L, R>
  readonly #runs = new Map<number, Run<L, R>>()
  readonly #finder: DueFinder<L>

  constructor(deps: HeldRunsDeps<L, R>) {
    this.#deps = deps
    const { source, pool, lease, clock } = deps
    this.#finder = new DueFinder(
      new FairClaim(source, pool, clock),
      {
        room: () => pool.free,
        claimed: (token, leased) => this.#startNext(leased, token),
        owned: (token, leased) => {
          if (this.#runs.has(leased.lineId)) return
          // Ours already, so that it would be nobody's if there were no room for it.
          pool.take(leased.portalId)
          this.#start(leased, token)
        },
        beforeLook: () => deps.beforeLook(),
        failed: (error, level) => deps.failed(error, level),
      },
      { lease, clock },
      QUEUE_PACE,
    )
  }

  start(): void {
    this.#finder.start()
  }

  /** Looks for due lines now instead of later; `lineIds` are those that have something new. */
  wake(lineIds: Iterable<number> = []): void {
    this.wakeHeld(lineIds)
    this.#finder.wake()
  }

  /** Another process has something new for these lines, and looks for them itself where they are in nobody's hands. */
  wakeHeld(lineIds: Iterable<number>): void {
    for (const lineId of lineIds) this.#runs.get(lineId)?.run?.wake()
  }

  /** A commit's outcome is unknown: lines may be ours that this process does not have in hand. */
  reconcile(): void {
    this.#finder.reconcile()
  }

  /** Takes no more lines. */
  stop(): Promise<void> {
    return this.#finder.stop()
  }

  /** What works on the lines in hand. */
  get running(): R[] {
    return [...this.#runs.values()].flatMap(({ run }) => run ?? [])
  }

  /** Resolves when all lines in hand have been let go. */
  async ended(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
  }

  /** A run lets its line go before it ends: if the line has been taken again by then, the next run waits for its end. */
  #startNext(leased: L, token: string): void {
    const ending = this.#runs.get(leased.lineId)
    if (ending?.next) this.#deps.pool.giveBack(leased.portalId)
    if (ending) ending.next = { leased, token }
    else this.#start(leased, token)
  }

  /** The line's place in the pool has been taken; it is given back when the run has ended. */
  #start(leased: L, token: string): void {
    const { lineId, portalId } = leased
    const note = (run: R): void => {
      const entry = this.#runs.get(lineId)
      if (entry) entry.run = run
    }
    const entry: Run<L, R> = {
      ended: this.#deps.work(leased, token, note).then(() => {
        this.#runs.delete(lineId)
        this.#deps.pool.giveBack(portalId)
        if (entry.next) this.#start(entry.next.leased, entry.next.token)
        else this.wake()
        return this.#runs.get(lineId)?.ended
      }),
    }
    this.#runs.set(lineId, entry)
  }
}

interface Run<L, R> {
  readonly ended: Promise<void>
  run?: R
  /** The line has been let go and taken again; it is run when this run has ended. */
  next?: { readonly leased: L; readonly token: string }
}
