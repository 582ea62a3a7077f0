import { sleep, type Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { type LeasedLine, type StoredEvent, UNLOCKED } from '../core/inbox.ts'
import { claimDueLines, findOwnedLines, releaseLines } from '../db/inbox-leases.ts'
import {
  type Burial,
  type Settlement,
  type SettleOutcome,
  settleLines,
} from '../db/inbox-settle.ts'
import { FairScheduler } from './fair-scheduler.ts'
import { GroupCommitter } from './group-commit.ts'
import { Lane, type PacketLimits } from './lane.ts'
import { type InboxDeps, LaneRunner, type StepResult } from './lane-runner.ts'
import { LaneTable } from './lane-table.ts'
import type { LockoutPlan } from './lockout.ts'

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

const POLL_MS = 200
const POLL_JITTER_MS = 50
const CLAIM_LIMIT = 200
/**
 * While the process is short of time a line posts a packet that isn't full at most this often. A packet costs as much as
 * several events (signature, request, settle): of 64 senders at full speed over 50 lines a packet held 1.4 events.
 */
const BUSY_PACE_MS = 50
/** Beyond this many lines in hand new ones are left to other processes, or to later. */
const MAX_LANES = 10_000
const STORE_RETRY_MS = 250
const MAX_SETTLES = 200
/**
 * A commit whose answer was lost may still be made by the server: what is ours is looked at again for a while. Counted in
 * polls, for clocks can jump.
 */
const RECONCILE_POLLS = 25
/** No word of a lease comes later than that: the store gives up a statement after 20 s. */
const LATE_WORD_MS = 30_000
const RECONCILE_EVERY = 5

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
  readonly #settles: GroupCommitter<HeldSettlement, SettleOutcome>
  readonly #stopping = new AbortController()
  #deliveries = new AbortController()
  #pollTimer: Timer | undefined
  #polling: Promise<void> | undefined
  #mustReconcile = false
  #reconcilePolls = 0
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
    this.#settles = new GroupCommitter((batch) => this.#flushSettles(batch), {
      maxItems: MAX_SETTLES,
      maxWaiting: Number.POSITIVE_INFINITY,
      gather: () => deps.store.letOthersIn(),
    })
    const plan: LockoutPlan = { ladderMs: options.ladderMs, maxEvents: options.limits.maxEvents }
    this.#runner = new LaneRunner({
      ...deps,
      plan,
      limits: options.limits,
      burial: options.burial,
      settle: (token, settlement) => this.#settle({ token, settlement }),
    })
    deps.lease.onSuspended(() => this.#breakOff())
    deps.lease.onLost(() => this.#lanes.clear())
  }

  start(): void {
    this.#schedulePoll(0)
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
    if (this.#pollTimer) this.#schedulePoll(0)
  }

  /** A commit's outcome is unknown: lines may be ours without our knowing. */
  reconcile(): void {
    this.#mustReconcile = true
    this.#reconcilePolls = RECONCILE_POLLS
  }

  /** Stops: nothing new is begun; what is under way may end within `graceMs`, then is broken off and given back uncounted. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#pollTimer?.cancel()
    this.#pollTimer = undefined
    this.#forgetTimer?.cancel()
    for (const timer of this.#pauses) timer.cancel()
    await this.#polling
    if (this.#lanes.isBusy) {
      const timer = this.#deps.clock.after(graceMs, () => this.#deliveries.abort())
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
      timer.cancel()
    }
    await this.#settles.settled()
    const { store, lease, clock } = this.#deps
    await releaseLines(store, lease.token, this.#lanes.lineIds(), clock.now())
    this.#lanes.clear()
  }

  #schedulePoll(delayMs: number): void {
    if (this.#stopping.signal.aborted) return
    this.#pollTimer?.cancel()
    this.#pollTimer = this.#deps.clock.after(delayMs, () => {
      this.#pollTimer = undefined
      this.#polling = this.#poll().finally(() => {
        this.#polling = undefined
      })
    })
  }

  #scheduleForget(): void {
    this.#forgetTimer = this.#deps.clock.after(LATE_WORD_MS, () => {
      this.#lanes.forgetEnded()
      this.#scheduleForget()
    })
  }

  async #poll(): Promise<void> {
    let isMore = false
    try {
      if (this.#deps.lease.isAlive()) {
        if (this.#isReconcileDue()) await this.#adoptOwned()
        await this.#deps.life.refresh()
        isMore = await this.#claim()
      }
    } catch (error) {
      this.#deps.log.warn(
        { event: 'inbox.poll-failed', err: error },
        'could not look for due lines',
      )
    }
    this.#schedulePoll(isMore ? 0 : POLL_MS + Math.random() * POLL_JITTER_MS)
  }

  #isReconcileDue(): boolean {
    if (this.#reconcilePolls === 0) return this.#mustReconcile
    return --this.#reconcilePolls % RECONCILE_EVERY === 0 || this.#mustReconcile
  }

  async #claim(): Promise<boolean> {
    const room = Math.min(CLAIM_LIMIT, MAX_LANES - this.#lanes.size)
    if (room <= 0) return false
    const { store, lease, clock } = this.#deps
    const { token } = lease
    const claimed = await claimDueLines(store, token, room, clock.now())
    for (const line of claimed) this.#adopt(token, line)
    return claimed.length === room
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

  async #adoptOwned(): Promise<void> {
    this.#mustReconcile = false
    const { store, lease } = this.#deps
    const { token } = lease
    try {
      for (const line of await findOwnedLines(store, token)) this.#adopt(token, line)
    } catch (error) {
      this.#mustReconcile = true
      throw error
    }
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

  /** Repeats a settle until the store has taken it: what the portal has accepted must not be forgotten. */
  async #settle(held: HeldSettlement): Promise<SettleOutcome> {
    for (;;) {
      try {
        return await this.#settles.submit(held)
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || this.#stopping.signal.aborted) throw error
        this.#deps.log.warn(
          { event: 'inbox.settle-delayed', lineId: held.settlement.lineId },
          'the store is not reachable, the settle is repeated',
        )
        await sleep(this.#deps.clock, STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  /** What was leased under a token that is no longer ours must not be settled under the new one. */
  async #flushSettles(batch: readonly HeldSettlement[]): Promise<SettleOutcome[]> {
    const { store, lease, clock } = this.#deps
    const { token } = lease
    const { burial } = this.#options
    const ours = batch.filter((held) => held.token === token).map(({ settlement }) => settlement)
    const settled =
      ours.length > 0 ? await settleLines(store, token, ours, clock.now(), burial) : []
    let next = 0
    return batch.map((held) => (held.token === token && settled[next++]) || { kind: 'lost' })
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

interface HeldSettlement {
  /** The token the line was leased under. */
  readonly token: string
  readonly settlement: Settlement
}
