import { type Clock, sleep } from '../core/clock.ts'
import { BadUpdateError } from '../core/errors.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import type { PolledLine, PollLineRepository } from '../db/lines/poll-lines.ts'
import { DueFinder, type FinderHooks, POLL_PACE } from '../lease/due-finder.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { type CommitDeps, commitUpdates, logUnreadable } from './commit.ts'
import { readUpdate } from './read-update.ts'
import { Turns } from './turns.ts'

export interface PollerDeps extends CommitDeps {
  readonly clock: Clock
  readonly log: Log
  readonly lease: Lease
  readonly pollLines: PollLineRepository
  findLine(lineId: number): Promise<ActiveLine | undefined>
}

const MAX_LINES = 200
/** Characters of the column; channels' positions are numbers. */
const MAX_POSITION = 255
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000

/**
 * Fetches the updates of lines that poll instead of having a webhook: one poller per line in the whole hub, held by the
 * process's lease. How far a line is moves on only after its updates are committed, so that a crash repeats them
 * rather than losing them; the repeats are duplicates by their keys.
 */
export class Poller {
  readonly #deps: PollerDeps
  readonly #running = new Map<number, Promise<void>>()
  readonly #stopping = new AbortController()
  #calls = new AbortController()
  readonly #finder: DueFinder<PolledLine>

  constructor(deps: PollerDeps) {
    this.#deps = deps
    const { lease, clock, log } = deps
    const hooks: FinderHooks<PolledLine> = {
      room: () => MAX_LINES - this.#running.size,
      claimed: (token, line) => this.#start(token, line),
      owned: (token, line) => {
        if (!this.#running.has(line.lineId)) this.#start(token, line)
      },
      failed: (error, level) =>
        log[level]({ event: 'poll.claim-failed', err: error }, 'could not look for lines to poll'),
    }
    this.#finder = new DueFinder(deps.pollLines, hooks, { lease, clock }, POLL_PACE)
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

  /** A line that was taken away and is ours again: the poll that is under way ends first. */
  #start(token: string, { lineId, position }: PolledLine): void {
    const before = this.#running.get(lineId) ?? Promise.resolve()
    const run = before
      .then(() => this.#run(token, lineId, position))
      .finally(() => {
        if (this.#running.get(lineId) === run) this.#running.delete(lineId)
      })
    this.#running.set(lineId, run)
  }

  /** Never rejects. */
  async #run(token: string, lineId: number, start: string | undefined): Promise<void> {
    const { clock, log, pollLines } = this.#deps
    let position = start
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      try {
        const next = await this.#advance(token, lineId, position)
        if (next === 'lost') break
        position = next
        failures = 0
      } catch (error) {
        if (this.#stopping.signal.aborted) break
        failures++
        log.warn(
          { event: 'poll.failed', lineId, failures, err: error },
          'a line could not be polled',
        )
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
        await sleep(clock, pauseMs, this.#stopping.signal)
      }
    }
    // Left in our name it would be polled by nobody, so it is looked for again.
    await pollLines.release(token, lineId).catch(() => this.#finder.reconcile())
  }

  /** One poll and its commit; gives the new position, `lost` when the line isn't ours to poll any more. */
  async #advance(
    token: string,
    lineId: number,
    position: string | undefined,
  ): Promise<string | undefined> {
    const { lease, pollLines } = this.#deps
    const isOurs = lease.isAlive() && (await pollLines.isOwned(token, lineId))
    if (!isOurs) return 'lost'
    const next = await this.#pollOnce(lineId, position)
    if (next === undefined || next === position) return position
    if (next.length > MAX_POSITION) throw new Error('the channel names a position that is too long')
    return (await pollLines.advance(token, lineId, next)) ? next : 'lost'
  }

  /** Gives the new position when everything before it is committed. */
  async #pollOnce(lineId: number, position: string | undefined): Promise<string | undefined> {
    const active = await this.#deps.findLine(lineId)
    if (!active?.connector.poll) throw new Error('a line that is to be polled cannot be')
    const { updates, cursor } = await active.connector.poll(position, active.line, {
      signal: this.#calls.signal,
    })
    for (const update of updates) await this.#commit(active, update)
    return cursor
  }

  async #commit(active: ActiveLine, update: unknown): Promise<void> {
    try {
      const turns = new Turns()
      const parsed = readUpdate(update, active, this.#deps.clock.now(), this.#deps.log)
      const outcome = await commitUpdates(this.#deps, [{ active, parsed }], turns)
      if (outcome === 'stale') throw new Error('the line was changed while it was polled')
    } catch (error) {
      if (!(error instanceof BadUpdateError)) throw error
      // It would come again for ever and hold up all others.
      logUnreadable(this.#deps.log, active, '', error)
    }
  }
}
