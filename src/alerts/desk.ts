import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { given } from '../core/given.ts'
import { type Alert, describe, HOLD_MS, type Occurrence } from './alert.ts'

/** What keeps processes from sending the same twice. Throws StoreUnavailableError. */
export interface AlertClaims {
  /** True for one process alone within HOLD_MS. */
  claim(name: string): Promise<boolean>
  isHeld(name: string): Promise<boolean>
}

export interface AlertDeskDeps {
  readonly clock: Clock
  readonly claims: AlertClaims
  /** The hub's public address. */
  readonly hub: string
  newId(): string
  send(alert: Alert): void
  /** Is it still so? Asked of what has had to wait. May throw. */
  isStill(type: Occurrence['type'], subject: string): Promise<boolean>
}

/** What happens within this belongs together. */
const GATHER_MS = 3000
/** Lines that are told of one by one; more at once, or more alerts than this within HOLD_MS, are one outage. */
const FEW = 5
const MAX_SUBJECTS = 10
/** Kinds of alerts times connectors: far fewer. */
const MAX_GROUPS = 1000
/** What this process remembers for itself, for when the store is away. */
const MAX_SENT = 10_000
/** Lines of a group that wait for their next time; of more the number is enough. */
const MAX_DEFERRED = 100

interface Pending {
  count: number
  readonly subjects: Set<string>
  readonly codes: Set<string>
}

interface Group {
  readonly type: Occurrence['type']
  readonly name: string
  pending: Pending
  /** Told of already within HOLD_MS: these are told of again only if it is still so by then. */
  readonly deferred: Set<string>
  timer: Timer | undefined
  /** When alerts of single subjects were sent. */
  sentAt: number[]
}

/**
 * Decides when somebody is told of what happens: of a few lines each at once and then not again for ten minutes, of many
 * lines of one channel in one alert with their number, and then not of that channel for ten minutes. What happens meanwhile
 * is told of when they are over.
 */
export class AlertDesk {
  readonly #deps: AlertDeskDeps
  readonly #groups = new Map<string, Group>()
  readonly #sent = new BoundedMap<string, number>(MAX_SENT)
  readonly #releasing = new Set<Promise<void>>()
  #isClosed = false

  constructor(deps: AlertDeskDeps) {
    this.#deps = deps
  }

