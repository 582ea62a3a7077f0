import type { Clock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import { takesUpdates } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import { countLines, type LineCount } from '../db/health/counts.ts'
import { scheduleChecks, setBase, takeTurn } from '../db/health/schedule.ts'
import { type HealthSubject, readSubjects } from '../db/health/subjects.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { Facts } from '../health/facts.ts'
import type { ActiveLine, LineDirectory } from '../lines/directory.ts'
import { readFacts } from '../lines/health-now.ts'
import type { HealthBook } from './health-book.ts'
import type { HealthDesk } from './health-desk.ts'
import { type LineCheck, lineName } from './line-check.ts'
import type { MoveProgress } from './move-progress.ts'

export interface LineChecksDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly lineDirectory: LineDirectory
  readonly book: HealthBook
  readonly desk: HealthDesk
  readonly check: LineCheck
  readonly moves: MoveProgress
  /** Somebody has said so: webhooks that have another address are moved. */
  readonly isUrlChosen: boolean
  install(active: ActiveLine, signal: AbortSignal): Promise<string | undefined>
  /** Aborted when the hub stops. */
  readonly signal: AbortSignal
}

/** Counting reads all lines, and a scrape comes every few seconds from several places. */
const COUNT_KEPT_MS = 10_000

export interface CheckCounts {
  readonly well: number
  readonly faulty: number
  readonly unanswered: number
}

/** What a check was begun for, and what became of the line's webhook on the way. */
export interface DoneCheck {
  readonly lineId: number
  readonly againAt?: number
  /** The webhook has the hub's present address. */
  readonly isMoved?: boolean
}

/** Checks of single lines, and what they come to. */
export class LineChecks {
  readonly #deps: LineChecksDeps
  /** Of this process. */
  readonly #counts = { well: 0, faulty: 0, unanswered: 0 }
  #counted: { readonly at: number; readonly lines: readonly LineCount[] } | undefined
  #counting: Promise<readonly LineCount[]> | undefined

  constructor(deps: LineChecksDeps) {
    this.#deps = deps
  }

  /** Asks the line's channel now, at most once a minute. Gives whether it was asked. Throws StoreUnavailableError. */
  async checkNow(record: LineRecord): Promise<boolean> {
    const { store, clock, lineDirectory, signal } = this.#deps
    if (!takesUpdates(record.status)) return false
    if (!(await takeTurn(store, record.id, clock.now()))) return false
    const active = await lineDirectory.activate(record)
    if (!active) return false
    const subject = (await readSubjects(store, [record.id])).get(record.id)
    const done = await this.check(active, subject, signal)
    if (done) await this.schedule([done])
    return done !== undefined
  }

  /** Asks a channel and writes what it says; `subject`: what was known. Undefined if we broke it off. Throws StoreUnavailableError. */
  async check(
    active: ActiveLine,
    subject: HealthSubject | undefined,
    signal: AbortSignal,
  ): Promise<DoneCheck | undefined> {
    const { book, clock, check, desk } = this.#deps
    const lineId = active.record.id
    const isElsewhere = (subject?.row?.base ?? desk.base) !== desk.base
    const isMoved = isElsewhere && (await this.#move(active, signal))
    const before = (subject && readFacts(subject)) ?? {}
    const { againAt, change, outcome } = await check.run(active, before, signal)
    // It says nothing of the channel, and is due again soon by itself.
    if (signal.aborted) return undefined
    this.#counts[outcome] += 1
    const isHere = !isElsewhere || isMoved
    await book.note({
      lineId,
      change: (facts) => (isHere ? withoutMove(change(facts)) : change(facts)),
      checkedAt: clock.now(),
    })
    return { lineId, ...given({ againAt, isMoved }) }
  }

  /** When lines are due again that have just been checked: a few statements for all of them. */
  async schedule(done: readonly DoneCheck[]): Promise<void> {
    if (done.length === 0) return
    const { store, desk } = this.#deps
    const again = done.filter(({ againAt }) => againAt !== undefined)
    const usual = done.flatMap(({ lineId, againAt }) => (againAt === undefined ? [lineId] : []))
    await scheduleChecks(store, usual, desk.nextRound())
    const againAt = Math.max(...again.map((one) => one.againAt ?? 0))
    await scheduleChecks(
      store,
      again.map(({ lineId }) => lineId),
      { dueAt: againAt },
    )
    const moved = done.flatMap(({ lineId, isMoved }) => (isMoved ? [lineId] : []))
    await setBase(store, moved, desk.base)
  }

  /** Checks that this process has made since its start, by what they came to. */
  get counts(): CheckCounts {
    return { ...this.#counts }
  }

  /** All lines by connector, status and health; some seconds old, so that only the first who asks waits for the store. */
  async countLinesByHealth(): Promise<readonly LineCount[]> {
    const { clock, store } = this.#deps
    const now = clock.now()
    const known = this.#counted
    if (known && now >= known.at && now - known.at < COUNT_KEPT_MS) return known.lines
    this.#counting ??= countLines(store)
      .then((lines) => {
        this.#counted = { at: clock.now(), lines }
        return lines
      })
      .finally(() => {
        this.#counting = undefined
      })
    if (!known) return await this.#counting
    // Whoever asks next learns that the store is away, or gets what is counted now.
    this.#counting.catch(() => undefined)
    return known.lines
  }

  /** The hub has another address than when the webhook was installed. */
  async #move(active: ActiveLine, signal: AbortSignal): Promise<boolean> {
    const { check, install, isUrlChosen, log, moves } = this.#deps
    if (!isUrlChosen || !check.canInstall(active)) return false
    const refusal = await install(active, signal)
    moves.note(refusal === undefined)
    if (refusal === undefined) return true
    const fields = { lineId: active.record.id, line: lineName(active), reason: refusal }
    log.warn(
      { event: 'public-url.move-failed', ...fields },
      "a line's webhook could not be given the hub's new address",
    )
    return false
  }
}

function withoutMove({ moved: _, ...rest }: Facts): Facts {
  return rest
}
