import { sleep, type Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import { type LeasedLine, type StoredEvent, UNLOCKED } from '../core/inbox.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import { dueIn } from '../db/engine/due-lines.ts'
import { claimDueLines, findOwnedLines, releaseLines, returnLeases } from '../db/inbox/leases.ts'
import type { Burial } from '../db/inbox/settle.ts'
import { DueFinder, QUEUE_PACE } from '../lease/due-finder.ts'
import { type DueSource, FairClaim } from '../lease/fair-claim.ts'
import { GroupCommitter } from '../lease/group-commit.ts'
import { SwitchedOffPortals } from '../lease/switched-off.ts'
import { HeldLine, type PacketLimits } from './held-line.ts'
import { HeldLines } from './held-lines.ts'
import { type InboxDeps, LineRunner, type StepResult } from './line-runner.ts'
import type { LockoutPlan } from './lockout.ts'
import { Settler } from './settler.ts'

export interface DispatcherOptions {
  readonly limits: PacketLimits
  readonly ladderMs: readonly number[]
  readonly burial: Burial
  /** Packets under way at once. */
  readonly packets: SharedPool
  /** Lines in hand. Beyond a portal's share its lines are left in the store: to other processes, or to later. */
  readonly heldLines: SharedPool
  /** How often a line may post a packet that isn't full, in milliseconds: longer while the process is short of time. */
  paceMs(): number
  /** Failed attempts at a line's portal have become more or fewer. Called on the way of a message: costs nothing. */
  lockoutMoved?(lineId: number, from: number, to: number): void
}

/** One line's events that a writer has just committed. */
export interface CommittedEvents {
  readonly lineId: number
  readonly portalId: string
  readonly previousTail: number
  readonly events: readonly StoredEvent[]
  /** The lease that was made in the same commit, if any. It was made for `token`; another one may be in force by now. */
  readonly lease?: { readonly token: string; readonly number: number }
  readonly holder: { readonly owner: string | null; readonly lease: number }
  readonly replays: number
  readonly purgeUntil: number
}

const STORE_RETRY_MS = 250
/** Of a line whose steps fail by a fault of the hub: its portal must not get the same packet four times a second. */
const LONGEST_PAUSE_MS = 60_000
const MAX_RETURNED = 500
/** No commit that made a lease is reported later than that: the store gives up a statement after 20 s. */
const LATEST_REPORT_MS = 30_000

/**
 * The delivery side of the inbox: takes lines that have work, delivers their packets in order, settles. Each line it holds
 * takes one step at a time, and every step waits for its turn among the packets of all portals.
 */
export class Dispatcher {
  readonly #deps: InboxDeps
  readonly #options: DispatcherOptions
  readonly #lines: HeldLines
  readonly #runner: LineRunner
  readonly #settler: Settler
  readonly #finder: DueFinder<LeasedLine>
  readonly #off: SwitchedOffPortals
  readonly #returns: GroupCommitter<HeldLine, undefined>
  readonly #stopping = new AbortController()
  #deliveries = new AbortController()
  #forgetTimer: Timer | undefined
  readonly #pauses = new Set<Timer>()
  #idle: (() => void) | undefined

  constructor(deps: InboxDeps, options: DispatcherOptions) {
    this.#deps = deps
    this.#options = options
    this.#off = new SwitchedOffPortals(deps.store, deps.clock)
    this.#lines = new HeldLines(options.heldLines)
    this.#settler = new Settler(deps, this.#stopping.signal)
    const plan: LockoutPlan = { ladderMs: options.ladderMs, maxEvents: options.limits.maxEvents }
    this.#runner = new LineRunner({
      ...deps,
      plan,
      limits: options.limits,
      burial: options.burial,
      settle: (token, settlement) => this.#settler.settle(token, settlement),
    })
    this.#finder = this.#createFinder()
    this.#returns = new GroupCommitter((lines) => this.#return(lines), {
      maxItems: MAX_RETURNED,
      share: { ownersOf: ({ portalId, lineId }) => [{ tenant: portalId, part: lineId }] },
      gather: () => deps.store.letOthersIn(),
      keysOf: ({ lineId }) => [lineId],
      rows: 'inbox_line',
      locks: deps.store.locks,
      clock: deps.clock,
    })
    deps.lease.onSuspended(() => this.#breakOff())
    deps.lease.onLost(() => this.#lines.clear())
  }

  #createFinder(): DueFinder<LeasedLine> {
    const { store, clock, lease, life, log } = this.#deps
    const { heldLines } = this.#options
    const source: DueSource<LeasedLine> = {
      ...dueIn(store, 'inbox_line'),
      take: (token, ids, now) => claimDueLines(store, token, ids, now, this.#off.ids),
      findOwned: (token) => findOwnedLines(store, token),
    }
    return new DueFinder(
      new FairClaim(source, heldLines, clock),
      {
        room: () => heldLines.free,
        claimed: (token, line) => {
          if (!this.#adopt(token, line)) heldLines.giveBack(line.portalId)
        },
        owned: (token, line) => {
          // Ours already, so that it would be nobody's if there were no room for it.
          heldLines.take(line.portalId)
          if (!this.#adopt(token, line)) heldLines.giveBack(line.portalId)
        },
        beforeLook: async () => {
          await this.#off.refresh()
          await life.refresh()
        },
        failed: (error, level) =>
          log[level]({ event: 'inbox.poll-failed', err: error }, 'could not look for due lines'),
      },
      { lease, clock },
      QUEUE_PACE,
    )
  }

  start(): void {
    this.#finder.start()
    this.#scheduleForget()
  }

  /** Whether a writer may lease an idle line to this process while it commits. */
  get claimToken(): string | undefined {
    const { lease } = this.#deps
    const isOpen =
      !this.#stopping.signal.aborted && this.#options.heldLines.free > 0 && lease.isAlive()
    return isOpen ? lease.token : undefined
  }

  /** A writer has committed events: those of lines that this process holds are taken over from memory. */
  committed(batch: CommittedEvents): void {
    const { lineId, lease } = batch
    // Made for a token that is lost: the line is not ours.
    const isOurs = lease?.token === this.#deps.lease.token
    if (lease && isOurs && this.#lines.isNewLease(lineId, lease.number)) {
      const line = this.#freshLine(batch, lease)
      if (this.#options.heldLines.tryTake(batch.portalId)) this.#begin(line)
      else void this.#decline(line)
      return
    }
    const line = this.#lines.find(lineId)
    line?.noticeHolder(batch.holder)
    // With these events behind it a settle would find nothing that the line doesn't know of.
    line?.noticeReplays(batch.replays, batch.purgeUntil)
    line?.append(batch.previousTail, batch.events)
  }

  /** Looks for due lines now instead of later. */
  wake(): void {
    this.#finder.wake()
  }

  /** A commit's outcome is unknown: lines may be ours in the store that this process does not have in hand. */
  reconcile(): void {
    this.#finder.reconcile()
  }

  /** Stops: nothing new is begun; what is under way may end within `graceMs`, then is broken off and given back uncounted. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#forgetTimer?.cancel()
    for (const timer of this.#pauses) timer.cancel()
    await this.#finder.stop()
    if (this.#lines.isBusy) {
      const timer = this.#deps.clock.after(graceMs, () => this.#deliveries.abort())
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
      timer.cancel()
    }
    await this.#settler.settled()
    await this.#returns.settled()
    const { store, lease, clock } = this.#deps
    await releaseLines(store, lease.token, this.#lines.lineIds(), clock.now())
    this.#lines.clear()
  }

  #scheduleForget(): void {
    this.#forgetTimer = this.#deps.clock.after(LATEST_REPORT_MS, () => {
      this.#lines.forgetEnded()
      this.#scheduleForget()
    })
  }

  /** The line was idle: nothing waits before these events. */
  #freshLine(
    { lineId, portalId, previousTail: tail, purgeUntil, replays, events }: CommittedEvents,
    lease: { readonly token: string; readonly number: number },
  ): HeldLine {
    const leased = { lineId, portalId, lease: lease.number, tail, purgeUntil, replays }
    const { limits } = this.#options
    const line = new HeldLine(lease.token, { ...leased, lockout: UNLOCKED }, tail, limits)
    line.append(tail, events)
    return line
  }

  /** `token` is the one the store was asked with. False if the line isn't taken up; if it is, its place goes with it. */
  #adopt(token: string, line: LeasedLine): boolean {
    if (token !== this.#deps.lease.token) return false
    if (!this.#lines.isNewLease(line.lineId, line.lease)) return false
    this.#begin(new HeldLine(token, line, line.purgeUntil, this.#options.limits))
    return true
  }

  /** What a writer has leased beyond its portal's share waits in the store like the portal's other lines. Never rejects. */
  async #decline(line: HeldLine): Promise<void> {
    this.#lines.decline(line)
    while (!this.#stopping.signal.aborted) {
      try {
        return await this.#returns.submit(line)
      } catch (error) {
        const fields = { event: 'inbox.return-failed', lineId: line.lineId, err: error }
        this.#deps.log.debug(fields, 'a line is not given back yet')
        await sleep(this.#deps.clock, STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  async #return(lines: readonly HeldLine[]): Promise<undefined[]> {
    const { store, lease, clock } = this.#deps
    const ours = lines.filter(({ token }) => token === lease.token)
    await returnLeases(store, lease.token, ours, clock.now())
    return lines.map(() => undefined)
  }

  #begin(line: HeldLine): void {
    if (this.#lines.take(line)) this.#run(line)
  }

  #run(line: HeldLine): void {
    if (this.#stopping.signal.aborted) return
    const pauseMs = this.#pauseBefore(line)
    if (pauseMs > 0) {
      const timer = this.#deps.clock.after(pauseMs, () => {
        this.#pauses.delete(timer)
        this.#queue(line)
      })
      this.#pauses.add(timer)
    } else {
      this.#queue(line)
    }
  }

  #pauseBefore(line: HeldLine): number {
    if (line.failures > 0) return Math.min(STORE_RETRY_MS * 2 ** line.failures, LONGEST_PAUSE_MS)
    const { limits, paceMs } = this.#options
    if (!line.canGrow(limits)) return 0
    const sinceMs = this.#deps.clock.now() - line.lastPacketAt
    // A clock that was set back must not hold it up.
    return sinceMs < 0 ? 0 : Math.max(0, paceMs() - sinceMs)
  }

  #queue(line: HeldLine): void {
    if (this.#stopping.signal.aborted) return
    line.isBusy = true
    this.#options.packets.enqueue(line.portalId, line.lineId, () => void this.#take(line))
  }

  /** Takes the line's next step, whose turn it is. Never rejects. */
  async #take(line: HeldLine): Promise<void> {
    const before = line.lockout.attempt
    const next = this.#lines.isCurrent(line) ? await this.#step(line) : 'gone'
    const { attempt } = line.lockout
    if (attempt !== before) this.#options.lockoutMoved?.(line.lineId, before, attempt)
    line.isBusy = false
    this.#options.packets.giveBack(line.portalId, line.lineId)
    if (next === 'again' && this.#lines.isCurrent(line)) this.#run(line)
    else this.#end(line)
    this.#announceIdle()
  }

  #end(line: HeldLine): void {
    const successor = this.#lines.end(line)
    if (successor) this.#run(successor)
  }

  /** One packet of a line. Never rejects. */
  async #step(line: HeldLine): Promise<StepResult> {
    if (!this.#deps.lease.isAlive()) return await this.#waitForStore()
    try {
      await this.#off.ensure()
      // Asking may have taken long.
      if (!this.#lines.isCurrent(line)) return 'gone'
      if (this.#off.has(line.portalId)) return await this.#runner.putOff(line)
      const result = await this.#runner.step(line, this.#deliveries.signal)
      line.failures = 0
      return result
    } catch (error) {
      const { lineId } = line
      const name = given({ line: this.#deps.portals.lineName?.(lineId) })
      const fields = { event: 'inbox.step-failed', lineId, ...name, err: error }
      if (error instanceof StoreUnavailableError) {
        this.#deps.log.warn(fields, 'the store is not reachable, the line waits')
        return await this.#waitForStore()
      }
      this.#deps.log.error(fields, 'a delivery step failed unexpectedly')
      line.failures += 1
      return 'again'
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
    if (!this.#idle || this.#lines.isBusy) return
    this.#idle()
    this.#idle = undefined
  }
}
