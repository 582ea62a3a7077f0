import { hash as digest } from 'node:crypto'
import type { NewUpdate } from '../../src/db/inbox/new-update.ts'
import type { Invariants } from './invariants.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import type { SimTime } from './sim-clock.ts'
import type { SimProcess } from './sim-process.ts'
import type { Trace } from './trace.ts'

export interface MessengerWorld {
  readonly time: SimTime
  readonly random: Random
  readonly ledger: Ledger
  readonly invariants: Invariants
  readonly trace: Trace
  /** Any process that takes webhooks. */
  anyServing(): SimProcess | undefined
  guard(check: () => void): void
  isHealed(): boolean
}

const HASH_LENGTH = 22
const DAY_MS = 86_400_000
const TYPING_CHANCE = 0.05

/** The messengers' side: posts updates, some of them twice, and posts again what was not answered. */
export class Messenger {
  readonly #world: MessengerWorld
  #count = 0
  /** Posts that are to come. */
  #waiting = 0
  /** By hash: when an update was first posted, and how often it is under way or may be posted again. */
  readonly #open = new Map<string, { readonly at: number; readonly count: number }>()
  /** Processes that have yet to answer. */
  readonly #asked: SimProcess[] = []

  constructor(world: MessengerWorld) {
    this.#world = world
  }

  get isQuiet(): boolean {
    return this.#waiting === 0 && this.#asked.every(({ isDead }) => isDead)
  }

  /** A person writes: one update of one to three events. */
  write(lineId: number): void {
    const { random } = this.#world
    const id = this.#count++
    const uids: string[] = []
    const count = random.chance(0.7) ? 1 : random.int(2, 3)
    const events = Array.from({ length: count }, (_, index) => {
      const uid = `u${id}.${index}`
      const isTyping = random.chance(TYPING_CHANCE)
      if (!isTyping) uids.push(uid)
      const payload = JSON.stringify({ uid, fill: 'x'.repeat(random.int(0, 60)) })
      return { type: isTyping ? 'chat.typing' : 'message.new', payload }
    })
    // What the hub itself has to tell carries no hash and is told once.
    const hash = random.chance(0.9)
      ? { hash: digest('sha256', `u${id}`, 'base64url').slice(0, HASH_LENGTH) }
      : {}
    const repeats = random.chance(0.2) ? { repeatsForMs: DAY_MS } : {}
    const update = { lineId, events, ...hash, ...repeats }
    this.#post(update, uids)
    while ('hash' in hash && random.chance(0.15)) {
      const delayMs = random.chance(0.5) ? 0 : random.between(0, 4000)
      this.#later(delayMs, update, () => this.#post(update, uids))
    }
  }

  /** When the first of those updates was posted that are still under way or may be posted again. */
  oldestPost(): number {
    const open = [...this.#open.values()].filter(({ count }) => count > 0)
    return Math.min(this.#world.time.now, ...open.map(({ at }) => at))
  }

  #later(delayMs: number, update: NewUpdate, run: () => void): void {
    this.#waiting++
    this.#noteUse(update, 1)
    this.#world.time.schedule(delayMs, () => {
      this.#waiting--
      run()
      this.#noteUse(update, -1)
    })
  }

  #noteUse({ hash }: NewUpdate, change: number): void {
    if (hash === undefined) return
    const open = this.#open.get(hash) ?? { at: this.#world.time.now, count: 0 }
    this.#open.set(hash, { ...open, count: open.count + change })
  }

  #post(update: NewUpdate, uids: readonly string[]): void {
    const process = this.#world.anyServing()
    if (!process) {
      this.#again(update, uids)
      return
    }
    const { ledger, trace, random } = this.#world
    const line = ledger.line(update.lineId)
    for (const { payload } of update.events) {
      const { uid } = JSON.parse(payload) as { uid: string }
      if (!ledger.sent.has(uid)) ledger.sent.set(uid, line.acknowledgedUpTo)
    }
    const known = random.chance(0.7) ? { epoch: line.row.epoch } : {}
    trace.add(`${process.name} ← line ${update.lineId} ${uids.join(' ')}`)
    void this.#hear(process, { ...update, ...known }, uids)
    // A messenger waits for an answer only so long.
    if (update.hash !== undefined) this.#watch(process, update, uids)
  }

  #watch(process: SimProcess, update: NewUpdate, uids: readonly string[]): void {
    this.#later(this.#world.random.between(3000, 9000), update, () => {
      if (process.isDead && !this.#isStored(uids)) this.#post(update, uids)
    })
  }

  #isStored(uids: readonly string[]): boolean {
    return uids.every((uid) => this.#world.ledger.byUid.has(uid))
  }

  async #hear(process: SimProcess, update: NewUpdate, uids: readonly string[]): Promise<void> {
    const { invariants, trace } = this.#world
    this.#asked.push(process)
    this.#noteUse(update, 1)
    try {
      const outcome = await process.append(update)
      trace.add(`${process.name} answers ${uids.join(' ')}: ${outcome.kind}`)
      this.#world.guard(() => invariants.acknowledged(uids, outcome))
      if (outcome.kind === 'stale') this.#again(update, uids)
    } catch (error) {
      const name = error instanceof Error ? error.name : String(error)
      trace.add(`${process.name} refuses ${uids.join(' ')}: ${name}`)
      if (update.hash !== undefined) this.#again(update, uids)
    } finally {
      this.#noteUse(update, -1)
      this.#asked.splice(this.#asked.indexOf(process), 1)
    }
  }

  #again(update: NewUpdate, uids: readonly string[]): void {
    const { random } = this.#world
    if (!this.#world.isHealed() && random.chance(0.2)) return
    const { epoch: _, ...fresh } = update
    this.#later(random.between(500, 4000), update, () => this.#post(fresh, uids))
  }
}
