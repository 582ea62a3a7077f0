import type { Clock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import type { HealthCode, HealthState } from '../core/health.ts'
import type { Log } from '../core/log.ts'
import { healthEntry } from '../core/stored-event.ts'
import type { Store } from '../db/engine/store.ts'
import type { HealthRow, HealthSubject } from '../db/health/subjects.ts'
import { type HealthVerdict, tellHealth } from '../db/health/tell.ts'
import type { Facts } from '../health/facts.ts'
import { isChannelBroken, judge, toHealthObject } from '../health/health.ts'
import { GroupCommitter } from '../lease/group-commit.ts'
import { readFacts } from '../lines/health-now.ts'

/** Something has been learnt of a line's health, or may have changed in its queues. */
export interface HealthNote {
  readonly lineId: number
  /** Pure: may be called again. Absent: the queues are looked at anew. */
  readonly change?: (facts: Facts) => Facts
  /** Set where the channel has been asked. */
  readonly checkedAt?: number
}

/** Lines of one channel that have changed in the same way at about the same time: an outage is one of them, not 100 000. */
export interface HealthTransition {
  readonly connector: string
  readonly state: HealthState
  readonly code?: HealthCode
  /** What they were before. */
  readonly from: HealthState
  readonly lines: number
  /** The first few, as `portal/connector/line`. */
  readonly examples: readonly string[]
}

/** Whoever wants to know, such as an alarm. Called after the commit, a second's changes at a time; must not throw. */
export interface TransitionListener {
  onTransitions(batch: readonly HealthTransition[]): void
}

export interface HealthBookDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  wakeInbox(): void
}

/** Lines in one transaction: their rows in the inbox are locked for some milliseconds. */
const MAX_LINES = 200
const MAX_EXAMPLES = 10

interface Change {
  readonly subject: HealthSubject
  readonly verdict: HealthVerdict
  readonly from: HealthState
}

/** The one place where health is judged and written: portals are told, the log and listeners with them. */
export class HealthBook {
  readonly #deps: HealthBookDeps
  readonly #commits: GroupCommitter<HealthNote, undefined>
  readonly #listeners: TransitionListener[] = []

  constructor(deps: HealthBookDeps) {
    this.#deps = deps
    this.#commits = new GroupCommitter((notes) => this.#write(notes), {
      maxItems: MAX_LINES,
      share: { ownersOf: ({ lineId }) => [{ tenant: '', part: lineId }] },
      gather: () => deps.store.letOthersIn(),
      keysOf: ({ lineId }) => [lineId],
      rows: 'inbox_line',
      locks: deps.store.locks,
      clock: deps.clock,
    })
  }

  listen(listener: TransitionListener): void {
    this.#listeners.push(listener)
  }

  /** Resolves after the commit. Throws StoreUnavailableError. */
  async note(note: HealthNote): Promise<void> {
    await this.#commits.submit(note)
  }

  /** The same for whom it is by the way: a store that is away is logged, and the next check makes up for it. */
  async noteQuietly(note: HealthNote): Promise<void> {
    try {
      await this.note(note)
    } catch (error) {
      const fields = { event: 'line.health-unwritten', lineId: note.lineId, err: error }
      this.#deps.log.warn(fields, "a line's health could not be written, the next check does")
    }
  }

  /** Looks at the lines' queues. Never rejects. */
  async refresh(lineIds: Iterable<number>): Promise<void> {
    await Promise.all([...lineIds].map((lineId) => this.noteQuietly({ lineId })))
  }

  settled(): Promise<void> {
    return this.#commits.settled()
  }

  async #write(notes: readonly HealthNote[]): Promise<undefined[]> {
    const { store, clock } = this.#deps
    const now = clock.now()
    const byLine = Map.groupBy(notes, ({ lineId }) => lineId)
    let changes: Change[] = []
    const verdictOn = (subject: HealthSubject): HealthVerdict | undefined => {
      const verdict = judgeSubject(subject, byLine.get(subject.lineId) ?? [], now)
      const from = subject.row?.state ?? 'unknown'
      if (verdict && isChanged(subject, verdict)) changes.push({ subject, verdict, from })
      return verdict
    }
    await tellHealth(
      store,
      [...byLine.keys()],
      (subject) => {
        // The transaction may be begun again.
        changes = changes.filter((change) => change.subject.lineId !== subject.lineId)
        return verdictOn(subject)
      },
      now,
    )
    this.#announce(changes)
    return notes.map(() => undefined)
  }

  #announce(changes: readonly Change[]): void {
    if (changes.length === 0) return
    for (const { subject, verdict } of changes) {
      const { state, code } = verdict
      const level = state === 'ok' ? 'info' : 'warn'
      const fields = { lineId: subject.lineId, line: nameOf(subject), state, ...given({ code }) }
      this.#deps.log[level](
        { event: 'line.health-changed', ...fields },
        "a line's health has changed",
      )
    }
    if (changes.some(({ verdict }) => verdict.packet)) this.#deps.wakeInbox()
    const batch = group(changes)
    for (const listener of this.#listeners) listener.onTransitions(batch)
  }
}

