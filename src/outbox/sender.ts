import type { Clock } from '../core/clock.ts'
import type { MessageStatusEvent } from '../core/event.ts'
import { given } from '../core/given.ts'
import type { Journal } from '../core/journal.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { SendMeter } from '../core/meters.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { NewEvent } from '../core/stored-event.ts'
import type { Tracer } from '../core/tracing.ts'
import { dueIn } from '../db/engine/due-lines.ts'
import type { Store } from '../db/engine/store.ts'
import {
  claimDueOutbox,
  findOwnedOutbox,
  type LeasedOutbox,
  releaseOutbox,
} from '../db/outbox/messages.ts'
import { findSentUnder } from '../db/outbox/originals.ts'
import {
  type BegunSend,
  beginSends,
  type SendSettlement,
  type SendStart,
  settleSends,
} from '../db/outbox/settle.ts'
import type { DueSource } from '../lease/fair-claim.ts'
import { GroupCommitter } from '../lease/group-commit.ts'
import { HeldRuns } from '../lease/held-runs.ts'
import { LineFaults, untilReleased, untilTaken } from '../lease/line-faults.ts'
import { SwitchedOffPortals } from '../lease/switched-off.ts'
import type { ActiveLine } from '../lines/directory.ts'
import type { AnswerRecorder } from './channel-answer.ts'
import { LineRun, type LineRunDeps } from './line-run.ts'
import { TailLooks } from './tail-looks.ts'

export interface OutboxSenderDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly journal?: Journal
  readonly meter?: SendMeter
  readonly tracer?: Tracer
  readonly lease: Lease
  /** Calls to channels under way at once. */
  readonly sends: SharedPool
  /** Lines in hand. */
  readonly heldLines: SharedPool
  findLine(lineId: number): Promise<ActiveLine | undefined>
  /** May the line's portal reach other targets than when the line was found? Then it is let go and found again. */
  isOutdated?(active: ActiveLine): Promise<boolean>
  /** A status as the line's portal will read it. */
  render(event: MessageStatusEvent, active: ActiveLine): NewEvent
  readonly answers?: AnswerRecorder
  /** The channel refuses the line's credentials: stops its sending until a person has acted. */
  pause(active: ActiveLine, reason: string, field?: string): Promise<void>
  /** Statuses for portals have been committed to the inbox. */
  wakeInbox(): void
  /** Statuses of messages on these lines are there for the communications. */
  onFollowed?(lineIds: ReadonlySet<number>): void
}

const MAX_GROUP = 200
const FAULT_WORDS = {
  event: 'outbox.run-failed',
  brokenOff: 'sending of a line was broken off',
  failed: 'sending of a line failed unexpectedly',
}

/** The sending side of the outbox: takes lines that have messages due and runs them, many lines side by side. */
export class OutboxSender {
  readonly #deps: OutboxSenderDeps
  readonly #begins: GroupCommitter<Held<SendStart>, BegunSend>
  readonly #settles: GroupCommitter<Held<SendSettlement>, boolean>
  readonly #runs: HeldRuns<LeasedOutbox, LineRun>
  readonly #faults: LineFaults
  readonly #tails: TailLooks
  readonly #stopping = new AbortController()
  #sends = new AbortController()
  readonly #off: SwitchedOffPortals
  readonly #startedAt: number

