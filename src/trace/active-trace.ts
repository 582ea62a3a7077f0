import type { Exchange, LineTap, Noted } from '../core/trace.ts'
import type { TraceRecord } from '../db/trace/line-traces.ts'
import { credentialsIn, handedOut } from './credentials.ts'
import { boundHalf } from './item.ts'
import type { Recorded, Recorder } from './recorder.ts'
import { Redactor } from './redactor.ts'

/** All exchanges of a line that are kept at once, of several traces. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024
/** Secrets that turn up while a trace is on: tokens that a channel hands out every hour or every poll. */
const MAX_PASSING = 100

/** The line of a trace, as its portal names it. */
export interface TracedLine {
  readonly portalId: string
  readonly connector: string
  readonly externalId: string
}

/** A line that is being traced, in this process. */
export class ActiveTrace implements LineTap, Recorded {
  readonly line: TracedLine
  readonly lineId: number
  readonly portalId: string
  readonly keepsBodies: boolean
  readonly startedAt: number
  readonly endsAt: number
  readonly #recorder: Recorder
  /** Those of the line, its portal and the process, also such as have been replaced since the trace began. */
  readonly #lasting: Set<string>
  readonly #passing = new Set<string>()
  #redactor: Redactor
  #keptBytes: number

  constructor(
    record: TraceRecord,
    line: TracedLine,
    parts: { readonly recorder: Recorder; readonly secrets: readonly string[] },
  ) {
    this.line = line
    this.lineId = record.lineId
    this.portalId = record.portalId
    this.keepsBodies = record.bodies
    this.startedAt = record.startedAt
    this.endsAt = record.endsAt
    this.#keptBytes = record.keptBytes
    this.#recorder = parts.recorder
    this.#lasting = new Set(parts.secrets)
    this.#redactor = this.#newRedactor()
  }

  get isFull(): boolean {
    return this.#keptBytes >= MAX_LINE_BYTES
  }

  /** Other processes have filled it. */
  fill(): void {
    this.#keptBytes = MAX_LINE_BYTES
  }

  wrote(bytes: number): void {
    this.#keptBytes += bytes
  }

  /** Secrets as the store has them now. */
  learn(secrets: readonly string[]): void {
    const unknown = secrets.filter((secret) => !this.#lasting.has(secret))
    if (unknown.length === 0) return
    for (const secret of unknown) this.#lasting.add(secret)
    this.#redactor = this.#newRedactor()
  }

  note(write: () => Noted): void {
    setImmediate(() => this.#take(write))
  }

  #take(write: () => Noted): void {
    try {
      const { exchange, secrets = [] } = write()
      this.#learnPassing([...secrets, ...passingIn(exchange)])
      const redactor = this.#redactor
      const bound = {
        ...exchange,
        request: boundHalf(this.#kept(exchange.request), redactor),
        response: boundHalf(this.#kept(exchange.response), redactor),
      }
      this.#recorder.add(this, bound, redactor)
    } catch (error) {
      this.#recorder.drop(1, error)
    }
  }

  /** Those that were seen longest ago make room: what an exchange brings along is always among those it is freed of. */
  #learnPassing(secrets: readonly string[]): void {
    const found = new Set(secrets.filter((secret) => secret && !this.#lasting.has(secret)))
    const isNew = [...found].some((secret) => !this.#passing.has(secret))
    for (const secret of found) {
      this.#passing.delete(secret)
      this.#passing.add(secret)
    }
    if (!isNew) return
    for (const oldest of this.#passing) {
      if (this.#passing.size <= Math.max(MAX_PASSING, found.size)) break
      this.#passing.delete(oldest)
    }
    this.#redactor = this.#newRedactor()
  }

  #kept(half: Exchange['request']): Exchange['request'] {
    return this.keepsBodies ? half : { headers: half.headers }
  }

  #newRedactor(): Redactor {
    return new Redactor([...this.#lasting, ...this.#passing])
  }
}

/** A token that was handed out before anybody looked is in no list. */
function passingIn({ request, response }: Exchange): string[] {
  return [...credentialsIn(request.headers), ...handedOut(String(response.body ?? ''))]
}