function group(changes: readonly Change[]): HealthTransition[] {
  const groups = Map.groupBy(changes, ({ subject, verdict, from }) =>
    [subject.connector, verdict.state, verdict.code, from].join(' '),
  )
  return [...groups.values()].flatMap((same) => {
    const [first] = same
    if (!first) return []
    const { subject, verdict, from } = first
    return [
      {
        connector: subject.connector,
        state: verdict.state,
        ...given({ code: verdict.code }),
        from,
        lines: same.length,
        examples: same.slice(0, MAX_EXAMPLES).map((one) => nameOf(one.subject)),
      },
    ]
  })
}

function nameOf({ portalId, connector, externalId }: HealthSubject): string {
  return `${portalId}/${connector}/${externalId}`
}

function isChanged(
  { row }: HealthSubject,
  { state, code }: Pick<HealthVerdict, 'state' | 'code'>,
): boolean {
  return row?.state !== state || row.code !== code
}

/** Undefined: there is nothing to write. */
function judgeSubject(
  subject: HealthSubject,
  notes: readonly HealthNote[],
  now: number,
): HealthVerdict | undefined {
  const { row, status, queue, language } = subject
  const facts = learn(readFacts(subject), notes)
  const judgement = judge({ status, facts, queue })
  // A line that isn't connected has no health, and one that nobody has looked at gets its row from who looks.
  if (judgement.state === 'unknown') return undefined
  const { state, fault, since: queueSince = now } = judgement
  const told = { state, ...given({ code: fault?.code }) }
  const isSame = row !== undefined && !isChanged(subject, told)
  const since = isSame ? row.since : queueSince
  const checkedAt = lastOf(notes.map((note) => note.checkedAt)) ?? row?.checkedAt
  const verdict = {
    ...{ ...told, since },
    ...given({ checkedAt, facts: toText(facts), status: nextStatus(subject, facts) }),
  }
  if (isSame && isWritten(row, verdict)) return undefined
  if (isSame || !isNews(row?.state, state)) return verdict
  const health = toHealthObject(judgement, { since, ...given({ checkedAt }) }, language)
  return { ...verdict, packet: healthEntry(health) }
}

function learn(before: Facts | undefined, notes: readonly HealthNote[]): Facts | undefined {
  return notes.reduce((facts, { change }) => (change ? change(facts ?? {}) : facts), before)
}

function toText(facts: Facts | undefined): string | undefined {
  return facts && Object.keys(facts).length > 0 ? JSON.stringify(facts) : undefined
}

function isWritten(row: HealthRow, { facts, checkedAt, status }: Partial<HealthVerdict>): boolean {
  return status === undefined && row.facts === facts && row.checkedAt === checkedAt
}

/** That a line that was just connected is well, its testConnect has answered. */
function isNews(before: HealthState = 'unknown', now: HealthState): boolean {
  return before !== 'unknown' || now !== 'ok'
}

function nextStatus(
  { status, queue }: HealthSubject,
  facts: Facts | undefined,
): 'connected' | 'failing' | undefined {
  const isBroken = isChannelBroken(facts)
  if (isBroken && status === 'connected') return 'failing'
  // What was refused while sending stays so until testConnect has succeeded, whatever a check says.
  return !isBroken && status === 'failing' && !queue.paused ? 'connected' : undefined
}

function lastOf(instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((at) => at !== undefined)
  return known.length > 0 ? Math.max(...known) : undefined
}
