import { BoundedMap } from '../../core/bounded-map.ts'
import { type Clock, sleep } from '../../core/clock.ts'
import { LeaseLostError, StoreUnavailableError } from '../../core/errors.ts'
import { type Journal, NO_JOURNAL } from '../../core/journal.ts'
import type { Lease } from '../../core/lease.ts'
import type { Log } from '../../core/log.ts'
import { PORTAL_DEFAULTS } from '../../core/portal.ts'
import type { SharedPool } from '../../core/shared-pool.ts'
import { commitPlans, type LinePlan, type PlanOutcome } from '../../db/communications/commit.ts'
import {
  claimDueComm,
  findOwnedComm,
  type LeasedComm,
  readTurn,
  releaseComm,
} from '../../db/communications/lines.ts'
import { dueIn } from '../../db/engine/due-lines.ts'
import type { Store } from '../../db/engine/store.ts'
import { DueFinder, QUEUE_PACE } from '../../lease/due-finder.ts'
import { type DueSource, FairClaim } from '../../lease/fair-claim.ts'
import { GroupCommitter } from '../../lease/group-commit.ts'
import { SwitchedOffPortals } from '../../lease/switched-off.ts'
import type { ActiveLine } from '../../lines/directory.ts'
import { LineRun, type LineRunParts } from './line-run.ts'

export interface EngineDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly journal?: Journal
  readonly lease: Lease
  /** Lines in hand. */
  readonly heldLines: SharedPool
  findLine(lineId: number): Promise<ActiveLine | undefined>
  /** Messages were queued for these lines. */
  wakeOutbox(lineIds: ReadonlySet<number>): void
  /** Something for portals was put into the inbox. */
  wakeInbox(): void
  /** What works on a line that is held. */
  readonly parts: LineRunParts
}

const MAX_PLANS = 100
const MAX_PLAN_BYTES = 4 * 1024 * 1024
const STORE_RETRY_MS = 250
/** How long a line waits after a run that failed by a fault of the hub; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 300_000
const MAX_FAILING = 10_000

/** Takes lines whose communications have something to do, and works on many of them side by side. */
export class CommEngine {
  readonly #deps: EngineDeps
  readonly #commits: GroupCommitter<PortalPlan, PlanOutcome>
  readonly #runs = new Map<number, Run>()
  readonly #failures = new BoundedMap<number, number>(MAX_FAILING)
  readonly #stopping = new AbortController()
  #isStopping = false
  readonly #finder: DueFinder<LeasedComm>
  readonly #off: SwitchedOffPortals

