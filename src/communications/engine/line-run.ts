import type { Clock } from '../../core/clock.ts'
import { sleep } from '../../core/clock.ts'
import { takesUpdates } from '../../core/line.ts'
import type { LinePlan, PlanOutcome } from '../../db/communications/commit.ts'
import type { ActiveLine } from '../../lines/directory.ts'
import { Plan } from './plan.ts'

/** One kind of a line's work. */
export interface LineWork {
  /** Puts what is due into the plan; gives what is to be done once it is committed, or undefined if there was nothing. */
  plan(plan: Plan, held: HeldLine): Promise<AfterCommit | undefined>
}

/** Called after the commit. What it gives goes on beside the line's further work, and ends in work of it. Never rejects. */
export type AfterCommit = () => Promise<void> | undefined

/** A line that this process works on. */
export interface HeldLine {
  readonly active: ActiveLine
  readonly now: number
  /** Can something be sent to its channel? */
  readonly isConnected: boolean
  readonly signal: AbortSignal
  /** Jobs whose calls are under way. */
  readonly underWay: Set<number>
}

export interface LineRunParts {
  readonly dialect: 'sqlite' | 'mysql'
  /** In the order in which they are asked: what has happened before what is due. */
  readonly works: readonly LineWork[]
}

export interface LineRunDeps {
  readonly active: ActiveLine
  readonly token: string
  readonly clock: Clock
  /** Aborts when calls that are under way are to be broken off. */
  readonly signal: AbortSignal
  isOurs(): boolean
  /** The line's turn as it is now. */
  readTurn(): Promise<number>
  commit(plan: Omit<LinePlan, 'token'>): Promise<PlanOutcome>
}

/** How often a line is looked at while calls of it are under way: other processes may put something in. */
const LOOK_EVERY_MS = 250
/** A line whose channel can't be written to is looked at again then. */
const UNCONNECTED_MS = 30_000

/** Works on one line's communications until nothing is due. */
export class LineRun {
  readonly #parts: LineRunParts
  readonly #deps: LineRunDeps
  readonly #underWay = new Set<number>()
  #calls = 0
  /** Undefined: it is to be read before the next plan. */
  #turn: number | undefined
  #isEnding = false
  #wake: (() => void) | undefined
  #isWoken = false

  constructor(parts: LineRunParts, deps: LineRunDeps) {
    this.#parts = parts
    this.#deps = deps
  }

  /** Something has happened on the line. */
  wake(): void {
    this.#isWoken = true
    this.#wake?.()
  }

  /** Begins nothing new. */
  end(): void {
    this.#isEnding = true
    this.#wake?.()
  }

  /** Gives when the line may be looked at next, where that isn't as soon as something is due. */
  async run(): Promise<number | undefined> {
    const { clock, active, isOurs } = this.#deps
    const isConnected = takesUpdates(active.record.status)
    while (isOurs()) {
      const isBusy = !this.#isEnding && (await this.#round(isConnected))
      if (isBusy === 'stop') return clock.now() + UNCONNECTED_MS
      if (isBusy) continue
      if (this.#calls === 0 && (this.#isEnding || !this.#isWoken)) break
      await this.#pause()
    }
    return isConnected ? undefined : clock.now() + UNCONNECTED_MS
  }

  /** One commit. False: nothing was due. */
  async #round(isConnected: boolean): Promise<boolean | 'stop'> {
    this.#isWoken = false
    const { active, clock, signal } = this.#deps
    this.#turn ??= await this.#deps.readTurn()
    for (const work of this.#parts.works) {
      const now = clock.now()
      const plan = new Plan(active.record.id, this.#parts.dialect, now)
      const held = { active, now, isConnected, signal, underWay: this.#underWay }
      const after = await work.plan(plan, held)
      if (!after) continue
      const end = plan.isEmpty ? 'done' : await this.#commit(plan, this.#turn)
      if (end === 'lost' || end === 'refused') return 'stop'
      if (end === 'done') this.#follow(after)
      return true
    }
    return false
  }

  async #commit(plan: Plan, turn: number): Promise<PlanOutcome['kind']> {
    this.#turn = undefined
    const { kind } = await this.#deps.commit({ ...plan.finish(), turn })
    if (kind === 'done') this.#turn = turn + 1
    return kind
  }

  #follow(after: AfterCommit): void {
    const call = after()
    if (!call) return
    this.#calls += 1
    void call.finally(() => {
      this.#calls -= 1
      this.wake()
    })
  }

  async #pause(): Promise<void> {
    // Ending, it only waits for its calls: looking for them without a pause would let nobody else have a turn, them included.
    if (this.#isWoken && !this.#isEnding) return
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await sleep(this.#deps.clock, LOOK_EVERY_MS, woken.signal)
    this.#wake = undefined
  }
}