  /** Costs a look into memory; never throws. */
  raise(occurrence: Occurrence): void {
    if (this.#isClosed || occurrence.count === 0) return
    const group = this.#groupOf(occurrence)
    const { count, subjects, code } = occurrence
    add(group.pending, { count, subjects, codes: code === undefined ? [] : [code] })
    this.#schedule(group, GATHER_MS)
  }

  /** Sends what has been gathered. */
  async close(): Promise<void> {
    for (const group of this.#groups.values()) {
      group.timer?.cancel()
      if (group.pending.count > 0) this.#release(group)
    }
    this.#isClosed = true
    await Promise.all(this.#releasing)
  }

  #groupOf({ type, group: name }: Occurrence): Group {
    const key = `${type} ${name}`
    const known = this.#groups.get(key)
    if (known) return known
    if (this.#groups.size >= MAX_GROUPS) this.#groups.clear()
    const deferred = new Set<string>()
    const group: Group = { type, name, pending: fresh(), deferred, timer: undefined, sentAt: [] }
    this.#groups.set(key, group)
    return group
  }

  #schedule(group: Group, delayMs: number): void {
    if (group.timer || this.#isClosed) return
    group.timer = this.#deps.clock.after(delayMs, () => this.#release(group))
  }

  #release(group: Group): void {
    group.timer = undefined
    const work = this.#tell(group).finally(() => this.#releasing.delete(work))
    this.#releasing.add(work)
  }

  /** Never rejects. */
  async #tell(group: Group): Promise<void> {
    await this.#recallDeferred(group)
    const { pending } = group
    if (pending.count === 0) return
    group.pending = fresh()
    const now = this.#deps.clock.now()
    group.sentAt = group.sentAt.filter((at) => now - at < HOLD_MS)
    const outage = `${group.type} *${group.name}`
    if (isFew(group, pending)) {
      if (!(await this.#isHeld(outage))) return await this.#tellEach(group, pending)
    } else if (await this.#claim(outage)) {
      this.#send(group, pending, [...pending.subjects])
      return
    }
    add(group.pending, pending)
    this.#schedule(group, HOLD_MS)
  }

  async #tellEach(group: Group, pending: Pending): Promise<void> {
    const free: string[] = []
    for (const subject of pending.subjects) {
      if (await this.#claim(`${group.type} ${subject}`)) free.push(subject)
      else if (group.deferred.size < MAX_DEFERRED) group.deferred.add(subject)
    }
    if (free.length > 0) {
      const count = isOfLetters(group) ? pending.count : free.length
      this.#send(group, { ...pending, count }, free)
      group.sentAt.push(this.#deps.clock.now())
    }
    if (group.deferred.size > 0) this.#schedule(group, HOLD_MS)
  }

  /** What was put off is told of now, if it is still so. */
  async #recallDeferred(group: Group): Promise<void> {
    const due = [...group.deferred].filter((subject) => !this.#isRecent(`${group.type} ${subject}`))
    for (const subject of due) {
      group.deferred.delete(subject)
      if (group.pending.subjects.has(subject) || !(await this.#isStill(group, subject))) continue
      add(group.pending, { count: 1, subjects: [subject], codes: [] })
    }
    if (group.deferred.size > 0) this.#schedule(group, HOLD_MS)
  }

  async #isStill({ type }: Group, subject: string): Promise<boolean> {
    try {
      return await this.#deps.isStill(type, subject)
    } catch {
      // Nobody can say: rather once too often.
      return true
    }
  }

  async #claim(name: string): Promise<boolean> {
    if (this.#isRecent(name)) return false
    const isOurs = await this.#asked(() => this.#deps.claims.claim(name), true)
    this.#sent.set(name, this.#deps.clock.now())
    return isOurs
  }

  async #isHeld(name: string): Promise<boolean> {
    return this.#isRecent(name) || (await this.#asked(() => this.#deps.claims.isHeld(name), false))
  }

  /** While the store is away every process speaks for itself. */
  async #asked(ask: () => Promise<boolean>, otherwise: boolean): Promise<boolean> {
    try {
      return await ask()
    } catch {
      return otherwise
    }
  }

  #isRecent(name: string): boolean {
    const at = this.#sent.get(name)
    return at !== undefined && this.#deps.clock.now() - at < HOLD_MS
  }

  #send({ type, name }: Group, { count, codes }: Pending, subjects: readonly string[]): void {
    const { clock, hub, newId, send } = this.#deps
    const [code] = codes.size === 1 ? codes : []
    const isOfStore = type === 'store.away' || type === 'store.back'
    const isOfProcess = type === 'process.died'
    send({
      id: newId(),
      type,
      at: new Date(clock.now()).toISOString(),
      hub,
      message: describe(type, count, name, code),
      ...(isOfStore ? {} : { count }),
      ...(isOfStore || isOfProcess ? {} : { connector: name, lines: subjects }),
      ...(isOfProcess ? { processes: subjects } : {}),
      ...given({ code }),
    })
  }
}

function isFew(group: Group, { count, subjects }: Pending): boolean {
  const areAllNamed = count <= subjects.size || isOfLetters(group)
  return areAllNamed && subjects.size <= FEW && group.sentAt.length < FEW
}

/** Their number is of events, not of lines. */
function isOfLetters({ type }: Group): boolean {
  return type === 'dead_letters'
}

function fresh(): Pending {
  return { count: 0, subjects: new Set(), codes: new Set() }
}

function add(
  pending: Pending,
  more: {
    readonly count: number
    readonly subjects: Iterable<string>
    readonly codes: Iterable<string>
  },
): void {
  for (const subject of more.subjects) {
    if (pending.subjects.size < MAX_SUBJECTS) pending.subjects.add(subject)
  }
  // Of more than one nothing is said.
  for (const code of more.codes) if (pending.codes.size < 2) pending.codes.add(code)
  pending.count += more.count
}
