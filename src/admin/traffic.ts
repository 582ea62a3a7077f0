import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import { randomId } from '../core/ids.ts'
import type { Journal, JournalLine, JournalStep } from '../core/journal.ts'
import type { Log } from '../core/log.ts'
import { readTraffic, type TrafficCount, writeTraffic } from '../db/console/traffic.ts'
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
/** Portals and lines that are counted in a stretch, and of those the busiest that are written. */
const MAX_COUNTED = 20_000
const MAX_WRITTEN = 300
/** The scope of everything. */
const ALL = ''

interface Count {
  events: number
  sends: number
}

/**
 * Counts what goes through this process, and writes it to the store every five seconds, so that the console shows the traffic
 * of all processes. It hears of it as the journal does: a look into a map and an addition for each message.
 */
export class Traffic implements Journal {
  readonly #deps: TrafficDeps
  readonly #process = randomId('trf_')
  #counts = new BoundedMap<string, Count>(MAX_COUNTED)
  #at = 0
  #timer: Timer | undefined
  #isClosed = false

  constructor(deps: TrafficDeps) {
    this.#deps = deps
  }

  note({ lineId, portalId }: JournalLine, step: JournalStep): void {
    const isEvent = step.kind === 'received'
    const isSend = step.kind === 'status' && step.status === 'sent'
    if ((!isEvent && !isSend) || this.#isClosed) return
    this.#begin()
    for (const scope of [ALL, portalId, String(lineId)]) {
      const count = this.#counts.get(scope) ?? { events: 0, sends: 0 }
      if (isEvent) count.events += 1
      else count.sends += 1
      this.#counts.set(scope, count)
    }
  }

  /** Of the hub, a portal or a line (by its number). Throws StoreUnavailableError. */
  async curves(of: string | number | undefined): Promise<TrafficCurves> {
    const scope = String(of ?? ALL)
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

  /** Writes what it has, and counts nothing more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#write()
  }

  #begin(): void {
    const at = this.#stretchOf(this.#deps.clock.now())
    if (at !== this.#at && this.#at !== 0) void this.#write()
    this.#at = at
    const delayMs = at + STRETCH_MS - this.#deps.clock.now()
    this.#timer ??= this.#deps.clock.after(delayMs, () => void this.#write())
  }

  #stretchOf(now: number): number {
    return Math.floor(now / STRETCH_MS) * STRETCH_MS
  }

  /** What the store doesn't take is lost: it's a curve, not a ledger. */
  async #write(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const counts = this.#counts
    const at = this.#at
    this.#counts = new BoundedMap<string, Count>(MAX_COUNTED)
    this.#at = 0
    try {
      const place = { at, process: this.#process }
      await writeTraffic(this.#deps.store, place, busiest(counts))
    } catch (error) {
      if (error instanceof StoreUnavailableError) return
      this.#deps.log.error({ event: 'console.failed', err: error }, 'traffic was not written')
    }
  }
}

/** The whole hub is the busiest of all. */
function busiest(counts: Iterable<readonly [string, Count]>): TrafficCount[] {
  return [...counts]
    .map(([scope, count]) => ({ scope, ...count }))
    .sort((a, b) => b.events + b.sends - (a.events + a.sends) || (a.scope < b.scope ? -1 : 1))
    .slice(0, MAX_WRITTEN)
}
