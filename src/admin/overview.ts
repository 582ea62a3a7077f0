import type { z } from 'zod'
import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import type { overviewShape } from '../core/shapes/admin.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import {
  countDeadLetters,
  countLinesOf,
  type FigureScope,
  findLocked,
  findUnwellOf,
  findWorking,
  type LineCounts,
} from '../db/console/figures.ts'
import type { Store } from '../db/engine/store.ts'
import { readQueuedAt } from '../db/inbox/status.ts'
import type { LineOperations } from '../lines/line-operations.ts'
import type { QueueCounts } from '../lines/queue-counts.ts'
import { lineItems } from './line-items.ts'
import { narrowing } from './narrowing.ts'
import { type Scope, scopeKey } from './scope.ts'
import type { Traffic, TrafficCurves } from './traffic.ts'

export type OverviewObject = Frozen<z.infer<typeof overviewShape>>

/** Events that wait for portals. */
export interface QueueFigures {
  readonly depth: number
  readonly isMinimum?: true
  /** Epoch ms. */
  readonly oldestAt?: number
}

export interface OverviewDeps {
  readonly store: Store
  readonly clock: Clock
  readonly lineOperations: LineOperations
  readonly traffic: Traffic
  readonly counts: QueueCounts
  /** Of the whole hub. */
  readQueue(): Promise<QueueFigures>
  countLines(): Promise<LineCounts>
  countProcesses(): Promise<number>
}

const MAX_ITEMS = 20
const MAX_LETTERS = 10_000
const MAX_SCOPES = 1000
/** What was read is shown for this long. */
const KEEP_MS = 2000
/** A reading that takes long is made more rarely: it gets no more than this part of the time. */
const MAX_SHARE = 1 / 40

interface Kept {
  readonly value: OverviewObject
  readonly until: number
}

interface KeptCounts {
  readonly value: LineCounts
  readonly until: number
}

/** How the hub is, or a portal, or a line. Whoever asks within two seconds gets what the first was shown. */
export class OverviewBook {
  readonly #deps: OverviewDeps
  readonly #kept = new BoundedMap<string, Kept>(MAX_SCOPES)
  readonly #counts = new BoundedMap<string, KeptCounts>(MAX_SCOPES)
  readonly #reading = new Map<string, Promise<OverviewObject>>()

  constructor(deps: OverviewDeps) {
    this.#deps = deps
  }

  /** Throws StoreUnavailableError. */
  async of(scope: Scope): Promise<OverviewObject> {
    const key = scopeKey(scope)
    const known = this.#kept.get(key)
    if (known && known.until > this.#deps.clock.now()) return known.value
    const reading = this.#reading.get(key) ?? this.#readInto(key, scope)
    return await reading
  }

  /** What was read last, as it is while the store is away. */
  lastOf(scope: Scope): OverviewObject | undefined {
    const last = this.#kept.get(scopeKey(scope))?.value
    const at = new Date(this.#deps.clock.now()).toISOString()
    return last && { ...last, at, store: { ...last.store, isUp: false } }
  }

  /** Its lines, as they were within the last seconds. Throws StoreUnavailableError. */
  async lineCounts(scope: Scope): Promise<LineCounts> {
    const known = this.#counts.get(scopeKey(scope))
    if (known && known.until > this.#deps.clock.now()) return known.value
    return await this.#countLines(scope, await this.#figuresOf(scope))
  }

  async #countLines(scope: Scope, figures: FigureScope | undefined): Promise<LineCounts> {
    const { store, clock, countLines } = this.#deps
    const startedAt = clock.now()
    const value = figures ? await countLinesOf(store, figures) : await countLines()
    this.#counts.set(scopeKey(scope), { value, until: keptUntil(startedAt, clock.now()) })
    return value
  }

  async #figuresOf(scope: Scope): Promise<FigureScope | undefined> {
    const narrow = await narrowing(scope, this.#deps)
    return narrow === 'none' ? { lineId: 0 } : figureScope(narrow)
  }

  #readInto(key: string, scope: Scope): Promise<OverviewObject> {
    const { clock } = this.#deps
    const startedAt = clock.now()
    const reading = this.#read(scope)
      .then((value) => {
        this.#kept.set(key, { value, until: keptUntil(startedAt, clock.now()) })
        return value
      })
      .finally(() => this.#reading.delete(key))
    this.#reading.set(key, reading)
    return reading
  }

  async #read(scope: Scope): Promise<OverviewObject> {
    const { store, clock, lineOperations } = this.#deps
    const figures = await this.#figuresOf(scope)
    const now = clock.now()
    const locked = await findLocked(store, figures, { now, limit: MAX_ITEMS })
    const unwell = await findUnwellOf(store, figures, MAX_ITEMS)
    const letters = await countDeadLetters(store, figures, MAX_LETTERS + 1)
    const curves = await this.#curves(scope)
    return {
      at: new Date(now).toISOString(),
      store: { kind: store.dialect, isUp: true },
      ...(figures ? {} : { processes: await this.#deps.countProcesses() }),
      traffic: { events: { perSecond: curves.events }, sends: { perSecond: curves.sends } },
      queue: await this.#queue(figures),
      lines: await this.#countLines(scope, figures),
      locked: await lineItems(await lineOperations.items(locked), store),
      unwell: await lineItems(await lineOperations.items(unwell), store),
      deadLetters: Math.min(letters, MAX_LETTERS),
      ...given({ isDeadLettersMinimum: letters > MAX_LETTERS }),
    }
  }

  /** None of a single line: what the other lines of its portal do is not for whoever sees that one. */
  async #curves(scope: Scope): Promise<TrafficCurves> {
    if (scope.kind === 'line') return { events: [], sends: [] }
    const { traffic } = this.#deps
    return await traffic.curves(scope.kind === 'operator' ? undefined : scope.portalId)
  }

  async #queue(scope: FigureScope | undefined): Promise<OverviewObject['queue']> {
    const { store, counts } = this.#deps
    if (!scope) return shownQueue(await this.#deps.readQueue())
    const { voidUpTo, isMore } = await findWorking(store, scope)
    const events = await counts.events([...voidUpTo.keys()], voidUpTo)
    const first = new Map([...events].map(([lineId, { firstSeq }]) => [lineId, firstSeq]))
    const queuedAt = await readQueuedAt(store, first)
    const all = [...events.values()]
    return shownQueue({
      depth: all.reduce((sum, { count }) => sum + count, 0),
      ...given({
        isMinimum: (isMore || all.some(({ isMinimum }) => isMinimum)) && (true as const),
        oldestAt: [...queuedAt.values()].reduce<number | undefined>(
          (oldest, at) => Math.min(oldest ?? at, at),
          undefined,
        ),
      }),
    })
  }
}

function keptUntil(startedAt: number, now: number): number {
  return now + Math.max(KEEP_MS, (now - startedAt) / MAX_SHARE)
}

function figureScope(narrow: {
  readonly portalId?: string
  readonly lineId?: number
}): FigureScope | undefined {
  const { portalId, lineId } = narrow
  if (lineId !== undefined) return { lineId }
  return portalId === undefined ? undefined : { portalId }
}

function shownQueue({ depth, isMinimum, oldestAt }: QueueFigures): OverviewObject['queue'] {
  const at = oldestAt === undefined ? undefined : new Date(oldestAt).toISOString()
  return { depth, ...given({ isMinimum, oldestAt: at }) }
}
