import type { SendRate } from '../core/connector.ts'

/** Slots a window is cut into. One more than that is remembered, so at most 1/16 of the rate is given away. */
const SLOTS = 16

interface Slot {
  readonly index: number
  count: number
}

/** What is remembered of a window, oldest first: index and count of each slot. */
export type WindowState = readonly (readonly [index: number, count: number])[]

/** Keeps a rate over every stretch of its length: never more than `count` in `perMs`, bursts included. */
export class RateWindow {
  readonly #rate: SendRate
  readonly #slotMs: number
  #slots: Slot[]
  #reserved = 0

  constructor(rate: SendRate, state: WindowState = []) {
    this.#rate = rate
    this.#slotMs = rate.perMs / SLOTS
    this.#slots = state.map(([index, count]) => ({ index, count }))
  }

  /** Milliseconds until one more call may be made; 0 is at once. `share` in (0, 1] lowers the rate. */
  waitMs(now: number, share = 1): number {
    const index = this.#forget(now)
    const limit = Math.max(1, Math.floor(this.#rate.count * share))
    let left = this.#slots.reduce((sum, slot) => sum + slot.count, this.#reserved)
    for (const slot of this.#slots) {
      if (left < limit) break
      left -= slot.count
      if (left < limit) return Math.ceil((slot.index + SLOTS + 1) * this.#slotMs - now)
    }
    // Only reserved calls are in the way, and they may yet be dropped: ask again a slot later.
    return left < limit ? 0 : Math.ceil((index + 1) * this.#slotMs - now)
  }

  take(now: number): void {
    const index = this.#forget(now)
    const last = this.#slots.at(-1)
    if (last?.index === index) last.count += 1
    else this.#slots.push({ index, count: 1 })
  }

  /** A call is going to be made; until `use` or `drop` it counts against the rate at every moment. */
  reserve(): void {
    this.#reserved += 1
  }

  /** The reserved call is made now. */
  use(now: number): void {
    this.#reserved -= 1
    this.take(now)
  }

  /** The reserved call is not made. */
  drop(): void {
    this.#reserved -= 1
  }

  /** How much of the rate is used up, 0 to 1. */
  usedShare(now: number): number {
    this.#forget(now)
    return this.#slots.reduce((sum, slot) => sum + slot.count, 0) / this.#rate.count
  }

  /** Is there nothing to remember? */
  isQuiet(now: number): boolean {
    this.#forget(now)
    return this.#slots.length === 0 && this.#reserved === 0
  }

  state(now: number): WindowState {
    this.#forget(now)
    return this.#slots.map(({ index, count }) => [index, count] as const)
  }

  #forget(now: number): number {
    const index = Math.floor(now / this.#slotMs)
    this.#slots = this.#slots.filter((slot) => slot.index >= index - SLOTS && slot.index <= index)
    return index
  }
}