  constructor(deps: OutboxSenderDeps) {
    this.#deps = deps
    this.#startedAt = deps.clock.now()
    this.#off = new SwitchedOffPortals(deps.store, deps.clock)
    this.#tails = new TailLooks(deps.store)
    // What waits is bounded by the places of sends and of lines in hand.
    const group = {
      maxItems: MAX_GROUP,
      gather: () => deps.store.letOthersIn(),
      locks: deps.store.locks,
      clock: deps.clock,
    }
    this.#begins = new GroupCommitter((batch) => this.#flushBegins(batch), {
      ...group,
      share: {
        ownersOf: ({ portalId, item }) => [{ tenant: portalId, part: item.message.lineId }],
      },
      keysOf: ({ item }) => [item.message.lineId],
      rows: 'outbox_line',
    })
    this.#settles = new GroupCommitter((batch) => this.#flushSettles(batch), {
      ...group,
      share: { ownersOf: ({ portalId, item }) => [{ tenant: portalId, part: item.lineId }] },
      keysOf: ({ item }) => [item.lineId],
      rows: 'outbox_and_inbox',
    })
    this.#faults = new LineFaults(deps.log, FAULT_WORDS)
    this.#runs = this.#createRuns()
    deps.lease.onSuspended(() => {
      this.#sends.abort()
      this.#sends = new AbortController()
    })
  }

  start(): void {
    this.#runs.start()
  }

  /** Looks for due lines now instead of later; `lineIds` are those for which something has been queued. */
  wake(lineIds: Iterable<number> = []): void {
    this.#runs.wake(lineIds)
  }

  /** Another process has queued something for these lines. */
  wakeHeld(lineIds: Iterable<number>): void {
    this.#runs.wakeHeld(lineIds)
  }

  /** Begins nothing new; what is under way may end within `graceMs`, then is broken off and put back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    await this.#runs.stop()
    const timer = this.#deps.clock.after(graceMs, () => this.#sends.abort())
    await this.#runs.ended()
    timer.cancel()
  }

  /** Nothing new is waited for once the sending stops. */
  get #patience() {
    return { clock: this.#deps.clock, signal: this.#stopping.signal }
  }

  #createRuns(): HeldRuns<LeasedOutbox, LineRun> {
    const { store, clock, lease, log, heldLines } = this.#deps
    const source: DueSource<LeasedOutbox> = {
      ...dueIn(store, 'outbox_line'),
      take: (token, ids, now) => claimDueOutbox(store, token, ids, now, this.#off.ids),
      findOwned: (token) => findOwnedOutbox(store, token),
    }
    return new HeldRuns({
      ...{ source, pool: heldLines, lease, clock },
      beforeLook: () => this.#off.refresh(),
      failed: (error, level) =>
        log[level]({ event: 'outbox.poll-failed', err: error }, 'could not look for due messages'),
      work: (leased, token, note) => this.#run(leased, token, note),
    })
  }

  /** Never rejects. */
  async #run(leased: LeasedOutbox, token: string, note: (run: LineRun) => void): Promise<void> {
    const { lineId } = leased
    let run: LineRun | undefined
    let pauseMs = 0
    try {
      const active = await this.#deps.findLine(lineId)
      if (active && this.#deps.lease.token === token) {
        run = this.#createRun(active, leased, token)
        note(run)
        await run.run()
      }
      this.#faults.passed(lineId)
    } catch (error) {
      pauseMs = this.#faults.pauseAfter(lineId, error)
    }
    await this.#release(leased, token, { run, pauseMs })
  }

  #createRun(active: ActiveLine, leased: LeasedOutbox, token: string): LineRun {
    const { store, clock, log, journal, meter, tracer, render, sends, answers } = this.#deps
    const { portalId } = leased
    const deps: LineRunDeps = {
      store,
      clock,
      log,
      ...given({ journal, meter, tracer, answers }),
      render,
      sends,
      startedAt: this.#startedAt,
      tailOf: (lineId) => this.#tails.tailOf(lineId),
      isOff: async () => {
        await this.#off.ensure()
        if (this.#off.has(active.record.portalId)) return true
        return (await this.#deps.isOutdated?.(active)) === true
      },
      begin: (start) =>
        untilTaken(this.#patience, () => this.#begins.submit({ token, portalId, item: start })),
      findSentUnder: (...where) => untilTaken(this.#patience, () => findSentUnder(store, ...where)),
      settle: (settlement) =>
        untilTaken(this.#patience, () =>
          this.#settles.submit({ token, portalId, item: settlement }),
        ),
      pause: (line, reason, field) =>
        untilTaken(this.#patience, () => this.#deps.pause(line, reason, field)),
    }
    const signals = { stop: this.#stopping.signal, breakOff: this.#sends.signal }
    return new LineRun(deps, active, leased, signals)
  }

  /** Repeats until the store has taken it: as long as this process lives nobody else can send for a line that isn't released. */
  async #release(
    { lineId, rates: ratesBefore }: LeasedOutbox,
    token: string,
    { run, pauseMs }: { readonly run: LineRun | undefined; readonly pauseMs: number },
  ): Promise<void> {
    const { store, clock, log } = this.#deps
    const pausedUntil = pauseMs > 0 ? clock.now() + pauseMs : undefined
    const release = (): Promise<void> => {
      const notBefore = pausedUntil ?? run?.notBefore
      const rates = run ? run.rates : ratesBefore
      const options = { seenUpTo: run?.seenUpTo ?? 0, ...given({ notBefore, rates }) }
      return releaseOutbox(store, token, lineId, options, clock.now())
    }
    await untilReleased(this.#patience, release, (error) =>
      log.warn(
        { event: 'outbox.release-failed', lineId, err: error },
        'a line is not released yet',
      ),
    )
  }

  #flushBegins(batch: readonly Held<SendStart>[]): Promise<BegunSend[]> {
    const { store, clock } = this.#deps
    return this.#flush(batch, { isOurs: false }, (token, starts) =>
      beginSends(store, token, starts, clock.now()),
    )
  }

  async #flushSettles(batch: readonly Held<SendSettlement>[]): Promise<boolean[]> {
    const { store, clock } = this.#deps
    const settled = await this.#flush(batch, false, async (token, settlements) => {
      const { isOurs, followed } = await settleSends(store, token, settlements, clock.now())
      if (followed.size > 0) this.#deps.onFollowed?.(followed)
      return isOurs
    })
    if (batch.some(({ item }) => item.status)) this.#deps.wakeInbox()
    return settled
  }

  /** What is held under a token that is no longer ours is lost: others send for those lines now. */
  async #flush<T, R>(
    batch: readonly Held<T>[],
    ifLost: R,
    write: (token: string, items: readonly T[]) => Promise<readonly R[]>,
  ): Promise<R[]> {
    const { token } = this.#deps.lease
    const ours = batch.filter((held) => held.token === token).map(({ item }) => item)
    const written = ours.length > 0 ? await write(token, ours) : []
    let next = 0
    return batch.map((held) => (held.token === token ? (written[next++] ?? ifLost) : ifLost))
  }
}

/** Something of a line that was leased under `token`. */
interface Held<T> {
  readonly token: string
  readonly portalId: string
  readonly item: T
}
