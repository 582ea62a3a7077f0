import type { SharedPool } from '../core/shared-pool.ts'
import type { HeldLine } from './held-line.ts'

/** What is remembered of a line whose lease has ended. */
interface Ended {
  readonly lease: number
  readonly lastPacketAt: number
}

/**
 * The lines this process holds. A lease may be reported twice (by the writer that made it and by the finder) and late (when
 * it is over again), so the numbers of ended leases are remembered for a while: only a higher number is a new lease.
 * Every lease has its place in the pool while it is held.
 */
export class HeldLines {
  readonly #pool: SharedPool
  readonly #lines = new Map<number, HeldLine>()
  #ended = new Map<number, Ended>()
  #endedBefore = new Map<number, Ended>()

  constructor(pool: SharedPool) {
    this.#pool = pool
  }

  get isBusy(): boolean {
    return [...this.#lines.values()].some((line) => line.isBusy)
  }

  lineIds(): number[] {
    return [...this.#lines.keys()]
  }

  /** A line under the latest lease that is ours. */
  find(lineId: number): HeldLine | undefined {
    const line = this.#lines.get(lineId)
    return line?.successor ?? line
  }

  /** Has this process not had the lease in hand yet? */
  isNewLease(lineId: number, lease: number): boolean {
    const held = this.find(lineId)?.lease ?? 0
    const ended = this.#endedOf(lineId)?.lease ?? 0
    return lease > Math.max(held, ended)
  }

  /** Takes up a new lease, whose place has been taken. True if the line is to be run now; otherwise it waits until the step of its earlier lease has ended. */
  take(line: HeldLine): boolean {
    const held = this.#lines.get(line.lineId)
    line.lastPacketAt = (held ?? this.#endedOf(line.lineId))?.lastPacketAt ?? line.lastPacketAt
    if (held?.successor) this.#pool.giveBack(line.portalId)
    if (held) held.successor = line
    else this.#lines.set(line.lineId, line)
    return held === undefined
  }

  /** A new lease that isn't taken up: a later report of it must not be taken for a new one. */
  decline(line: HeldLine): void {
    this.#remember(line)
  }

  /** May the line take its next step? Not if its lease is over or has been followed by another. */
  isCurrent(line: HeldLine): boolean {
    const isHeld = this.#lines.get(line.lineId) === line
    return isHeld && !line.isOver && line.successor === undefined
  }

  /** Ends a line's lease. Gives the line under its next lease, if that has waited for this, which is to be run now. */
  end(line: HeldLine): HeldLine | undefined {
    if (this.#lines.get(line.lineId) !== line) return undefined
    this.#lines.delete(line.lineId)
    this.#pool.giveBack(line.portalId)
    this.#remember(line)
    if (line.successor) this.#lines.set(line.lineId, line.successor)
    return line.successor
  }

  /** Every lease is lost, with the token they were made for. */
  clear(): void {
    const lines = [...this.#lines.values()]
    this.#lines.clear()
    for (const { portalId, successor } of lines) {
      this.#pool.giveBack(portalId)
      if (successor) this.#pool.giveBack(portalId)
    }
  }

  /** Forgets what ended before the last call. */
  forgetEnded(): void {
    this.#endedBefore = this.#ended
    this.#ended = new Map()
  }

  /** A lease that was declined may be later than the one that ends only now. */
  #remember({ lineId, lease, lastPacketAt }: HeldLine): void {
    const before = this.#endedOf(lineId)
    this.#ended.set(lineId, {
      lease: Math.max(lease, before?.lease ?? 0),
      lastPacketAt: Math.max(lastPacketAt, before?.lastPacketAt ?? lastPacketAt),
    })
  }

  #endedOf(lineId: number): Ended | undefined {
    return this.#ended.get(lineId) ?? this.#endedBefore.get(lineId)
  }
}
