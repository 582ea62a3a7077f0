import { type Clock, createSteadyClock, type Timer } from '../../src/core/clock.ts'

/** What is to happen belongs to a process, or to the world (a portal, the store, the script) when it has none. */
export interface Owner {
  /** Its timers and answers are gone. */
  readonly isDead: boolean
  /** Until then the process stands still, as one that is swapped out: its timers and answers come late. */
  readonly frozenUntil: number
}

interface Entry {
  at: number
  readonly order: number
  readonly owner: Owner | undefined
  readonly run: () => void
}

export const START = Date.parse('2026-03-01T12:00:00.000Z')

/** Virtual time: everything that will happen, in order. Whoever comes first of two at the same moment was there first. */
export class SimTime {
  #now = START
  #order = 0
  /** The next one is the last. */
  readonly #entries: Entry[] = []

  get now(): number {
    return this.#now
  }

  schedule(delayMs: number, run: () => void, owner?: Owner): Timer {
    const entry = { at: this.#now + Math.max(0, delayMs), order: this.#order++, owner, run }
    this.#insert(entry)
    return {
      cancel: () => {
        const index = this.#entries.indexOf(entry)
        if (index >= 0) this.#entries.splice(index, 1)
      },
    }
  }

  /** Lets the next thing happen, and all that follows from it at once. False when nothing is to happen any more. */
  async step(): Promise<boolean> {
    const entry = this.#entries.pop()
    if (!entry) return false
    if (entry.owner?.isDead) return true
    this.#now = Math.max(this.#now, entry.at)
    if (entry.owner && entry.owner.frozenUntil > this.#now) {
      entry.at = entry.owner.frozenUntil
      this.#insert(entry)
      return true
    }
    entry.run()
    await settle()
    return true
  }

  /** When the world itself (not a process) will next do something. */
  nextOfWorld(): number {
    return this.#entries.findLast((entry) => entry.owner === undefined)?.at ?? Infinity
  }

  /**
   * Time goes on to `until` while no process does anything: their timers move along with it. Saves the hundreds of
   * thousands of idle polls of a day-long lockout.
   */
  skipTo(until: number): void {
    const passed = until - this.#now
    const moved = this.#entries.splice(0).map((entry) => {
      if (entry.owner) entry.at += passed
      return entry
    })
    this.#now = until
    for (const entry of moved) this.#insert(entry)
  }

  #insert(entry: Entry): void {
    let index = this.#entries.length
    while (index > 0 && isLater(entry, this.#entries[index - 1])) index--
    this.#entries.splice(index, 0, entry)
  }
}

function isLater(entry: Entry, other: Entry | undefined): boolean {
  return other !== undefined && (entry.at - other.at || entry.order - other.order) > 0
}

/** Node empties the queue of promises before the next tick's turn: afterwards nothing is left to happen by itself. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

/**
 * A process's own clock, made steady as the hub's is: it may be wrong, and its machine's clock may be set while it runs.
 * Timers go by the virtual time all the same.
 */
export class SimClock implements Clock {
  readonly #time: SimTime
  readonly #owner: Owner
  readonly #steady: Clock
  /** How far the machine's clock is off. */
  offsetMs: number

  constructor(time: SimTime, owner: Owner, offsetMs: number) {
    this.#time = time
    this.#owner = owner
    this.offsetMs = offsetMs
    this.#steady = createSteadyClock(
      () => time.now + this.offsetMs,
      () => time.now - START,
    )
  }

  now(): number {
    return this.#steady.now()
  }

  after(delayMs: number, run: () => void): Timer {
    // Node's timers wait at least a millisecond.
    return this.#time.schedule(Math.max(1, delayMs), run, this.#owner)
  }
}
