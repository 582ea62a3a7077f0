import type { Exchange, LineTap } from '../core/trace.ts'
import type { TraceRecord } from '../db/trace/line-traces.ts'
import { credentialsIn, handedOut } from './credentials.ts'
import { boundHalf } from './item.ts'
import type { Recorded, Recorder } from './recorder.ts'
import { Redactor } from './redactor.ts'

/** All exchanges of a line that are kept at once, of several traces. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024
/** Secrets that turn up while a trace is on: tokens that a channel hands out every hour or every poll. */
const MAX_PASSING = 50

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

  /** Takes everything out that has become known by now, so it is asked for when something is written down. */
  get redactor(): Redactor {
    return this.#redactor
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
    if (addAll(this.#lasting, secrets)) this.#redactor = this.#newRedactor()
  }

  note(exchange: Exchange, secrets: readonly string[] = []): void {
    try {
      if (addAll(this.#passing, [...secrets, ...passingIn(exchange)], this.#lasting)) {
        for (const oldest of this.#passing) {
          if (this.#passing.size <= MAX_PASSING) break
          this.#passing.delete(oldest)
        }
        this.#redactor = this.#newRedactor()
      }
      const { longest } = this.#redactor
      this.#recorder.add(this, {
        ...exchange,
        request: boundHalf(this.#kept(exchange.request), longest),
        response: boundHalf(this.#kept(exchange.response), longest),
      })
    } catch (error) {
      this.#recorder.drop(1, error)
    }
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

/** True if any of them was not there. */
function addAll(
  to: Set<string>,
  values: readonly string[],
  known: ReadonlySet<string> = new Set(),
): boolean {
  const { size } = to
  for (const value of values) if (value && !known.has(value)) to.add(value)
  return to.size > size
}
