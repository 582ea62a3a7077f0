import { disconnectLine } from '../../src/db/lines/identities.ts'
import { Invariants, Violation } from './invariants.ts'
import { type Actor, Ledger } from './ledger.ts'
import { Messenger } from './messenger.ts'
import type { Mutation } from './mutations.ts'
import type { Act, Profile } from './profile.ts'
import type { Random } from './random.ts'
import { type Owner, SimTime, START } from './sim-clock.ts'
import type { Change, SimDatabase } from './sim-database.ts'
import type { Mood } from './sim-portal.ts'
import { type ProcessWorld, SimProcess } from './sim-process.ts'
import type { StoreWeather } from './sim-store.ts'
import { describeChange, Trace } from './trace.ts'
import { Trouble } from './trouble.ts'

const DAY_MS = 86_400_000
/** A world that has nothing to wait for and changes nothing for so long after it was healed is stuck. */
const STUCK_MS = 150_000
const MAX_STEPS = 400_000
/** Waking up that much before something is due, processes renew their leases first. */
const WAKE_EARLY_MS = 3000
/** Skipping less than that is not worth it. */
const MIN_SKIP_MS = 10_000
/** How far clocks are apart at most, where nothing is said of them. */
const MAX_SKEW_MS = 400
/** And at all. */
const CLOCKS_APART_MS = 2500

/** One seed's world: processes, portals, messengers, a store, and what befalls them. */
export class World implements ProcessWorld {
  readonly time = new SimTime()
  readonly random: Random
  readonly database: SimDatabase
  readonly mutation: Mutation
  readonly isCrowded: boolean
  readonly trace: Trace
  readonly ledger: Ledger
  readonly invariants: Invariants
  readonly weather: StoreWeather
  readonly options: ProcessWorld['options']
  writeLockedUntil = 0
  violation: string | undefined
  readonly #profile: Profile
  readonly #messenger: Messenger
  readonly #trouble: Trouble
  readonly #moods = new Map<string, Mood>()
  readonly #poisoned = new Set<string>()
  readonly #processes: SimProcess[] = []
  #healed = false
  #healedAt = 0
  outageUntil = 0

  constructor(
    random: Random,
    profile: Profile,
    parts: {
      readonly database: SimDatabase
      readonly mutation: Mutation
      readonly isCrowded?: boolean | undefined
      readonly print?: (line: string) => void
    },
  ) {
    this.random = random
    this.#profile = profile
    this.database = parts.database
    this.mutation = parts.mutation
    this.isCrowded = parts.isCrowded ?? false
    this.trace = new Trace(this.time, parts.print)
    this.ledger = new Ledger(profile.lines)
    this.options = profile
    const { ladderMs, scenario } = profile
    const toleranceMs = scenario === 'clocks' ? DAY_MS : 2 * MAX_SKEW_MS + 5
    const isExclusive = scenario !== 'frozen' && scenario !== 'clocks'
    this.invariants = new Invariants(
      this.ledger,
      { ladderMs, toleranceMs, isExclusive },
      () => this.time.now,
    )
    this.weather = this.#createWeather()
    this.#messenger = new Messenger(this)
    this.#trouble = new Trouble(this)
    this.database.reset(profile.lines)
  }

