import { isNotice, type LeasedLine, type LockoutState, type StoredEvent } from '../core/inbox.ts'

export interface PacketLimits {
  readonly maxEvents: number
  readonly maxBytes: number
}

/** What the envelope adds to each event: its id, the comma. */
const EVENT_OVERHEAD_BYTES = 48

/**
 * A line while this process holds it, one object per lease: the events in memory, and how far they go compared with the
 * store. Events are appended from memory only when they follow without a gap on what is here; otherwise the store is read.
 */
export class HeldLine {
  /** The lease's token when the line was taken. */
  readonly token: string
  readonly lineId: number
  readonly portalId: string
  readonly lease: number
  lockout: LockoutState
  awaiting: LeasedLine['awaiting']
  /** Number of the last event in the store that this process has seen or a commit has named. */
  tail: number
  /** When the line's last packet began, this lease's or an earlier one's. */
  lastPacketAt = Number.NEGATIVE_INFINITY
  /** Steps in a row that failed by a fault of the hub. */
  failures = 0
  /** The lease has turned out to be over: nothing more must be sent. */
  isOver = false
  /** A later lease of the same line, also ours: it takes over when the step under way has ended. */
  successor: HeldLine | undefined
  /** Set while a packet or a settle of the line is under way. */
  isBusy = false
  readonly #maxBufferBytes: number
  #events: StoredEvent[] = []
  #bytes = 0
  /** Everything up to this number is in `#events` or has been dealt with. */
  #readTo: number
  /** The store wasn't read to its end. */
  #hasBacklog: boolean
  #replays: number
  /** Events up to this number are void: a purge came after them, before the lease. */
  #voidUpTo: number

  constructor(token: string, lease: LeasedLine, readTo: number, limits: PacketLimits) {
    this.token = token
    this.lineId = lease.lineId
    this.portalId = lease.portalId
    this.lease = lease.lease
    this.lockout = lease.lockout
    this.awaiting = lease.awaiting
    this.tail = lease.tail
    this.#replays = lease.replays
    this.#voidUpTo = lease.purgeUntil
    this.#readTo = readTo
    this.#hasBacklog = this.hasUnread
    this.#maxBufferBytes = 2 * limits.maxBytes
  }

  get readTo(): number {
    return this.#readTo
  }

  get isEmpty(): boolean {
    return this.#events.length === 0
  }

  /** The store holds events that aren't here. */
  get hasUnread(): boolean {
    return this.tail > this.#readTo
  }

  /**
   * Would waiting make the next packet larger? Not if it is full already, or if nobody knows how much the store holds. What other
   * processes have put there since it was last read is as young as what is here.
   */
  canGrow(limits: PacketLimits): boolean {
    const isFull = this.#events.length >= limits.maxEvents || this.#bytes >= limits.maxBytes
    return !isFull && !this.#hasBacklog && this.lockout.probeSize === 0 && !this.awaiting
  }

  /** Nothing waits behind this packet, neither here nor, as far as this process has seen, in the store. */
  isAll(packet: readonly StoredEvent[]): boolean {
    const last = this.#events.at(-1)?.seq ?? 0
    return last <= (packet.at(-1)?.seq ?? 0) && !this.hasUnread
  }

  /** A writer has committed these, right behind the number `previousTail`. */
  append(previousTail: number, events: readonly StoredEvent[]): void {
    const last = events.at(-1)
    if (!last) return
    const isGapless = previousTail === this.#readTo && this.#bytes < this.#maxBufferBytes
    this.tail = Math.max(this.tail, last.seq)
    if (isGapless) this.#push(events, last.seq)
  }

  /**
   * Takes in what was read from the store beyond the `readTo` of that moment. `isAll` says that there was no more. While
   * the store was read a writer may have appended some of the same events: those are here already.
   */
  fill(events: readonly StoredEvent[], isAll: boolean, tailBefore: number): void {
    const fresh = events.filter(({ seq }) => seq > this.#readTo)
    const last = events.at(-1)?.seq ?? this.#readTo
    this.#push(fresh, Math.max(this.#readTo, last, isAll ? tailBefore : 0))
    this.tail = Math.max(this.tail, this.#readTo)
    this.#hasBacklog = !isAll
  }

  /** The next packet: in order, within the limits and the probe's size; a control entry and a large event go alone. */
  nextPacket(limits: PacketLimits): StoredEvent[] {
    const { probeSize } = this.lockout
    const max = probeSize > 0 ? Math.min(probeSize, limits.maxEvents) : limits.maxEvents
    const packet: StoredEvent[] = []
    let bytes = 0
    for (const event of this.#events) {
      const isControl = isNotice(event.type)
      bytes += sizeOf(event)
      const isFull = packet.length >= max || bytes > limits.maxBytes || isControl
      if (packet.length > 0 && isFull) break
      packet.push(event)
      if (isControl) break
    }
    return packet
  }

  /** Forgets events that have left the queue. */
  drop(seqs: ReadonlySet<number>): void {
    this.#events = this.#events.filter(({ seq }) => !seqs.has(seq))
    this.#bytes = this.#events.reduce((sum, event) => sum + sizeOf(event), 0)
  }

  /**
   * A commit has seen the line's latest lease, and who holds it: another one than this, or nobody, if a purge has ended this
   * one. What is known of an earlier lease than this says nothing.
   */
  noticeHolder({ owner, lease }: { readonly owner: string | null; readonly lease: number }): void {
    if (lease < this.lease || (lease === this.lease && owner === this.token)) return
    this.isOver = true
    this.restart(0)
  }

  /**
   * Dead letters have come back with low numbers: everything is read again from the start. Some may be older than a purge whose
   * events have been deleted since: then nothing is void any more.
   */
  noticeReplays(replays: number, voidUpTo: number): void {
    if (replays <= this.#replays) return
    this.#replays = replays
    this.#voidUpTo = voidUpTo
    // The strikes were against the event that was first until now, not against one that has come back.
    this.lockout = { ...this.lockout, strikes: 0 }
    this.restart(0)
  }

  /** Empties the memory; the store will be read from `readTo` on. */
  restart(readTo: number): void {
    this.#events = []
    this.#bytes = 0
    this.#readTo = Math.max(readTo, this.#voidUpTo)
    this.#hasBacklog = true
  }

  #push(events: readonly StoredEvent[], readTo: number): void {
    for (const event of events) {
      if (event.seq <= this.#voidUpTo) continue
      this.#events.push(event)
      this.#bytes += sizeOf(event)
    }
    this.#readTo = readTo
  }
}

function sizeOf(event: StoredEvent): number {
  return Buffer.byteLength(event.payload) + EVENT_OVERHEAD_BYTES
}
