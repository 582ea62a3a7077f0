import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { DeliveryError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import { ASK_EVERY_MS, askSoon } from '../db/health/schedule.ts'
import { type Facts, SECOND_LOOK_MS, withFault, withoutPollFault } from '../health/facts.ts'
import { type Fault, toFault } from '../health/fault.ts'
import type { ActiveLine } from '../lines/directory.ts'
import type { HealthBook } from './health-book.ts'

export interface HealthHintsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly book: HealthBook
}

/** Wishes are gathered for so long, so that thousands of lines cost one statement. */
const GATHER_MS = 250
/** Beyond that the lines are asked when their time comes. */
const MAX_WAITING = 10_000
const MAX_LINES = 50_000

interface Rival {
  readonly firstAt: number
  readonly lastAt: number
}

/**
 * What other parts come across by the way. It costs them a look into memory: nobody waits for the store here, and whoever
 * floods a line with forged updates causes one check of that line a minute.
 */
export class HealthHints {
  readonly #deps: HealthHintsDeps
  /** When each line was last wished to be checked. */
  readonly #wishedAt = new BoundedMap<number, number>(MAX_LINES)
  #wishes = new Set<number>()
  #timer: Timer | undefined
  /** Lines whose polls are known to work, since this process began. */
  readonly #polled = new BoundedMap<number, true>(MAX_LINES)
  readonly #rivals = new BoundedMap<number, Rival>(MAX_LINES)
  #writing: Promise<void> = Promise.resolve()

  constructor(deps: HealthHintsDeps) {
    this.#deps = deps
  }

  /** Something is odd about the line: its channel should be asked, within seconds. */
  wonder(lineId: number): void {
    const now = this.#deps.clock.now()
    const before = this.#wishedAt.get(lineId)
    if (before !== undefined && now >= before && now - before < ASK_EVERY_MS) return
    if (this.#wishes.size >= MAX_WAITING) return
    this.#wishedAt.set(lineId, now)
    this.#wishes.add(lineId)
    this.#timer ??= this.#deps.clock.after(GATHER_MS, () => {
      this.#timer = undefined
      this.#writing = this.#write()
    })
  }

  /** Updates were fetched. */
  pollWorks(lineId: number): void {
    const rival = this.#rivals.get(lineId)
    // Who shares the updates with a rival gets some of them now and then.
    if (rival && this.#deps.clock.now() - rival.lastAt < 2 * SECOND_LOOK_MS) return
    if (!rival && this.#polled.has(lineId)) return
    this.#rivals.delete(lineId)
    this.#polled.set(lineId, true)
    void this.#deps.book.noteQuietly({ lineId, change: withoutPollFault })
  }

  /** Fetching updates failed. */
  pollFailed(active: ActiveLine, error: unknown): void {
    if (!(error instanceof DeliveryError)) return
    const { id } = active.record
    const { disposition, channelCode } = error.fault
    if (disposition === 'pause') {
      this.#report(active, 'token_refused', error.message)
    } else if (channelCode === CONFLICT && this.#isRival(id)) {
      this.#report(active, 'polling_stopped', error.message)
    }
  }

  /** Resolves when what was wished so far is written. */
  async settled(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#writing
    await this.#write()
  }

  /** True once it has gone on for so long that it is no single call of somebody's. */
  #isRival(lineId: number): boolean {
    const now = this.#deps.clock.now()
    const before = this.#rivals.get(lineId)
    const firstAt = before?.firstAt ?? now
    this.#rivals.set(lineId, { firstAt, lastAt: now })
    return now - firstAt >= SECOND_LOOK_MS
  }

  #report(active: ActiveLine, code: 'token_refused' | 'polling_stopped', words: string): void {
    const { id: lineId } = active.record
    const fault = toFault({ code, words }, active.secrets)
    if (!fault) return
    this.#polled.delete(lineId)
    void this.#deps.book.noteQuietly({ lineId, change: (facts) => withPollFault(facts, fault) })
  }

  async #write(): Promise<void> {
    const { store, clock, log } = this.#deps
    const ids = [...this.#wishes]
    this.#wishes = new Set()
    if (ids.length === 0) return
    try {
      await askSoon(store, ids, clock.now())
    } catch (error) {
      const fields = { event: 'check.wish-failed', lines: ids.length, err: error }
      log.debug(fields, 'lines could not be put forward, they are checked in their turn')
    }
  }
}

/** HTTP's word for two at once: another consumer takes the updates. */
const CONFLICT = '409'

function withPollFault(facts: Facts, fault: Fault): Facts {
  return facts.poll?.code === fault.code ? facts : withFault(facts, fault, 'poll')
}
