import type { Clock } from '../../core/clock.ts'
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
import type { DueSource } from '../../lease/fair-claim.ts'
import { GroupCommitter } from '../../lease/group-commit.ts'
import { HeldRuns } from '../../lease/held-runs.ts'
import { LineFaults, untilReleased, untilTaken } from '../../lease/line-faults.ts'
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
const FAULT_WORDS = {
  event: 'communications.run-failed',
  brokenOff: 'the communications of a line were broken off',
  failed: 'the communications of a line failed unexpectedly',
}

/** Takes lines whose communications have something to do, and works on many of them side by side. */
export class CommEngine {
  readonly #deps: EngineDeps
  readonly #commits: GroupCommitter<PortalPlan, PlanOutcome>
  readonly #runs: HeldRuns<LeasedComm, LineRun>
  readonly #faults: LineFaults
  readonly #stopping = new AbortController()
  #isStopping = false
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
    this.#faults = new LineFaults(deps.log, FAULT_WORDS)
    this.#runs = this.#createRuns()
  }

  start(): void {
    this.#runs.start()
  }

  /** Looks for work now instead of later; `lineIds` are those that something has happened on. */
  wake(lineIds: Iterable<number> = []): void {
    this.#runs.wake(lineIds)
  }

  /** A commit's outcome is unknown: lines may be ours that this process does not have in hand. */
  reconcile(): void {
    this.#runs.reconcile()
  }

  /** Begins nothing new, breaks off calls that are under way after `graceMs`, and lets all lines go. */
  async stop(graceMs: number): Promise<void> {
    await this.#runs.stop()
    this.#isStopping = true
    for (const run of this.#runs.running) run.end()
    const timer = this.#deps.clock.after(graceMs, () => this.#stopping.abort())
    await this.#runs.ended()
    timer.cancel()
    this.#stopping.abort()
  }

  /** The store is waited for until the calls under way are broken off. */
  get #patience() {
    return { clock: this.#deps.clock, signal: this.#stopping.signal }
  }

  #createRuns(): HeldRuns<LeasedComm, LineRun> {
    const { store, clock, lease, log, heldLines } = this.#deps
    const source: DueSource<LeasedComm> = {
      ...dueIn(store, 'comm_line'),
      take: (token, ids, now) => claimDueComm(store, token, ids, now, this.#off.ids),
      findOwned: (token) => findOwnedComm(store, token),
    }
    return new HeldRuns({
      ...{ source, pool: heldLines, lease, clock },
      beforeLook: () => this.#off.refresh(),
      failed: (error, level) =>
        log[level](
          { event: 'communications.poll-failed', err: error },
          'could not look for due communications',
        ),
      work: (leased, token, note) => this.#run(leased, token, note),
    })
  }

  /** Never rejects. */
  async #run(leased: LeasedComm, token: string, note: (run: LineRun) => void): Promise<void> {
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
            untilTaken(this.#patience, () =>
              this.#commits.submit({ ...plan, lineId, token, portalId }),
            ),
        })
        note(run)
        // Its line was still being looked up when the others were told to end.
        if (this.#isStopping) run.end()
        notBefore = await run.run()
      }
      this.#faults.passed(lineId)
    } catch (error) {
      notBefore = clock.now() + this.#faults.pauseAfter(lineId, error)
    }
    await this.#release({ token, lineId, dialogIdleMs, ...(notBefore ? { notBefore } : {}) })
  }

  async #release(release: Parameters<typeof releaseComm>[1]): Promise<void> {
    const { store, clock, log } = this.#deps
    const { lineId } = release
    await untilReleased(
      this.#patience,
      () => releaseComm(store, release, clock.now()),
      (error) =>
        log.warn(
          { event: 'communications.release-failed', lineId, err: error },
          'a line is not released yet',
        ),
    )
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
