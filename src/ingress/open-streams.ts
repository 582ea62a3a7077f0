import type { Clock, Timer } from '../core/clock.ts'
import { StoreUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ActiveLine } from '../lines/directory.ts'

export interface OpenStreamsDeps {
  readonly clock: Clock
  readonly log: Log
  /** The lines' epochs as they are stored now; a line that is gone has none. */
  readEpochs(lineIds: readonly number[]): Promise<ReadonlyMap<number, number>>
  /** The line as it is stored now. */
  findFresh(hash: string): Promise<ActiveLine | undefined>
  isSwitchedOff(portalId: string): Promise<boolean>
  /** Whether a stream may go on; the line may have changed since it began. */
  isAllowed(active: ActiveLine, origin: string | undefined): boolean
}

/** How long a stream may outlive what allowed it. */
const LOOK_EVERY_MS = 2000

interface OpenStream {
  readonly origin: string | undefined
  readonly controller: AbortController
}

interface OpenLine {
  active: ActiveLine
  readonly streams: Set<OpenStream>
}

/**
 * The streams that are open in this process. While there are any, the epochs of their lines are read every two seconds, 500 in
 * a statement, so that whatever process ends or changes a line, its streams end everywhere.
 */
export class OpenStreams {
  readonly #deps: OpenStreamsDeps
  readonly #lines = new Map<number, OpenLine>()
  #timer: Timer | undefined
  #isStopped = false

  constructor(deps: OpenStreamsDeps) {
    this.#deps = deps
  }

  /** `leave` is to be called when the stream has ended, in whatever way. */
  open(
    active: ActiveLine,
    origin: string | undefined,
  ): { readonly signal: AbortSignal; readonly leave: () => void } {
    const { id } = active.record
    const controller = new AbortController()
    const stream = { origin, controller }
    const line = this.#lines.get(id) ?? { active, streams: new Set() }
    line.streams.add(stream)
    this.#lines.set(id, line)
    if (this.#isStopped) controller.abort()
    else this.#schedule()
    return {
      signal: controller.signal,
      leave: () => {
        controller.abort()
        line.streams.delete(stream)
        if (line.streams.size === 0 && this.#lines.get(id) === line) this.#lines.delete(id)
      },
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    for (const line of this.#lines.values()) end(line)
  }

  #schedule(): void {
    this.#timer ??= this.#deps.clock.after(LOOK_EVERY_MS, () => void this.#tick())
  }

  async #tick(): Promise<void> {
    try {
      await this.#look()
    } catch (error) {
      // While the store is away nobody can have changed a line, and nothing new comes to its pages either.
      if (!(error instanceof StoreUnavailableError)) {
        this.#deps.log.error(
          { event: 'streams.failed', err: error },
          'open streams were not compared',
        )
      }
    }
    this.#timer = undefined
    if (this.#lines.size > 0 && !this.#isStopped) this.#schedule()
  }

  async #look(): Promise<void> {
    const epochs = await this.#deps.readEpochs([...this.#lines.keys()])
    for (const [id, line] of [...this.#lines]) {
      const { record } = line.active
      const epoch = epochs.get(id)
      if (epoch === undefined || (await this.#deps.isSwitchedOff(record.portalId))) end(line)
      else if (epoch !== record.epoch) await this.#compare(line)
    }
  }

  async #compare(line: OpenLine): Promise<void> {
    const active = await this.#deps.findFresh(line.active.record.hash)
    if (!active) return end(line)
    line.active = active
    for (const { origin, controller } of line.streams) {
      if (!this.#deps.isAllowed(active, origin)) controller.abort()
    }
  }
}

function end({ streams }: OpenLine): void {
  for (const { controller } of streams) controller.abort()
}
