import type { Sandbox } from '../../src/communications/sandbox/sandbox.ts'
import { unparkStrays } from '../../src/db/lines/parked-lines.ts'
import { CommActs } from './comm-acts.ts'
import { CommBooks } from './comm-books.ts'
import { CommChannel } from './comm-channel.ts'
import { checkCommEnd, isAllDone } from './comm-end.ts'
import { type CallFate, type CallWorld, OtherSystems } from './comm-http.ts'
import { CommProcess, type CommProcessWorld } from './comm-process.ts'
import { type CommAct, type CommProfile, drawCommProfile } from './comm-profile.ts'
import { readChanges } from './comm-rows.ts'
import { Town } from './comm-town.ts'
import { Violation } from './invariants.ts'
import type { Mutation } from './mutations.ts'
import type { Random } from './random.ts'
import { type Owner, SimTime } from './sim-clock.ts'
import type { Change, SimDatabase } from './sim-database.ts'
import type { StoreWeather } from './sim-store.ts'
import { Trace } from './trace.ts'

const MAX_STEPS = 400_000
const LOOK_EVERY = 32
/** After everything is healed: the longest scripts, one after another, and the leases of the dead before them. */
const STUCK_MS = 400_000
const REVIVE_EVERY_MS = 2000
const CRASHED_FOR_MS = 6000

export interface CommWorldParts {
  readonly database: SimDatabase
  readonly mutation: Mutation
  /** Instead of the simulated one. */
  readonly sandbox?: Sandbox
  readonly print?: (line: string) => void
}

/** A seed's world of communications: processes that share a store, portals that ask for things, people who answer. */
export class CommWorld implements CommProcessWorld, CallWorld {
  readonly time = new SimTime()
  readonly random: Random
  readonly database: SimDatabase
  readonly mutation: Mutation
  readonly sandbox: Sandbox | undefined
  readonly isCrowded: boolean
  readonly trace: Trace
  readonly town: Town
  readonly books: CommBooks
  readonly systems: OtherSystems
  readonly weather: StoreWeather
  readonly acts: CommActs
  readonly settleEveryMs: number
  writeLockedUntil = 0
  violation: string | undefined
  readonly #channel: CommChannel
  readonly #profile: CommProfile
  readonly #processes: CommProcess[] = []
  #outageUntil = 0
  #isHealed = false
  #healedAt = 0

