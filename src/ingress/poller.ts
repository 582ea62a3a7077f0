import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import type { Connector, PollContext } from '../core/connector.ts'
import { BadUpdateError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { PolledLine, PollLineRepository } from '../db/lines/poll-lines.ts'
import { DueFinder, type FinderHooks, POLL_PACE } from '../lease/due-finder.ts'
import { FairClaim } from '../lease/fair-claim.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { type CommitDeps, commitUpdates, logUnreadable } from './commit.ts'
import { readUpdate } from './read-update.ts'
import type { SeenUpdate, Traffic } from './traffic.ts'
import { Turns } from './turns.ts'

export interface PollerDeps extends CommitDeps {
  readonly clock: Clock
  readonly log: Log
  readonly lease: Lease
  readonly pollLines: PollLineRepository
  /** Polls under way at once. */
  readonly polls: SharedPool
  findLine(lineId: number): Promise<ActiveLine | undefined>
  readonly health: PollHealth
  /** Is shown the updates of traced lines. */
  readonly traffic?: Traffic
}

/** Whoever keeps the health of lines; both cost a look into memory. */
export interface PollHealth {
  pollWorks(lineId: number): void
  pollFailed(active: ActiveLine, error: unknown): void
}

type PolledUpdates = Awaited<ReturnType<NonNullable<Connector['poll']>>>

/** Characters of the column; channels' positions are numbers. */
const MAX_POSITION = 255
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
const MAX_FAILING = 50_000
/** A line's turn while others wait for theirs, and how long its channel may then wait for something to happen. */
const TURN_MS = 2000
/** Lines that are looked for although nothing is free, so that it is noticed that they wait. */
const LOOKED_FOR_WHEN_FULL = 20

/**
 * Fetches the updates of lines that poll instead of having a webhook: one poller per line in the whole hub, held by the
 * process's lease. How far a line is moves on only after its updates are committed, so that a crash repeats them
 * rather than losing them; the repeats are duplicates by their keys.
 *
 * A line is polled without a pause as long as no other waits for its place. Otherwise it has its turn and goes to the end of
 * the queue in the store, where the next process with room finds it. One that fails gives its place up until its next try.
 */
export class Poller {
  readonly #deps: PollerDeps
  readonly #running = new Map<number, Promise<void>>()
  readonly #stopping = new AbortController()
  #calls = new AbortController()
  readonly #finder: DueFinder<PolledLine>
  readonly #claims: FairClaim<PolledLine>
  /** How often in a row a line has failed. */
  readonly #failures = new BoundedMap<number, number>(MAX_FAILING)

  constructor(deps: PollerDeps) {
    this.#deps = deps
    const { lease, clock, log, polls } = deps
    this.#claims = new FairClaim(deps.pollLines, polls, clock)
    const hooks: FinderHooks<PolledLine> = {
      room: () => Math.max(polls.free, LOOKED_FOR_WHEN_FULL),
      claimed: (token, line) => this.#start(token, line),
      owned: (token, line) => {
        if (this.#running.has(line.lineId)) return
        // Ours already, so that it would be nobody's if there were no room for it.
        polls.take(line.portalId)
        this.#start(token, line)
      },
      failed: (error, level) =>
        log[level]({ event: 'poll.claim-failed', err: error }, 'could not look for lines to poll'),
    }
    this.#finder = new DueFinder(this.#claims, hooks, { lease, clock }, POLL_PACE)
    deps.lease.onSuspended(() => {
      this.#calls.abort()
      this.#calls = new AbortController()
    })
  }

  start(): void {
    this.#finder.start()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#calls.abort()
    await this.#finder.stop()
    await Promise.all(this.#running.values())
  }

  /** A line that was taken away and is ours again: the poll that is under way ends first. Its place has been taken. */
  #start(token: string, line: PolledLine): void {
    const { lineId, portalId } = line
    const before = this.#running.get(lineId) ?? Promise.resolve()
    const run = before
      .then(() => this.#run(token, line))
      .finally(() => {
        this.#deps.polls.giveBack(portalId)
        if (this.#running.get(lineId) === run) this.#running.delete(lineId)
      })
    this.#running.set(lineId, run)
  }

  /** A line's turn. Never rejects. */
  async #run(token: string, line: PolledLine): Promise<void> {
    const { clock, log, pollLines } = this.#deps
    const { lineId } = line
    let pauseMs = 0
    try {
      await this.#turn(token, line)
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        const failures = (this.#failures.get(lineId) ?? 0) + 1
        this.#failures.set(lineId, failures)
        log.warn(
          { event: 'poll.failed', lineId, failures, err: error },
          'a line could not be polled',
        )
        pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
      }
    }
    // Left in our name it would be polled by nobody, so it is looked for again.
    const dueAt = clock.now() + pauseMs
    await pollLines.release(token, lineId, dueAt).catch(() => this.#finder.reconcile())
    this.#finder.wake()
  }

  /** Polls until the line isn't ours any more, or has had its turn while others wait. */
  async #turn(token: string, { lineId, portalId, position: start }: PolledLine): Promise<void> {
    const { clock, lease, pollLines } = this.#deps
    const endsAt = clock.now() + TURN_MS
    let position = start
    while (!this.#stopping.signal.aborted) {
      const isOurs = lease.isAlive() && (await pollLines.isOwned(token, lineId))
      if (!isOurs) return
      const leftMs = endsAt - clock.now()
      const isCrowded = this.#claims.isCrowdedBy(portalId)
      if (isCrowded && leftMs <= 0) return
      const next = await this.#pollOnce(lineId, position, isCrowded ? leftMs : undefined)
      this.#failures.delete(lineId)
      if (next === undefined || next === position) continue
      if (!(await this.#advance(token, lineId, next))) return
      position = next
    }
  }

  /** False when the line isn't ours any more. */
  async #advance(token: string, lineId: number, position: string): Promise<boolean> {
    if (position.length > MAX_POSITION) throw new Error('the channel names too long a position')
    return await this.#deps.pollLines.advance(token, lineId, position)
  }

  /** Gives the new position when everything before it is committed. */
  async #pollOnce(
    lineId: number,
    position: string | undefined,
    waitMs: number | undefined,
  ): Promise<string | undefined> {
    const active = await this.#deps.findLine(lineId)
    if (!active?.connector.poll) throw new Error('a line that is to be polled cannot be')
    const { signal } = this.#calls
    const call = { signal, ...given({ waitMs }) }
    const { updates, cursor } = await this.#poll(active, position, call)
    for (const update of updates) await this.#commit(active, update)
    return cursor
  }

  async #poll(
    active: ActiveLine,
    position: string | undefined,
    call: PollContext,
  ): Promise<PolledUpdates> {
    const { health } = this.#deps
    try {
      const polled = await active.connector.poll?.(position, active.line, call)
      health.pollWorks(active.record.id)
      return polled ?? { updates: [] }
    } catch (error) {
      health.pollFailed(active, error)
      throw error
    }
  }

  #show(seen: SeenUpdate): void {
    const { traffic } = this.#deps
    if (traffic && !traffic.isIdle) traffic.polled(seen)
  }

  async #commit(active: ActiveLine, update: unknown): Promise<void> {
    const { id, connector } = active.record
    const about = { 'hub.line': id, 'hub.connector': connector }
    const span = this.#deps.tracer?.begin('poll', about)
    const receivedAt = this.#deps.clock.now()
    try {
      const turns = new Turns(this.#deps.stopwatch)
      const parsed = readUpdate(update, active, receivedAt, this.#deps.log)
      this.#show({ active, receivedAt, update, parsed })
      const outcome = await commitUpdates(this.#deps, [{ active, parsed }], turns, span)
      if (outcome === 'stale') throw new Error('the line was changed while it was polled')
    } catch (error) {
      if (!(error instanceof BadUpdateError)) throw error
      this.#show({ active, receivedAt, update })
      // It would come again for ever and hold up all others.
      logUnreadable(this.#deps.log, active, '', error)
    } finally {
      span?.end()
    }
  }
}
