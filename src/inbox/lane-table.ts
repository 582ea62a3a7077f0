import type { Lane } from './lane.ts'

/** What is remembered of a lane. */
interface Ended {
  readonly lease: number
  readonly lastPacketAt: number
}

/**
 * The lines this process holds: one lane each, by lease. Word of a lease may come twice (from the writer that made it and
 * from the store) and late (after the lane has ended), so the numbers of ended leases are remembered for a while; only a
 * higher number is news.
 */
export class LaneTable {
  readonly #lanes = new Map<number, Lane>()
  #ended = new Map<number, Ended>()
  #endedBefore = new Map<number, Ended>()

  get size(): number {
    return this.#lanes.size
  }

  get isBusy(): boolean {
    return [...this.#lanes.values()].some((lane) => lane.isBusy)
  }

  lineIds(): number[] {
    return [...this.#lanes.keys()]
  }

  /** The lane of the line's latest lease, as far as it is ours. */
  find(lineId: number): Lane | undefined {
    const lane = this.#lanes.get(lineId)
    return lane?.successor ?? lane
  }

  /** Is the lease one that this process doesn't know of yet? */
  isNews(lineId: number, lease: number): boolean {
    const known = this.find(lineId) ?? this.#endedOf(lineId)
    return lease > (known?.lease ?? 0)
  }

  /** Takes up a lease that is news. True if the lane is to be run now: otherwise it waits for its predecessor's step. */
  take(lane: Lane): boolean {
    const held = this.#lanes.get(lane.lineId)
    lane.lastPacketAt = (held ?? this.#endedOf(lane.lineId))?.lastPacketAt ?? lane.lastPacketAt
    if (held) held.successor = lane
    else this.#lanes.set(lane.lineId, lane)
    return held === undefined
  }

  /** Is the lane's turn still on? Not if its lease is over or has been followed by another. */
  isCurrent(lane: Lane): boolean {
    const isHeld = this.#lanes.get(lane.lineId) === lane
    return isHeld && !lane.isOver && lane.successor === undefined
  }

  /** Ends a lane; gives the one that waited for it, if any, which is to be run now. */
  end(lane: Lane): Lane | undefined {
    if (this.#lanes.get(lane.lineId) !== lane) return undefined
    this.#lanes.delete(lane.lineId)
    const { lease, lastPacketAt } = lane
    this.#ended.set(lane.lineId, { lease, lastPacketAt })
    if (lane.successor) this.#lanes.set(lane.lineId, lane.successor)
    return lane.successor
  }

  /** Every lease is lost, with the token they were made for: word of them is not listened to any more. */
  clear(): void {
    this.#lanes.clear()
  }

  /** Forgets what ended before the last call. */
  forgetEnded(): void {
    this.#endedBefore = this.#ended
    this.#ended = new Map()
  }

  #endedOf(lineId: number): Ended | undefined {
    return this.#ended.get(lineId) ?? this.#endedBefore.get(lineId)
  }
}
