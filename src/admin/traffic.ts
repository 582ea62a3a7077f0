import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { Journal, JournalLine, JournalStep } from '../core/journal.ts'
import type { Log } from '../core/log.ts'
import {
  type DayCount,
  NOTHING_COUNTED,
  readDay,
  readTraffic,
  type TrafficCount,
  writeHours,
  writeTraffic,
} from '../db/console/traffic.ts'
import type { Store } from '../db/engine/store.ts'

export interface TrafficDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** Averages per second of the last five minutes, the oldest first. */
export interface TrafficCurves {
  readonly events: readonly number[]
  readonly sends: readonly number[]
}

const STRETCH_MS = 5000
const STRETCHES = 60
/** Portals that are counted in a stretch, and of those the busiest that are written. */
const MAX_COUNTED = 20_000
const MAX_WRITTEN = 100
/** The scope of everything. */
const ALL = ''

const HOUR_MS = 3_600_000
const DAY_HOURS = 24
/** Lines whose day is counted between two writes; with more of them it is written sooner. */
const MAX_LINES = 10_000
/** A write for each busy line: a minute's worth costs little. */
const DAY_EVERY_MS = 60_000

interface Count {
  events: number
  sends: number
}

type OpenDayCount = { -readonly [Key in keyof DayCount]: DayCount[Key] }

/**
 * Counts what goes through this process, and writes it to the store, so that the console shows the traffic of all processes:
 * curves every five seconds, each line's last 24 hours once a minute. It sees each message as the journal does, and a message
 * costs it a few looks into maps.
 */
export class Traffic implements Journal {
  readonly #deps: TrafficDeps
  readonly #process = randomUUID()
  #counts = new Map<string, Count>()
  #at = 0
  #timer: Timer | undefined
  #days = new Map<number, OpenDayCount>()
  #dayTimer: Timer | undefined
  #isClosed = false

  constructor(deps: TrafficDeps) {
    this.#deps = deps
  }

  note(line: JournalLine, step: JournalStep): void {
    if (this.#isClosed) return
    const { received, delivered, sent, failed } = countsOf(step)
    if (received + sent > 0) {
      this.#begin()
      this.#add(ALL, received, sent)
      this.#add(line.portalId, received, sent)
    }
    if (received + delivered + sent + failed === 0) return
    const day = this.#dayOf(line.lineId)
    day.received += received
    day.delivered += delivered
    day.sent += sent
    day.failed += failed
  }

  /** Of the hub or a portal. Throws StoreUnavailableError. */
  async curves(portalId: string | undefined): Promise<TrafficCurves> {
    const scope = portalId ?? ALL
    const last = this.#stretchOf(this.#deps.clock.now())
    const first = last - (STRETCHES - 1) * STRETCH_MS
    const written = await readTraffic(this.#deps.store, scope, first)
    // What this process has counted and not written yet.
    const own = this.#counts.get(scope)
    const points = Array.from({ length: STRETCHES }, (_, index) => {
      const at = first + index * STRETCH_MS
      const { events = 0, sends = 0 } = written.get(at) ?? {}
      const more = own && this.#at === at ? own : { events: 0, sends: 0 }
      return { events: events + more.events, sends: sends + more.sends }
    })
    const perSecond = (count: number): number => (count * 1000) / STRETCH_MS
    return {
      events: points.map(({ events }) => perSecond(events)),
      sends: points.map(({ sends }) => perSecond(sends)),
    }
  }

  /** What became of a line's messages in the last 24 hours, whole hours; other processes' last minute is missing. */
  async day(lineId: number): Promise<DayCount> {
    const hour = Math.floor(this.#deps.clock.now() / HOUR_MS)
    const written = await readDay(this.#deps.store, lineId, hour - DAY_HOURS + 1)
    const own = this.#days.get(lineId) ?? NOTHING_COUNTED
    return {
      received: written.received + own.received,
      delivered: written.delivered + own.delivered,
      sent: written.sent + own.sent,
      failed: written.failed + own.failed,
    }
  }

  /** Writes what it has, and counts nothing more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#write(), this.#writeDays()])
  }

  #add(scope: string, events: number, sends: number): void {
    const count = this.#counts.get(scope)
    if (count) {
      count.events += events
      count.sends += sends
    } else if (this.#counts.size < MAX_COUNTED) {
      this.#counts.set(scope, { events, sends })
    }
  }

  #dayOf(lineId: number): OpenDayCount {
    const known = this.#days.get(lineId)
    if (known) return known
    if (this.#days.size >= MAX_LINES) void this.#writeDays()
    this.#dayTimer ??= this.#deps.clock.after(DAY_EVERY_MS, () => void this.#writeDays())
    const day = { ...NOTHING_COUNTED }
    this.#days.set(lineId, day)
    return day
  }

  #begin(): void {
    const now = this.#deps.clock.now()
    const at = this.#stretchOf(now)
    if (at !== this.#at && this.#at !== 0) void this.#write()
    this.#at = at
    this.#timer ??= this.#deps.clock.after(at + STRETCH_MS - now, () => void this.#write())
  }

  #stretchOf(now: number): number {
    return Math.floor(now / STRETCH_MS) * STRETCH_MS
  }

  async #write(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const counts = this.#counts
    const place = { at: this.#at, process: this.#process }
    this.#counts = new Map()
    this.#at = 0
    await this.#quietly(() => writeTraffic(this.#deps.store, place, busiest(counts)))
  }

  async #writeDays(): Promise<void> {
    this.#dayTimer?.cancel()
    this.#dayTimer = undefined
    const days = this.#days
    this.#days = new Map()
    const hour = Math.floor(this.#deps.clock.now() / HOUR_MS)
    await this.#quietly(() => writeHours(this.#deps.store, hour, days))
  }

  /** What the store doesn't take is lost: these are figures to look at, not a ledger. */
  async #quietly(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      if (error instanceof StoreUnavailableError) return
      this.#deps.log.error({ event: 'console.failed', err: error }, 'traffic was not written')
    }
  }
}

function countsOf(step: JournalStep): DayCount {
  switch (step.kind) {
    case 'received':
      return step.isStatus ? NOTHING_COUNTED : { ...NOTHING_COUNTED, received: 1 }
    case 'posted':
      return { ...NOTHING_COUNTED, delivered: step.accepted.length - (step.notices ?? 0) }
    case 'accepted':
      return { ...NOTHING_COUNTED, delivered: step.seqs.length }
    case 'status':
      if (step.status === 'sent') return { ...NOTHING_COUNTED, sent: 1 }
      return step.status === 'failed' || step.status === 'noAccount'
        ? { ...NOTHING_COUNTED, failed: 1 }
        : NOTHING_COUNTED
    default:
      return NOTHING_COUNTED
  }
}

/** The whole hub is the busiest of all. */
function busiest(counts: ReadonlyMap<string, Count>): TrafficCount[] {
  return [...counts]
    .map(([scope, count]) => ({ scope, ...count }))
    .sort((a, b) => b.events + b.sends - (a.events + a.sends) || (a.scope < b.scope ? -1 : 1))
    .slice(0, MAX_WRITTEN)
}