  constructor(random: Random, parts: CommWorldParts) {
    this.random = random
    this.database = parts.database
    this.mutation = parts.mutation
    this.sandbox = parts.sandbox
    this.trace = new Trace(this.time, parts.print)
    this.#profile = drawCommProfile(random)
    this.isCrowded = random.chance(0.15)
    this.settleEveryMs = random.pick([150, 150, 1500, 6000])
    this.town = new Town(random, parts.database, this.#profile)
    this.books = new CommBooks(this.town, this.#profile)
    this.systems = new OtherSystems(this)
    this.weather = this.#createWeather()
    this.acts = new CommActs(this)
    this.#channel = new CommChannel(this)
  }

  async run(): Promise<void> {
    const { chaosMs, processes, acts } = this.#profile
    for (let count = processes; count > 0; count--) this.#start()
    for (const [act, count] of Object.entries(acts) as [CommAct, number][]) {
      for (let left = count; left > 0; left--) {
        this.time.schedule(this.random.between(0, chaosMs), () => this.#befall(act))
      }
    }
    this.#channel.start()
    this.time.schedule(chaosMs, () => this.#heal())
    for (let steps = 0; steps < MAX_STEPS && this.violation === undefined; steps++) {
      if (!(await this.time.step())) break
      if (steps % LOOK_EVERY === 0 && this.#isOver()) break
    }
    if (this.violation === undefined)
      this.guard(() => checkCommEnd(this.town, this.books, this.time.now))
  }

  break(text: string): void {
    this.violation ??= text
    this.trace.add(`VIOLATION ${text}`)
  }

  guard(check: () => void): void {
    try {
      check()
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.break(error.message)
    }
  }

  callFate(): CallFate {
    return this.#isHealed ? 'answered' : this.random.weighted(this.#profile.callFates)
  }

  called(key: string): void {
    this.trace.add(`called with ${key}`)
    this.guard(() => this.books.called(key))
  }

  answered(key: string, answer: string): void {
    this.trace.add(`${key} is answered ${answer}`)
    this.books.answered(key, answer)
  }

  crash(owner: Owner): void {
    const process = owner as CommProcess
    if (process.isDead) return
    this.trace.add(`${process.name} dies`)
    process.isDead = true
    this.time.schedule(this.random.between(0, CRASHED_FOR_MS), () => this.#start())
  }

  tokenOf(owner: Owner): string {
    return (owner as CommProcess).heartbeat.token
  }

  committed(changes: readonly Change[], owner: Owner, note: string): void {
    const { name, heartbeat } = owner as CommProcess
    const read = readChanges(changes)
    if (this.trace.isPrinted) this.#tell(name, note, read)
    this.guard(() => this.books.commit(read, { name, token: heartbeat.token }, this.time.now))
  }

  anyServing(): CommProcess | undefined {
    const serving = this.#processes.filter(({ isServing }) => isServing)
    return serving.length > 0 ? this.random.pick(serving) : undefined
  }

  #tell(name: string, note: string, read: ReturnType<typeof readChanges>): void {
    const say = (text: string): void => this.trace.add(`${name} ${note} ${text}`)
    for (const { row } of read.jobs) {
      const { id, lead, state, dueAt, runAt, held, progress, params, event } = row
      say(
        `job ${id} of ${lead}: ${state} due ${dueAt} run ${runAt} held ${held} ${progress} ${params} ${event}`,
      )
    }
    for (const row of read.runs) say(`run ${JSON.stringify(row)}`)
    for (const row of read.came) say(`event + ${JSON.stringify(row)}`)
    for (const row of read.gone) say(`event - ${row.id}`)
    for (const { jobId, text } of read.messages) say(`job ${jobId} sends "${text}"`)
    for (const told of read.told) say(`tells ${JSON.stringify(told)}`)
  }

  #start(): void {
    const offset = Math.round(this.random.between(-400, 400))
    const process = new CommProcess(this, `p${this.#processes.length + 1}`, offset)
    this.#processes.push(process)
    this.trace.add(`${process.name} starts`)
    void process.boot()
  }

  #befall(act: CommAct): void {
    const { random, time } = this
    const until = time.now + random.between(500, 12_000)
    if (act === 'outage') {
      this.#outageUntil = until
      return
    }
    const process = this.anyServing()
    if (!process) return
    const faults: Partial<Record<CommAct, () => void>> = {
      crash: () => this.crash(process),
      stop: () => this.#stop(process),
      cutOff: () => {
        process.cutOffUntil = until
      },
      freeze: () => {
        process.frozenUntil = until
      },
      jump: () => {
        process.clock.offsetMs += random.pick([-3_600_000, -5000, 5000])
      },
    }
    const fault = faults[act]
    if (!fault) {
      this.acts.do(act)
      if (act === 'startBroadcast') {
        // In the middle of its beginning.
        for (let count = random.int(0, 3); count > 0; count--) {
          time.schedule(random.between(5, 60), () => this.acts.do('cancelJob'))
        }
      }
      // Where lines are disconnected at all, it shall hit a broadcast.
      if (act === 'startBroadcast' && this.#profile.acts.disconnect > 0) {
        time.schedule(random.between(100, 3000), () => this.acts.do('disconnect'))
      }
      return
    }
    this.trace.add(`${process.name} meets: ${act}`)
    fault()
  }

  #stop(process: CommProcess): void {
    this.time.schedule(this.random.between(0, 3000), () => this.#start())
    void process.stop().then(() => {
      this.trace.add(`${process.name} has stopped`)
      process.isDead = true
    })
  }

  #heal(): void {
    this.#isHealed = true
    this.#healedAt = this.time.now
    this.trace.add('everything is healed')
    this.#outageUntil = 0
    for (const process of this.#processes) {
      process.frozenUntil = Math.min(process.frozenUntil, this.time.now)
      process.cutOffUntil = 0
    }
    if (!this.anyServing()) this.#start()
    this.#revive()
  }

  /** Lines are connected, the portal is in service, and runs go on, by and by: what people would do. */
  #revive(): void {
    for (const lineId of this.town.lineIds) this.acts.connect(lineId)
    const process = this.anyServing()
    if (process) void this.#goOn(process).catch(() => undefined)
    this.time.schedule(REVIVE_EVERY_MS, () => this.#revive())
  }

  async #goOn(process: CommProcess): Promise<void> {
    await this.acts.switchOn(process)
    await unparkStrays(process.store.asStore, process.clock.now())
    await this.acts.resumeAll(process)
  }

  #isOver(): boolean {
    if (!this.#isHealed) return false
    const isQuiet = this.acts.isQuiet && this.#channel.isQuiet
    if (isQuiet && isAllDone(this.town)) return true
    return this.time.now > this.#healedAt + STUCK_MS
  }

  #createWeather(): StoreWeather {
    return {
      fate: () => (this.#isHealed ? 'ok' : this.random.weighted(this.#profile.fates)),
      latency: () => this.random.between(0.05, 1.5),
      stall: () => 0,
      isAway: (owner) =>
        this.time.now < Math.max(this.#outageUntil, (owner as CommProcess).cutOffUntil),
    }
  }
}
