import type { Clock } from '../core/clock.ts'
import { HubError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { Store } from '../db/engine/store.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import { endTrace, listTraces, saveTrace } from '../db/trace/line-traces.ts'
import { countBytes, findItems } from '../db/trace/trace-items.ts'
import { MAX_LINE_BYTES } from './active-trace.ts'
import type { TraceItem } from './item.ts'
import type { Traces } from './traces.ts'

export interface TraceOperationsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly traces: Traces
}

export const MAX_TRACE_MINUTES = 1440
/** Of one portal at once: who needs more lines traced has another question. */
const MAX_TRACES = 10
/** What is kept for one portal, of all its lines and for seven days. */
const MAX_PORTAL_BYTES = 256 * 1024 * 1024
/** Of one page's items as JSON; the answer of a method holds 4 MiB. */
const MAX_PAGE_BYTES = 3 * 1024 * 1024
/** Items that are read at once: with bodies each may have a third of a MiB. */
const READ_AT_ONCE = 10

export interface TraceState {
  readonly until: string
  readonly bodies: boolean
}

export interface TracePageRequest {
  /** Epoch ms. */
  readonly since?: number
  readonly limit: number
  /** What the page before gave. */
  readonly cursor?: string
}

export interface TracePage {
  readonly items: readonly ListedItem[]
  /** Absent on the last page. */
  readonly cursor?: string
  /** Absent: no trace is on. */
  readonly trace?: TraceState
}

export type ListedItem = TraceItem & { readonly id: number }

/** Traces of lines, whoever asks for them. All of it throws StoreUnavailableError. */
export class TraceOperations {
  readonly #deps: TraceOperationsDeps

  constructor(deps: TraceOperationsDeps) {
    this.#deps = deps
  }

  /** Begins a trace; one that is on ends with that. Throws HubError `HUB_LIMIT`. */
  async start(
    { id: lineId, portalId }: LineRecord,
    { minutes, bodies }: { readonly minutes: number; readonly bodies: boolean },
  ): Promise<TraceState> {
    const { store, clock, traces } = this.#deps
    const now = clock.now()
    const others = (await listTraces(store)).filter(
      (trace) => trace.portalId === portalId && trace.lineId !== lineId && trace.endsAt > now,
    )
    if (others.length >= MAX_TRACES) {
      throw new HubError('HUB_LIMIT', `${MAX_TRACES} lines of this portal are traced already`)
    }
    const kept = await countBytes(store, portalId, lineId)
    if (kept.line >= MAX_LINE_BYTES || kept.portal >= MAX_PORTAL_BYTES) {
      throw new HubError('HUB_LIMIT', 'too much is kept of earlier traces; it goes after 7 days')
    }
    const endsAt = now + minutes * 60_000
    const trace = { lineId, portalId, bodies, startedAt: now, endsAt, keptBytes: kept.line }
    await saveTrace(store, trace)
    await traces.look()
    return { until: new Date(endsAt).toISOString(), bodies }
  }

  /** False if none was on. What was kept stays. */
  async stop({ id }: LineRecord): Promise<boolean> {
    const isEnded = await endTrace(this.#deps.store, id)
    await this.#deps.traces.look()
    return isEnded
  }

  /** What was kept, in the order in which the exchanges ended. */
  async page({ id }: LineRecord, request: TracePageRequest): Promise<TracePage> {
    const { traces } = this.#deps
    await traces.recorder.flush()
    const items: ListedItem[] = []
    const isDone = await this.#read(id, request, (item) => items.push(item))
    return {
      items,
      ...given({
        cursor: isDone ? undefined : String(items.at(-1)?.id),
        trace: await this.#state(id),
      }),
    }
  }

  /** True if there is nothing behind what it has read. */
  async #read(
    lineId: number,
    { since = 0, limit, cursor = '0' }: TracePageRequest,
    take: (item: ListedItem) => void,
  ): Promise<boolean> {
    let after = Number(cursor)
    let bytes = 0
    for (let count = 0; count < limit; ) {
      const wanted = Math.min(READ_AT_ONCE, limit - count) + 1
      const found = await findItems(this.#deps.store, lineId, { after, since, limit: wanted })
      for (const { id, item } of found.slice(0, wanted - 1)) {
        bytes += Buffer.byteLength(item)
        if (bytes > MAX_PAGE_BYTES && count > 0) return false
        take({ id, ...(JSON.parse(item) as TraceItem) })
        count += 1
        after = id
      }
      if (found.length < wanted) return true
    }
    return false
  }

  async #state(lineId: number): Promise<TraceState | undefined> {
    const { store, clock } = this.#deps
    const found = (await listTraces(store)).find((trace) => trace.lineId === lineId)
    if (!found || found.endsAt <= clock.now()) return undefined
    return { until: new Date(found.endsAt).toISOString(), bodies: found.bodies }
  }
}