  async run(): Promise<void> {
    const { chaosMs, hasLongDeath, processes } = this.#profile
    for (let count = 0; count < processes; count++) this.#start()
    this.#plan()
    const endMs = hasLongDeath ? chaosMs + 2 * DAY_MS : chaosMs
    this.time.schedule(endMs, () => this.#heal())
    await this.#live()
    if (this.violation === undefined) this.guard(() => this.invariants.atEnd())
  }

  mood(portalId: string): Mood {
    return this.#moods.get(portalId) ?? 'well'
  }

  isHealed(): boolean {
    return this.#healed
  }

  isPoison(uid: string): boolean {
    return this.#poisoned.has(uid)
  }

  anyServing(): SimProcess | undefined {
    const serving = this.#processes.filter(({ isServing }) => isServing)
    return serving.length > 0 ? this.random.pick(serving) : undefined
  }

  guard(check: () => void): void {
    try {
      check()
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.violation ??= error.message
      this.trace.add(`VIOLATION ${error.message}`)
    }
  }

  isKnownDead(token: string): boolean {
    if (!this.#profile.isOneMachine) return false
    return this.#processes.some((process) => process.isDead && process.token === token)
  }

  unexpected(text: string): void {
    this.violation ??= `unexpected error: ${text}`
    this.trace.add(`VIOLATION unexpected error: ${text}`)
  }

  crash(owner: Owner): void {
    const process = owner as SimProcess
    if (process.isDead) return
    process.crash()
    if (!this.#healed || !this.anyServing()) this.startLater()
  }

  committed(changes: readonly Change[], owner: Owner, note: string): void {
    const actor = owner as SimProcess
    this.guard(() => this.invariants.committed(changes, actor))
    const by = `${actor.name}${note ? ` (${note})` : ''}:`
    for (const change of changes) {
      this.trace.add(`${by} ${describeChange(change, this.ledger, this.#processes)}`)
    }
  }

  forgettableBefore(): number {
    // Slots are closed by the clocks of processes.
    return this.#messenger.oldestPost() - CLOCKS_APART_MS
  }

  confirm(lineId: number, seqs: readonly number[]): void {
    this.#trouble.confirm(lineId, seqs)
  }

  async disconnect(sender: Actor, lineId: number): Promise<void> {
    const process = sender as SimProcess
    await disconnectLine(process.store.asStore, lineId, { purge: false }, process.now())
  }

  async #live(): Promise<void> {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      if (!(await this.time.step()) || this.violation !== undefined) return
      if (this.database.isInTransaction) throw new Error('a transaction waits for something else')
      if (this.#isOver()) return
    }
    this.violation = 'the world does not come to rest'
  }

  /** Everything is healed, and either nothing is left to do or nothing is being done any more. */
  #isOver(): boolean {
    const isQuiet = this.#messenger.isQuiet && this.#trouble.isQuiet
    if (isQuiet && this.ledger.isAtRest) this.#skip()
    if (!this.#healed) return false
    if (isQuiet && this.ledger.isQuiet && this.ledger.isEmpty) return true
    return this.time.now > Math.max(this.ledger.progressAt, this.#healedAt) + STUCK_MS
  }

  /** Nothing to do for a while: that while passes at once. */
  #skip(): void {
    if (this.#processes.some((process) => !(process.isDead || process.isBooted))) return
    if (this.#processes.some(({ isStopping, isDead }) => isStopping && !isDead)) return
    const until = Math.min(this.time.nextOfWorld(), this.ledger.nextDueAt) - WAKE_EARLY_MS
    const passed = until - this.time.now
    if (!Number.isFinite(until) || passed < MIN_SKIP_MS) return
    this.trace.add(`… ${Math.round(passed / 1000)} s pass`)
    this.time.skipTo(until)
    this.database.prolongLives(passed)
    this.ledger.progressAt = until
  }

  #start(): void {
    const { scenario } = this.#profile
    const skew = scenario === 'clocks' ? 1000 : scenario === 'calm' ? 0 : MAX_SKEW_MS
    const offset = Math.round(this.random.between(-skew, skew))
    const process = new SimProcess(this, `p${this.#processes.length + 1}`, offset)
    this.#processes.push(process)
    this.trace.add(`${process.name} starts`)
    void process.boot()
  }

  startLater(): void {
    this.time.schedule(this.random.between(0, 8000), () => this.#start())
  }

  /** Draws when everything is to happen. */
  #plan(): void {
    const { random } = this
    const { chaosMs, updates, acts, lines, portals, moods, hasLongDeath, poison } = this.#profile
    const burst = random.between(0, chaosMs)
    for (let count = 0; count < updates; count++) {
      const at = random.chance(0.4) ? burst + random.between(0, 60) : random.between(0, chaosMs)
      const line = random.pick([...lines.keys()])
      if (random.chance(poison)) this.#poisoned.add(`u${count}.0`)
      this.time.schedule(at, () => this.#messenger.write(line))
    }
    for (const portalId of portals) {
      const isDying = hasLongDeath && portalId === portals[0]
      this.#moods.set(portalId, isDying ? 'dead' : random.pick(moods))
      for (let count = random.int(0, 3); count > 0 && !isDying; count--) {
        const mood = random.pick(moods)
        this.time.schedule(random.between(0, chaosMs), () => this.#setMood(portalId, mood))
      }
    }
    for (const [act, count] of Object.entries(acts) as [Act, number][]) {
      for (let done = 0; done < count; done++) {
        this.time.schedule(random.between(0, chaosMs), () => this.#trouble.befall(act))
      }
    }
  }

  #setMood(portalId: string, mood: Mood): void {
    this.#moods.set(portalId, mood)
    this.trace.add(`${portalId} is ${mood}`)
  }

  #heal(): void {
    this.#healed = true
    this.#healedAt = this.time.now
    this.trace.add('everything is healed')
    this.outageUntil = 0
    this.#poisoned.clear()
    for (const process of this.#processes) {
      process.frozenUntil = Math.min(process.frozenUntil, this.time.now)
      process.cutOffUntil = 0
      process.stalledUntil = 0
    }
    for (const portalId of this.#profile.portals) this.#setMood(portalId, 'well')
    if (!this.anyServing()) this.#start()
  }

  #createWeather(): StoreWeather {
    const { fates, lagChance, lagMs, chaosMs } = this.#profile
    // A portal may be down for days; the store has its bad hours only at the beginning.
    const isCalm = (): boolean => this.#healed || this.time.now > START + chaosMs
    const { random } = this
    return {
      fate: () => (isCalm() ? 'ok' : random.weighted(fates)),
      latency: () => {
        const isLag = !isCalm() && lagChance > 0 && random.chance(lagChance)
        return isLag ? random.between(0, lagMs) : random.between(0.05, 1.5)
      },
      stall: (owner) => Math.max(0, (owner as SimProcess).stalledUntil - this.time.now),
      isAway: (owner) =>
        this.time.now < Math.max(this.outageUntil, (owner as SimProcess).cutOffUntil),
    }
  }
}
