import { BoundedMap } from '../core/bounded-map.ts'
import { type Clock, sleep } from '../core/clock.ts'
import { LeaseLostError, StoreUnavailableError } from '../core/errors.ts'
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
import { DueFinder, QUEUE_PACE } from '../lease/due-finder.ts'
import { type DueSource, FairClaim } from '../lease/fair-claim.ts'
import { GroupCommitter } from '../lease/group-commit.ts'
import { SwitchedOffPortals } from '../lease/switched-off.ts'
import type { ActiveLine } from '../lines/directory.ts'
import type { AnswerRecorder } from './channel-answer.ts'
import { LineRun, type LineRunDeps } from './line-run.ts'

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
const STORE_RETRY_MS = 250
/** How long a line waits after a run that failed by a fault of the hub; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 300_000
const MAX_FAILING = 10_000

/** The sending side of the outbox: takes lines that have messages due and runs them, many lines side by side. */
export class OutboxSender {
  readonly #deps: OutboxSenderDeps
  readonly #begins: GroupCommitter<Held<SendStart>, BegunSend>
  readonly #settles: GroupCommitter<Held<SendSettlement>, boolean>
  readonly #runs = new Map<number, Run>()
  /** Runs of a line in a row that failed unexpectedly. */
  readonly #failures = new BoundedMap<number, number>(MAX_FAILING)
  readonly #stopping = new AbortController()
  #sends = new AbortController()
  readonly #finder: DueFinder<LeasedOutbox>
  readonly #off: SwitchedOffPortals

  constructor(deps: OutboxSenderDeps) {
    this.#deps = deps
    this.#off = new SwitchedOffPortals(deps.store, deps.clock)
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
    this.#finder = this.#createFinder()
    deps.lease.onSuspended(() => {
      this.#sends.abort()
      this.#sends = new AbortController()
    })
  }

  start(): void {
    this.#finder.start()
  }

  /** Looks for due lines now instead of later; `lineIds` are those for which something has been queued. */
  wake(lineIds: Iterable<number> = []): void {
    for (const lineId of lineIds) this.#runs.get(lineId)?.run?.wake()
    this.#finder.wake()
  }

  /** Begins nothing new; what is under way may end within `graceMs`, then is broken off and put back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    await this.#finder.stop()
    const timer = this.#deps.clock.after(graceMs, () => this.#sends.abort())
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
    timer.cancel()
  }

  #createFinder(): DueFinder<LeasedOutbox> {
    const { store, clock, lease, log, heldLines } = this.#deps
    const source: DueSource<LeasedOutbox> = {
      ...dueIn(store, 'outbox_line'),
      take: (token, ids, now) => claimDueOutbox(store, token, ids, now, this.#off.ids),
      findOwned: (token) => findOwnedOutbox(store, token),
    }
    return new DueFinder(
      new FairClaim(source, heldLines, clock),
      {
        room: () => heldLines.free,
        claimed: (token, leased) => this.#startNext(leased, token),
        owned: (token, leased) => {
          if (this.#runs.has(leased.lineId)) return
          // Ours already, so that it would be nobody's if there were no room for it.
          heldLines.take(leased.portalId)
          this.#start(leased, token)
        },
        beforeLook: () => this.#off.refresh(),
        failed: (error, level) =>
          log[level](
            { event: 'outbox.poll-failed', err: error },
            'could not look for due messages',
          ),
      },
      { lease, clock },
      QUEUE_PACE,
    )
  }

  /** A run lets its line go before it ends: if the line has been taken again by then, the next run waits for its end. */
  #startNext(leased: LeasedOutbox, token: string): void {
    const ending = this.#runs.get(leased.lineId)
    if (ending?.next) this.#deps.heldLines.giveBack(leased.portalId)
    if (ending) ending.next = { leased, token }
    else this.#start(leased, token)
  }

  /** The line's place in the pool has been taken; it is given back when the run has ended. */
  #start(leased: LeasedOutbox, token: string): void {
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
  async #run(leased: LeasedOutbox, token: string): Promise<void> {
    const { lineId } = leased
    let run: LineRun | undefined
    let pauseMs = 0
    try {
      const active = await this.#deps.findLine(lineId)
      if (active && this.#deps.lease.token === token) {
        run = this.#createRun(active, leased, token)
        const entry = this.#runs.get(lineId)
        if (entry) entry.run = run
        await run.run()
      }
      this.#failures.delete(lineId)
    } catch (error) {
      pauseMs = this.#pauseAfter(lineId, error)
    }
    await this.#release(leased, token, { run, pauseMs })
  }

  /** How long the line has to wait: a fault of ours must not send the same message as fast as it can. */
  #pauseAfter(lineId: number, error: unknown): number {
    const { log } = this.#deps
    const fields = { event: 'outbox.run-failed', lineId, err: error }
    if (error instanceof StoreUnavailableError || error instanceof LeaseLostError) {
      log.warn(fields, 'sending of a line was broken off')
      return 0
    }
    const failures = this.#failures.get(lineId) ?? 0
    this.#failures.set(lineId, failures + 1)
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
    log.error({ ...fields, pauseMs }, 'sending of a line failed unexpectedly')
    return pauseMs
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
      isOff: async () => {
        await this.#off.ensure()
        if (this.#off.has(active.record.portalId)) return true
        return (await this.#deps.isOutdated?.(active)) === true
      },
      begin: (start) =>
        this.#untilTaken(() => this.#begins.submit({ token, portalId, item: start })),
      findSentUnder: (...where) => this.#untilTaken(() => findSentUnder(store, ...where)),
      settle: (settlement) =>
        this.#untilTaken(() => this.#settles.submit({ token, portalId, item: settlement })),
      pause: (line, reason, field) => this.#untilTaken(() => this.#deps.pause(line, reason, field)),
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
    for (;;) {
      const notBefore = pausedUntil ?? run?.notBefore
      const rates = run ? run.rates : ratesBefore
      const options = {
        seenUpTo: run?.seenUpTo ?? 0,
        ...given({ notBefore, rates }),
      }
      try {
        return await releaseOutbox(store, token, lineId, options, clock.now())
      } catch (error) {
        log.warn(
          { event: 'outbox.release-failed', lineId, err: error },
          'a line is not released yet',
        )
        if (this.#stopping.signal.aborted) return
        await sleep(clock, STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  /** Repeats until the store has answered: what the channel has sent must not be forgotten. */
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

interface Run {
  readonly ended: Promise<void>
  run?: LineRun
  /** The line has been let go and taken again; it is run when this run has ended. */
  next?: { readonly leased: LeasedOutbox; readonly token: string }
}

/** Something of a line that was leased under `token`. */
interface Held<T> {
  readonly token: string
  readonly portalId: string
  readonly item: T
}