  constructor(deps: EngineDeps) {
    this.#deps = deps
    const { store, clock } = deps
    this.#off = new SwitchedOffPortals(store, clock)
    this.#commits = new GroupCommitter((plans) => this.#flush(plans), {
      maxItems: MAX_PLANS,
      maxSize: MAX_PLAN_BYTES,
      sizeOf: ({ messages, events }) =>
        messages.reduce((sum, { message }) => sum + message.payload.length, 0) +
        events.reduce((sum, { payload }) => sum + payload.length, 0),
      share: { ownersOf: ({ portalId, lineId }) => [{ tenant: portalId, part: lineId }] },
      gather: () => store.letOthersIn(),
      keysOf: ({ lineId }) => [lineId],
      rows: 'comm_line',
      locks: store.locks,
      clock,
    })
    this.#finder = this.#createFinder()
  }

  start(): void {
    this.#finder.start()
  }

  /** Looks for work now instead of later; `lineIds` are those that something has happened on. */
  wake(lineIds: Iterable<number> = []): void {
    for (const lineId of lineIds) this.#runs.get(lineId)?.run?.wake()
    this.#finder.wake()
  }

  /** A commit's outcome is unknown: lines may be ours that this process does not have in hand. */
  reconcile(): void {
    this.#finder.reconcile()
  }

  /** Begins nothing new, breaks off calls that are under way after `graceMs`, and lets all lines go. */
  async stop(graceMs: number): Promise<void> {
    await this.#finder.stop()
    this.#isStopping = true
    for (const { run } of this.#runs.values()) run?.end()
    const timer = this.#deps.clock.after(graceMs, () => this.#stopping.abort())
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
    timer.cancel()
    this.#stopping.abort()
  }

  #createFinder(): DueFinder<LeasedComm> {
    const { store, clock, lease, log, heldLines } = this.#deps
    const source: DueSource<LeasedComm> = {
      ...dueIn(store, 'comm_line'),
      take: (token, ids, now) => claimDueComm(store, token, ids, now, this.#off.ids),
      findOwned: (token) => findOwnedComm(store, token),
    }
    return new DueFinder(
      new FairClaim(source, heldLines, clock),
      {
        room: () => heldLines.free,
        claimed: (token, leased) => this.#startNext(leased, token),
        owned: (token, leased) => {
          if (this.#runs.has(leased.lineId)) return
          heldLines.take(leased.portalId)
          this.#start(leased, token)
        },
        beforeLook: () => this.#off.refresh(),
        failed: (error, level) =>
          log[level](
            { event: 'communications.poll-failed', err: error },
            'could not look for due communications',
          ),
      },
      { lease, clock },
      QUEUE_PACE,
    )
  }

  /** A run lets its line go before it ends: if the line has been taken again by then, the next run waits for its end. */
  #startNext(leased: LeasedComm, token: string): void {
    const ending = this.#runs.get(leased.lineId)
    if (ending?.next) this.#deps.heldLines.giveBack(leased.portalId)
    if (ending) ending.next = { leased, token }
    else this.#start(leased, token)
  }

  #start(leased: LeasedComm, token: string): void {
    const { lineId, portalId } = leased
    const entry: Run = {
      ended: this.#run(leased, token).then(() => {
        this.#runs.delete(lineId)
        this.#deps.heldLines.giveBack(portalId)
        if (entry.next) this.#start(entry.next.leased, entry.next.token)
        else this.wake()
        return this.#runs.get(lineId)?.ended
      }),
    }
    this.#runs.set(lineId, entry)
  }

  /** Never rejects. */
  async #run(leased: LeasedComm, token: string): Promise<void> {
    const { lineId, portalId } = leased
    const { clock, findLine, parts, lease } = this.#deps
    let notBefore: number | undefined
    let dialogIdleMs = PORTAL_DEFAULTS.dialogIdleMs
    try {
      const active = await findLine(lineId)
      if (active && lease.token === token) {
        dialogIdleMs = active.portal.dialogIdleMs ?? dialogIdleMs
        const run = new LineRun(parts, {
          ...{ active, token, clock },
          signal: this.#stopping.signal,
          isOurs: () => lease.isAlive() && lease.token === token,
          readTurn: () => readTurn(this.#deps.store, lineId),
          commit: (plan) =>
            this.#untilTaken(() => this.#commits.submit({ ...plan, lineId, token, portalId })),
        })
        const entry = this.#runs.get(lineId)
        if (entry) entry.run = run
        // Its line was still being looked up when the others were told to end.
        if (this.#isStopping) run.end()
        notBefore = await run.run()
      }
      this.#failures.delete(lineId)
    } catch (error) {
      notBefore = clock.now() + this.#pauseAfter(lineId, error)
    }
    await this.#release({ token, lineId, dialogIdleMs, ...(notBefore ? { notBefore } : {}) })
  }

  /** How long the line has to wait: a fault of ours must not be repeated as fast as it can. */
  #pauseAfter(lineId: number, error: unknown): number {
    const { log } = this.#deps
    const fields = { event: 'communications.run-failed', lineId, err: error }
    if (error instanceof StoreUnavailableError || error instanceof LeaseLostError) {
      log.warn(fields, 'the communications of a line were broken off')
      return 0
    }
    const failures = this.#failures.get(lineId) ?? 0
    this.#failures.set(lineId, failures + 1)
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
    log.error({ ...fields, pauseMs }, 'the communications of a line failed unexpectedly')
    return pauseMs
  }

  /** Repeats until the store has taken it: as long as this process lives nobody else can work on a line that isn't released. */
  async #release(release: Parameters<typeof releaseComm>[1]): Promise<void> {
    const { store, clock, log } = this.#deps
    for (;;) {
      try {
        return await releaseComm(store, release, clock.now())
      } catch (error) {
        const { lineId } = release
        log.warn(
          { event: 'communications.release-failed', lineId, err: error },
          'a line is not released yet',
        )
        if (this.#stopping.signal.aborted) return
        await sleep(clock, STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  /** Repeats until the store has answered. */
  async #untilTaken<T>(submit: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await submit()
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || this.#stopping.signal.aborted) throw error
        await sleep(this.#deps.clock, STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  async #flush(plans: readonly PortalPlan[]): Promise<PlanOutcome[]> {
    const { store, clock, wakeInbox, wakeOutbox } = this.#deps
    const outcomes = await commitPlans(store, plans, clock.now())
    plans.forEach((plan, index) => {
      const outcome = outcomes[index]
      if (outcome?.kind === 'done') this.#note(plan, outcome.seqs)
    })
    const done = plans.filter((_, index) => outcomes[index]?.kind === 'done')
    const sending = new Set(
      done.filter(({ messages }) => messages.length > 0).map(({ lineId }) => lineId),
    )
    if (sending.size > 0) wakeOutbox(sending)
    if (done.some(({ events }) => events.length > 0)) wakeInbox()
    return outcomes
  }

  #note({ lineId, messages, portalId }: PortalPlan, seqs: readonly number[]): void {
    const { journal = NO_JOURNAL } = this.#deps
    messages.forEach(({ message: { chatId: chat } }, index) => {
      const out = seqs[index]
      if (out !== undefined) journal.note({ lineId, portalId }, { kind: 'queued', out, chat })
    })
  }
}

type PortalPlan = LinePlan & { readonly portalId: string }

interface Run {
  readonly ended: Promise<void>
  run?: LineRun
  /** The line has been let go and taken again; it is run when this run has ended. */
  next?: { readonly leased: LeasedComm; readonly token: string }
}
