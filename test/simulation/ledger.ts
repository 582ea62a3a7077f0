import type { Owner } from './sim-clock.ts'
import type { LineRow } from './sim-database.ts'

/** The process that sends a packet or commits something. */
export interface Actor extends Owner {
  readonly name: string
  /** The lease's token now in force. */
  readonly token: string
  /** Its own clock. */
  now(): number
  /** It ends of its own will: what it could not settle before may come again. */
  readonly isStopping: boolean
}

/** One packet, from the moment it is sent until it is answered, broken off, timed out, or its sender has died. */
export interface PacketRecord {
  readonly id: number
  readonly lineId: number
  readonly sender: Actor
  readonly token: string
  readonly lease: number
  readonly seqs: readonly number[]
  readonly begin: number
  end?: number
}

/** All that is known of one event. */
export interface EventBook {
  readonly uid: string
  readonly lineId: number
  readonly seq: number
  state: 'queued' | 'dead' | 'gone'
  /** A portal has taken it, whether the hub has heard of that or not. */
  isTaken: boolean
  /** A portal has named it as refused. */
  isRefused: boolean
  /** Refused alone with a 4xx this often. */
  refusals: number
  /** Dead letters that came back are behind their turn. */
  isReplayed: boolean
  /** The packet whose answer told the hub that the event was taken. */
  heard?: PacketRecord
}

export interface LineBook {
  readonly id: number
  readonly portalId: string
  row: LineRow
  /** Events in the queue, in order. */
  queue: EventBook[]
  readonly events: Map<number, EventBook>
  /** Packets under way. */
  readonly open: Set<PacketRecord>
  /** When the last packet ended. */
  lastEndAt: number
  /** A sign of life or a person has put the next attempt ahead of the ladder. */
  isAhead: boolean
  purgedAt: number
  /** What was awaited has been confirmed while a process was giving it up. */
  isCrossed: boolean
  /** The portal has answered 410. */
  hasGone: boolean
  /** Tokens whose lease of this line others have ended. */
  readonly endedLeases: Set<string>
  /** The highest number that a messenger knows to be stored. */
  acknowledgedUpTo: number
}

/** The books of a simulation: what was sent, stored, taken, buried, by whom. */
export class Ledger {
  readonly lines = new Map<number, LineBook>()
  readonly byUid = new Map<string, EventBook>()
  /** For each event that was sent to the hub: the number that was acknowledged on its line before it was sent. */
  readonly sent = new Map<string, number>()
  /** Tokens that the store knows as dead. */
  readonly ended = new Set<string>()
  /** Something of note was done last. */
  progressAt = 0
  packets = 0
  delivered = 0

  constructor(lines: ReadonlyMap<number, string>) {
    for (const [id, portalId] of lines) {
      this.lines.set(id, {
        id,
        portalId,
        row: emptyRow(id),
        queue: [],
        events: new Map(),
        open: new Set(),
        lastEndAt: 0,
        isAhead: false,
        isCrossed: false,
        purgedAt: Number.NEGATIVE_INFINITY,
        hasGone: false,
        endedLeases: new Set(),
        acknowledgedUpTo: 0,
      })
    }
  }

  line(id: number): LineBook {
    const line = this.lines.get(id)
    if (!line) throw new Error(`there is no line ${id}`)
    return line
  }

  uidOf(lineId: number, seq: number): string {
    return this.line(lineId).events.get(seq)?.uid ?? `?${seq}`
  }

  /** Events that are still to be delivered. */
  waiting(line: LineBook): EventBook[] {
    return line.queue.filter(({ seq }) => seq > line.row.purgeUntil)
  }

  /** Nothing waits, nobody holds a line, nothing is under way. */
  get isQuiet(): boolean {
    for (const line of this.lines.values()) {
      if (line.row.owner !== null || line.row.dueAt !== null || line.open.size > 0) return false
    }
    return true
  }

  get isEmpty(): boolean {
    return [...this.lines.values()].every((line) => this.waiting(line).length === 0)
  }

  /** Nobody holds a line and no packet is under way: until the next due time nothing is to be done. */
  get isAtRest(): boolean {
    for (const { row, open } of this.lines.values()) {
      if (row.owner !== null || open.size > 0) return false
    }
    return true
  }

  get nextDueAt(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { row } of this.lines.values()) {
      if (row.dueAt !== null && row.dueAt < next) next = row.dueAt
    }
    return next
  }
}

function emptyRow(lineId: number): LineRow {
  return {
    lineId,
    purgeUntil: 0,
    dueAt: null,
    owner: null,
    attempt: 0,
    lockedUntil: null,
    ackUntil: null,
    nudgedAt: null,
    epoch: 0,
    lease: 0,
  }
}
