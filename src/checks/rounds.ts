import { type Clock, sleep } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { Lease } from '../core/lease.ts'
import { takesUpdates } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { Store } from '../db/engine/store.ts'
import { claimChecks, endChecks, scheduleChecks } from '../db/health/schedule.ts'
import { type HealthSubject, readSubjects } from '../db/health/subjects.ts'
import type { LineRepository } from '../db/lines/lines.ts'
import type { ActiveLine, LineDirectory } from '../lines/directory.ts'
import type { DoneCheck, LineChecks } from './line-checks.ts'

export interface CheckRoundsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly lease: Lease
  readonly lineRepository: LineRepository
  readonly lineDirectory: LineDirectory
  readonly checks: LineChecks
  /** Checks under way at once, shared by channels: one that hangs leaves room for all others. */
  readonly places: SharedPool
  /** A second. */
  readonly rate: number
  /** The token of the process that checks the lines of all. */
  findHolder(): Promise<string | undefined>
  /** Called when this process has become the one that checks, before its first check. */
  onBegin(signal: AbortSignal): Promise<void>
}

const TICK_MS = 1000
/** So long what is known of who checks may be out of date; two that check at once for a moment do no harm. */
const HOLDER_KEPT_MS = 5000
/** A line whose channel has its share of the places comes again after this. */
const CROWDED_MS = 5000

/**
 * Checks the lines of all processes by the clock: one process does it, the oldest with the role `jobs`, so that the rate is
 * one of the whole hub without anybody's asking the others. A second's lines are taken, read and scheduled anew with a
 * handful of statements, however many they are. What a killed process had begun is due again within seconds, and the next
 * oldest finds it.
 */
export class CheckRounds {
  readonly #deps: CheckRoundsDeps
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #done: DoneCheck[] = []
  #loop: Promise<void> | undefined
  #holder: { readonly isUs: boolean; readonly at: number } | undefined

  constructor(deps: CheckRoundsDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    await Promise.all(this.#running)
    await this.#quietly(() => this.#writeDone())
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#quietly(() => this.#tick())
      await sleep(this.#deps.clock, TICK_MS, signal)
    }
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const level = error instanceof StoreUnavailableError ? 'debug' : 'error'
      this.#deps.log[level](
        { event: 'check.round-failed', err: error },
        'lines could not be checked, they are later',
      )
    }
  }

  async #tick(): Promise<void> {
    await this.#writeDone()
    if (!(await this.#isOurs())) return
    const { store, rate, clock } = this.#deps
    // Half of it is for what is wanted at once, so that whoever provokes checks takes none from the others' rounds.
    const asked = Math.max(1, Math.floor(rate / 2))
    let left = rate
    // Lines whose channel has its share already cost nothing of the rate: others are looked for in their place.
    for (let round = 0; round < 3 && left > 0; round++) {
      const claim = { asked: Math.min(asked, left), scheduled: Math.max(0, left - asked) }
      const ids = await claimChecks(store, claim, clock.now())
      if (ids.length === 0) return
      left -= await this.#begin(ids)
    }
  }

  async #isOurs(): Promise<boolean> {
    const { lease, clock, findHolder, onBegin } = this.#deps
    if (!lease.isAlive()) return false
    const now = clock.now()
    const known = this.#holder
    if (known && now >= known.at && now - known.at < HOLDER_KEPT_MS) return known.isUs
    const isUs = (await findHolder()) === lease.token
    if (isUs && !known?.isUs) await onBegin(this.#stopping.signal)
    this.#holder = { isUs, at: clock.now() }
    return isUs
  }

  /** Gives how many checks were begun. */
  async #begin(ids: readonly number[]): Promise<number> {
    const { store, lineRepository, lineDirectory, places, clock } = this.#deps
    const subjects = await readSubjects(store, ids)
    const records = await lineRepository.findByIds(ids)
    const known = new Map(records.map((record) => [record.id, record]))
    const gone: number[] = []
    const crowded: number[] = []
    let begun = 0
    for (const id of ids) {
      const record = known.get(id)
      const subject = subjects.get(id)
      const active =
        record && takesUpdates(record.status) ? await lineDirectory.activate(record) : undefined
      if (!active || !subject) gone.push(id)
      else if (places.tryTake(active.realConnector)) {
        begun += 1
        this.#start(active, subject)
      } else crowded.push(id)
    }
    await endChecks(store, gone)
    await scheduleChecks(store, crowded, { dueAt: clock.now() + CROWDED_MS })
    return begun
  }

  #start(active: ActiveLine, subject: HealthSubject): void {
    const { checks, places, log } = this.#deps
    const run = checks
      .check(active, subject, this.#stopping.signal)
      .then(
        (done) => {
          if (done) this.#done.push(done)
        },
        (error: unknown) => {
          // It is due again soon by itself.
          const level = error instanceof StoreUnavailableError ? 'debug' : 'error'
          log[level](
            { event: 'check.round-failed', ...given({ lineId: subject.lineId }), err: error },
            'a line could not be checked, it is later',
          )
        },
      )
      .finally(() => {
        places.giveBack(active.realConnector)
        this.#running.delete(run)
      })
    this.#running.add(run)
  }

  async #writeDone(): Promise<void> {
    const done = this.#done
    this.#done = []
    await this.#deps.checks.schedule(done)
  }
}
