import { sleep, type Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { type LeasedLine, type StoredEvent, UNLOCKED } from '../core/inbox.ts'
import { releaseLines } from '../db/inbox-leases.ts'
import type { Burial } from '../db/inbox-settle.ts'
import { FairScheduler } from './fair-scheduler.ts'
import { Lane, type PacketLimits } from './lane.ts'
import { type InboxDeps, LaneRunner, type StepResult } from './lane-runner.ts'
import { LaneTable } from './lane-table.ts'
import { LineFinder } from './line-finder.ts'
import type { LockoutPlan } from './lockout.ts'
import { Settler } from './settler.ts'

export interface DispatcherOptions {
  readonly limits: PacketLimits
  readonly ladderMs: readonly number[]
  readonly burial: Burial
  /** Packets under way at once, to one portal and in all. */
  readonly maxPerPortal: number
  readonly maxTotal: number
  /** Is this process short of time? */
  isBusy(): boolean
}

/** What a writer tells of one line's events after their commit. */
export interface CommittedEvents {
  readonly lineId: number
  readonly portalId: string
  readonly previousTail: number
  readonly events: readonly StoredEvent[]
  /** The lease that was made with them. The token is the one it was made for; another may be in force when this is heard. */
  readonly lease?: { readonly token: string; readonly number: number }
  readonly replays: number
  readonly purgeUntil: number
}

/**
 * While the process is short of time a line posts a packet that isn't full at most this often. A packet costs as much as
 * several events (signature, request, settle): of 64 senders at full speed over 50 lines a packet held 1.4 events.
 */
const BUSY_PACE_MS = 50
/** Beyond this many lines in hand new ones are left to other processes, or to later. */
const MAX_LANES = 10_000
const STORE_RETRY_MS = 250
/** No word of a lease comes later than that: the store gives up a statement after 20 s. */
const LATE_WORD_MS = 30_000

/**
 * The delivery side of the inbox: takes lines that have work, delivers their packets in order, settles. One lane per
 * line this process holds; every step of a lane is a task of the fair scheduler.
 */
export class Dispatcher {
  readonly #deps: InboxDeps
  readonly #options: DispatcherOptions
  readonly #scheduler: FairScheduler
  readonly #lanes = new LaneTable()
  readonly #runner: LaneRunner
  readonly #settler: Settler
  readonly #finder: LineFinder
  readonly #stopping = new AbortController()
  #deliveries = new AbortController()
  #forgetTimer: Timer | undefined
  readonly #pauses = new Set<Timer>()
  #idle: (() => void) | undefined

  constructor(deps: InboxDeps, options: DispatcherOptions) {
    this.#deps = deps
    this.#options = options
    this.#scheduler = new FairScheduler({
      perPortal: options.maxPerPortal,
      total: options.maxTotal,
    })
    this.#settler = new Settler(deps, options.burial, this.#stopping.signal)
    const plan: LockoutPlan = { ladderMs: options.ladderMs, maxEvents: options.limits.maxEvents }
    this.#runner = new LaneRunner({
      ...deps,
      plan,
      limits: options.limits,
      burial: options.burial,
      settle: (token, settlement) => this.#settler.settle(token, settlement),
    })
    this.#finder = new LineFinder(deps, {
      room: () => MAX_LANES - this.#lanes.size,
      found: (token, line) => this.#adopt(token, line),
    })
    deps.lease.onSuspended(() => this.#breakOff())
    deps.lease.onLost(() => this.#lanes.clear())
  }

  start(): void {
    this.#finder.start()
    this.#scheduleForget()
  }

  /** Whether a writer may lease an idle line to this process while it commits. */
  get claimToken(): string | undefined {
    const { lease } = this.#deps
    const isOpen = !this.#stopping.signal.aborted && this.#lanes.size < MAX_LANES && lease.isAlive()
    return isOpen ? lease.token : undefined
  }

  /** A writer has committed events: those of our lines are taken over from memory, others are looked for at once. */
  committed(batch: CommittedEvents): void {
    const { lineId, lease } = batch
    // Made for a token that is lost: the line is not ours.
    const isOurs = lease?.token === this.#deps.lease.token
    if (lease && isOurs && this.#lanes.isNews(lineId, lease.number)) {
      this.#begin(this.#freshLane(batch, lease))
      return
    }
    const lane = this.#lanes.find(lineId)
    lane?.noticePurge(batch.purgeUntil)
    lane?.append(batch.previousTail, batch.events)
  }

  /** Looks for due lines now instead of at the next poll. */
  wake(): void {
    this.#finder.wake()
  }

  /** A commit's outcome is unknown: lines may be ours without our knowing. */
  reconcile(): void {
    this.#finder.reconcile()
  }

  /** Stops: nothing new is begun; what is under way may end within `graceMs`, then is broken off and given back uncounted. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#forgetTimer?.cancel()
    for (const timer of this.#pauses) timer.cancel()
    await this.#finder.stop()
    if (this.#lanes.isBusy) {
      const timer = this.#deps.clock.after(graceMs, () => this.#deliveries.abort())
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
      timer.cancel()
    }
    await this.#settler.settled()
    const { store, lease, clock } = this.#deps
    await releaseLines(store, lease.token, this.#lanes.lineIds(), clock.now())
    this.#lanes.clear()
  }

  #scheduleForget(): void {
    this.#forgetTimer = this.#deps.clock.after(LATE_WORD_MS, () => {
      this.#lanes.forgetEnded()
      this.#scheduleForget()
    })
  }

  /** The line was idle: nothing waits before these events. */
  #freshLane(
    { lineId, portalId, previousTail: tail, purgeUntil, replays, events }: CommittedEvents,
    lease: { readonly token: string; readonly number: number },
  ): Lane {
    const line = { lineId, portalId, lease: lease.number, tail, purgeUntil, replays }
    const { limits } = this.#options
    const lane = new Lane(lease.token, { ...line, lockout: UNLOCKED }, tail, limits)
    lane.append(tail, events)
    return lane
  }

  /** `token` is the one the store was asked with. */
  #adopt(token: string, line: LeasedLine): void {
    if (token !== this.#deps.lease.token) return
    if (!this.#lanes.isNews(line.lineId, line.lease)) return
    this.#begin(new Lane(token, line, line.purgeUntil, this.#options.limits))
  }

  #begin(lane: Lane): void {
    if (this.#lanes.take(lane)) this.#run(lane)
  }

  #run(lane: Lane): void {
    if (this.#stopping.signal.aborted) return
    const pauseMs = this.#pauseBefore(lane)
    if (pauseMs > 0) {
      const timer = this.#deps.clock.after(pauseMs, () => {
        this.#pauses.delete(timer)
        this.#queue(lane)
      })
      this.#pauses.add(timer)
    } else {
      this.#queue(lane)
    }
  }

  #pauseBefore(lane: Lane): number {
    const { limits, isBusy } = this.#options
    const sinceMs = this.#deps.clock.now() - lane.lastPacketAt
    const isPaced = sinceMs >= 0 && sinceMs < BUSY_PACE_MS && lane.canGrow(limits) && isBusy()
    return isPaced ? BUSY_PACE_MS - sinceMs : 0
  }

  #queue(lane: Lane): void {
    if (this.#stopping.signal.aborted) return
    lane.isBusy = true
    this.#scheduler.add(lane.portalId, async () => {
      const next = this.#lanes.isCurrent(lane) ? await this.#step(lane) : 'gone'
      lane.isBusy = false
      if (next === 'again' && this.#lanes.isCurrent(lane)) this.#run(lane)
      else this.#end(lane)
      this.#announceIdle()
    })
  }

  #end(lane: Lane): void {
    const successor = this.#lanes.end(lane)
    if (successor) this.#run(successor)
  }

  /** One packet of a lane. Never rejects. */
  async #step(lane: Lane): Promise<StepResult> {
    if (!this.#deps.lease.isAlive()) return await this.#waitForStore()
    try {
      return await this.#runner.step(lane, this.#deliveries.signal)
    } catch (error) {
      const isOutage = error instanceof StoreUnavailableError
      const fields = { event: 'inbox.step-failed', lineId: lane.lineId, err: error }
      if (isOutage) this.#deps.log.warn(fields, 'the store is not reachable, the line waits')
      else this.#deps.log.error(fields, 'a delivery step failed unexpectedly')
      return await this.#waitForStore()
    }
  }

  async #waitForStore(): Promise<StepResult> {
    await sleep(this.#deps.clock, STORE_RETRY_MS, this.#stopping.signal)
    return 'again'
  }

  /**
   * The lease could not be renewed in time, so others may take our lines from now on: packets under way are broken off.
   * Their portal may get the same events twice, but never two packets of a line at once.
   */
  #breakOff(): void {
    this.#deliveries.abort()
    this.#deliveries = new AbortController()
  }

  #announceIdle(): void {
    if (!this.#idle || this.#lanes.isBusy) return
    this.#idle()
    this.#idle = undefined
  }
}
