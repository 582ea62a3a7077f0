import type { JsonObject } from '../../core/json.ts'
import type { RecipientChange } from '../../core/recipient.ts'
import { type NewEvent, type OwnEvent, writeOwn } from '../../core/stored-event.ts'
import type { LinePlan, PlannedMessage } from '../../db/communications/commit.ts'
import { insertJobs, insertKeyedJobs, type NewJob } from '../../db/communications/jobs.ts'
import {
  moveRun,
  type RunCounts,
  type RunMove,
  wakeDrainedRun,
} from '../../db/communications/runs.ts'
import { type Fired, noteFired } from '../../db/communications/triggers.ts'
import type { Statement } from '../../db/engine/short-transaction.ts'
import { insertIgnore } from '../../db/engine/sql.ts'
import { stirLines } from '../../db/inbox/followed.ts'

/** Gathers what one piece of a line's work comes to, until it is committed. */
export class Plan {
  readonly lineId: number
  readonly #now: number
  readonly #dialect: 'sqlite' | 'mysql'
  readonly #messages: PlannedMessage[] = []
  readonly #events: NewEvent[] = []
  readonly #changes = new Map<number, RecipientChange[]>()
  readonly #jobs: NewJob[] = []
  readonly #fired: Fired[] = []
  readonly #statements: Statement[] = []
  readonly #last: Statement[] = []
  readonly #counts = new Map<number, Record<string, number>>()

  constructor(lineId: number, dialect: 'sqlite' | 'mysql', now: number) {
    this.lineId = lineId
    this.#dialect = dialect
    this.#now = now
  }

  get isEmpty(): boolean {
    return (
      this.#messages.length +
        this.#events.length +
        this.#changes.size +
        this.#jobs.length +
        this.#statements.length +
        this.#last.length +
        this.#counts.size ===
      0
    )
  }

  send(message: PlannedMessage): void {
    this.#messages.push(message)
  }

  tell(event: OwnEvent): void {
    this.#events.push(writeOwn(event))
  }

  change(lead: number, change: RecipientChange): void {
    const before = this.#changes.get(lead)
    if (before) before.push(change)
    else this.#changes.set(lead, [change])
  }

  schedule(job: NewJob): void {
    this.#jobs.push(job)
  }

  fire(fired: Fired): void {
    this.#fired.push(fired)
  }

  add(...statements: readonly Statement[]): void {
    this.#statements.push(...statements)
  }

  /** Behind everything else. */
  addLast(...statements: readonly Statement[]): void {
    this.#last.push(...statements)
  }

  /** A recipient of a run is counted otherwise than before. */
  count(runId: number, from: keyof RunCounts | undefined, to: keyof RunCounts): void {
    const counts = this.#counts.get(runId) ?? {}
    this.#counts.set(runId, counts)
    if (from !== undefined) counts[from] = (counts[from] ?? 0) - 1
    counts[to] = (counts[to] ?? 0) + 1
  }

  #insertJobs(): Statement[] {
    if (this.#jobs.every(({ key }) => key === undefined)) return insertJobs(this.#jobs, this.#now)
    // One by one: those that are due at the same time go in the order in which they were scheduled.
    const verb = insertIgnore({ dialect: this.#dialect })
    return this.#jobs.flatMap((job) =>
      job.key === undefined
        ? insertJobs([job], this.#now)
        : insertKeyedJobs([job], this.#now, verb),
    )
  }

  finish(): Omit<LinePlan, 'token' | 'turn'> {
    const others = this.#jobs.flatMap(({ lineId }) => (lineId === this.lineId ? [] : [lineId]))
    return {
      lineId: this.lineId,
      messages: this.#messages,
      events: this.#events,
      changes: [...this.#changes].flatMap(([lead, changes]) =>
        changes.map((change) => ({ lead, change })),
      ),
      statements: [
        ...this.#statements,
        ...this.#insertJobs(),
        ...noteFired({ dialect: this.#dialect }, this.#fired, this.#now),
        ...[...this.#counts].map(([id, counts]) => countRun({ id, counts })),
        ...this.#last,
        ...[...this.#counts.keys()].map((id) => wakeDrainedRun(id, this.#now)),
        ...stirLines(others, this.#now),
      ],
    }
  }
}

function countRun(move: RunMove): Statement {
  return moveRun(move, ['scheduled', 'running', 'paused', 'done', 'cancelled'])
}

/** What is no object counts as one without fields. */
export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}
