import type { HeldLine } from './held-line.ts'

/** What is remembered of a line. */
interface Ended {
  readonly lease: number
  readonly lastPacketAt: number
}

/**
 * The lines this process holds: one line each, by lease. Word of a lease may come twice (from the writer that made it and
 * from the store) and late (after the line has ended), so the numbers of ended leases are remembered for a while; only a
 * higher number is news.
 */
export class HeldLines {
  readonly #lines = new Map<number, HeldLine>()
  #ended = new Map<number, Ended>()
  #endedBefore = new Map<number, Ended>()

  get size(): number {
    return this.#lines.size
  }

  get isBusy(): boolean {
    return [...this.#lines.values()].some((line) => line.isBusy)
  }

  lineIds(): number[] {
    return [...this.#lines.keys()]
  }

  /** The line of the line's latest lease, as far as it is ours. */
  find(lineId: number): HeldLine | undefined {
    const line = this.#lines.get(lineId)
    return line?.successor ?? line
  }

  /** Is the lease one that this process doesn't know of yet? */
  isNews(lineId: number, lease: number): boolean {
    const known = this.find(lineId) ?? this.#endedOf(lineId)
    return lease > (known?.lease ?? 0)
  }

  /** Takes up a lease that is news. True if the line is to be run now: otherwise it waits for its predecessor's step. */
  take(line: HeldLine): boolean {
    const held = this.#lines.get(line.lineId)
    line.lastPacketAt = (held ?? this.#endedOf(line.lineId))?.lastPacketAt ?? line.lastPacketAt
    if (held) held.successor = line
    else this.#lines.set(line.lineId, line)
    return held === undefined
  }

  /** Is the line's turn still on? Not if its lease is over or has been followed by another. */
  isCurrent(line: HeldLine): boolean {
    const isHeld = this.#lines.get(line.lineId) === line
    return isHeld && !line.isOver && line.successor === undefined
  }

  /** Ends a line; gives the one that waited for it, if any, which is to be run now. */
  end(line: HeldLine): HeldLine | undefined {
    if (this.#lines.get(line.lineId) !== line) return undefined
    this.#lines.delete(line.lineId)
    const { lease, lastPacketAt } = line
    this.#ended.set(line.lineId, { lease, lastPacketAt })
    if (line.successor) this.#lines.set(line.lineId, line.successor)
    return line.successor
  }

  /** Every lease is lost, with the token they were made for: word of them is not listened to any more. */
  clear(): void {
    this.#lines.clear()
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
