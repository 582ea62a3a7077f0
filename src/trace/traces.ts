import type { Clock, Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Taps } from '../core/trace.ts'
import type { Store } from '../db/engine/store.ts'
import type { LineAddress, LineRepository } from '../db/lines/lines.ts'
import type { PortalRepository } from '../db/lines/portals.ts'
import { endTrace, listTraces, type TraceRecord } from '../db/trace/line-traces.ts'
import { ActiveTrace, MAX_LINE_BYTES, type TracedLine } from './active-trace.ts'
import { Recorder } from './recorder.ts'
import { secretsOfLine, secretsOfPortal, type WithSecretFields } from './secrets-of.ts'

export interface TracesDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly lineRepository: LineRepository
  readonly portalRepository: PortalRepository
  readonly connectors: readonly WithSecretFields[]
  readonly dialects: readonly WithSecretFields[]
  readonly processSecrets: readonly string[]
}

/** How soon a process notices what was begun or ended at another one: a read of a table with a handful of rows. */
const LOOK_EVERY_MS = 2000

/** The traces that are on, as this process knows them. Without any, asking costs the look at a size. */
export class Traces implements Taps {
  readonly recorder: Recorder
  readonly #deps: TracesDeps
  readonly #active = new Map<number, ActiveTrace>()
  #looking: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #isStarted = false

  constructor(deps: TracesDeps) {
    this.#deps = deps
    this.recorder = new Recorder(deps)
  }

  get isIdle(): boolean {
    return this.#active.size === 0
  }

  of(lineId: number): ActiveTrace | undefined {
    if (this.#active.size === 0) return undefined
    const trace = this.#active.get(lineId)
    return trace && !trace.isFull && this.#deps.clock.now() < trace.endsAt ? trace : undefined
  }

  hasOf(portalId: string): boolean {
    if (this.#active.size === 0) return false
    return [...this.#active.values()].some((trace) => trace.portalId === portalId)
  }

  find({ portalId, connector, externalId }: LineAddress): ActiveTrace | undefined {
    for (const { line, lineId } of this.#active.values()) {
      const isIt = line.connector === connector && line.externalId === externalId
      if (isIt && line.portalId === portalId) return this.of(lineId)
    }
    return undefined
  }

  /** Begins to look for traces that other processes begin and end. */
  start(): void {
    this.#isStarted = true
    this.#lookAndGoOn()
  }

  async stop(): Promise<void> {
    this.#isStarted = false
    this.#timer?.cancel()
    await this.#looking.catch(() => undefined)
    await this.recorder.flush()
  }

  /** Reads which lines are traced. Throws StoreUnavailableError. */
  async look(): Promise<void> {
    const looking = this.#looking.catch(() => undefined).then(() => this.#look())
    this.#looking = looking
    await looking
  }

  #lookAndGoOn(): void {
    this.look()
      .catch((error: unknown) => {
        // The store's own trouble is told elsewhere; the traces go on as they are.
        if (error instanceof StoreUnavailableError) return
        this.#deps.log.error({ event: 'trace.failed', err: error }, 'traces could not be read')
      })
      .finally(() => {
        if (!this.#isStarted) return
        this.#timer = this.#deps.clock.after(LOOK_EVERY_MS, () => this.#lookAndGoOn())
      })
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#deps
    const found = await listTraces(store)
    const now = clock.now()
    const live = new Map<number, TraceRecord>()
    for (const record of found) {
      const isFull = record.keptBytes >= MAX_LINE_BYTES
      if (record.endsAt > now && !isFull) live.set(record.lineId, record)
      else await endTrace(store, record.lineId, record.endsAt)
      if (isFull) this.#active.get(record.lineId)?.fill()
    }
    for (const trace of [...this.#active.values()]) {
      const { lineId, startedAt, endsAt } = trace
      const record = live.get(lineId)
      if (record?.startedAt !== startedAt || record.endsAt !== endsAt) this.#drop(trace, now)
    }
    for (const record of live.values()) await this.#takeUp(record)
  }

  async #takeUp(record: TraceRecord): Promise<void> {
    const known = this.#active.get(record.lineId)
    const found = await this.#readLine(record.lineId)
    if (!found) return
    if (known) {
      known.learn(found.secrets)
      return
    }
    const trace = new ActiveTrace(record, found.line, { ...found, recorder: this.recorder })
    this.#active.set(record.lineId, trace)
    this.#deps.log.info(
      {
        event: 'trace.started',
        ...namesOf(trace),
        until: new Date(record.endsAt).toISOString(),
        bodies: record.bodies,
      },
      'the exchanges of a line are kept from now on',
    )
  }

  #drop(trace: ActiveTrace, now: number): void {
    this.#active.delete(trace.lineId)
    const why = trace.isFull ? 'full' : 'asked'
    this.#deps.log.info(
      { event: 'trace.stopped', ...namesOf(trace), reason: now >= trace.endsAt ? 'time' : why },
      'the exchanges of a line are no longer kept',
    )
  }

  async #readLine(
    lineId: number,
  ): Promise<{ readonly line: TracedLine; readonly secrets: readonly string[] } | undefined> {
    const { lineRepository, portalRepository, connectors, dialects, clock } = this.#deps
    const record = await lineRepository.findById(lineId)
    const portal = record && (await portalRepository.find(record.portalId, clock.now()))
    if (!portal) return undefined
    return {
      line: record,
      secrets: [
        ...this.#deps.processSecrets,
        ...secretsOfLine(record, ofId(connectors, record.connector)),
        ...secretsOfPortal(portal, ofId(dialects, portal.dialect)?.fields ?? []),
      ],
    }
  }
}

function ofId(all: readonly WithSecretFields[], id: string): WithSecretFields | undefined {
  return all.find((one) => one.id === id)
}

function namesOf({ lineId, line }: ActiveTrace): object {
  const { portalId, connector, externalId } = line
  return { lineId, portalId, connector, line: externalId }
}
