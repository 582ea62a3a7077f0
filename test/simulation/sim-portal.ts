import type { Timer } from '../../src/core/clock.ts'
import type { StoredEvent } from '../../src/core/inbox.ts'
import type { OutgoingPacket, PacketAnswer } from '../../src/core/packet.ts'
import type { PortalPort } from '../../src/inbox/portal-port.ts'
import type { Invariants } from './invariants.ts'
import type { Actor, Ledger, PacketRecord } from './ledger.ts'
import type { Random } from './random.ts'
import type { SimTime } from './sim-clock.ts'
import type { Trace } from './trace.ts'

/** What a portal does with a packet. */
type Deed =
  | 'accept'
  | 'late'
  | 'hang'
  | 'error'
  | 'busy'
  | 'reset'
  | 'partial'
  | 'ack'
  | 'refuse'
  | 'gone'

/** A portal's moods: how often it does what. */
export const MOODS = {
  well: { accept: 1 },
  slow: { accept: 4, late: 6, hang: 1 },
  moody: { accept: 8, late: 2, hang: 1, error: 3, busy: 1, reset: 2, partial: 4, ack: 3 },
  dead: { hang: 1, error: 4, reset: 3 },
  acking: { ack: 6, accept: 1, partial: 1 },
  picky: { partial: 5, refuse: 2, accept: 2 },
  gone: { gone: 1 },
} as const satisfies Record<string, Partial<Record<Deed, number>>>

export type Mood = keyof typeof MOODS

export interface PortalWorld {
  readonly time: SimTime
  readonly random: Random
  readonly ledger: Ledger
  readonly invariants: Invariants
  readonly trace: Trace
  mood(portalId: string): Mood
  /** A violation within a call of the code under test, which must not swallow it. */
  guard(check: () => void): void
  /** The portal calls `confirmDelivery` at any of the processes. */
  confirm(lineId: number, seqs: readonly number[]): void
  disconnect(sender: Actor, lineId: number): Promise<void>
  /** Poisoned events are refused with a 4xx wherever they are in. */
  isPoison(uid: string): boolean
}

const TIMEOUT_MS = 15_000

/** The portals as one process sees them. */
export class SimPort implements PortalPort {
  readonly #world: PortalWorld
  readonly #sender: Actor
  readonly #open = new Set<PacketRecord>()

  constructor(world: PortalWorld, sender: Actor) {
    this.#world = world
    this.#sender = sender
  }

  /** The process has died: its connections are cut. */
  cut(): void {
    for (const packet of this.#open) this.#world.invariants.ended(packet)
    this.#open.clear()
  }

  deliver(packet: OutgoingPacket, signal: AbortSignal): Promise<PacketAnswer> {
    if (signal.aborted) return Promise.resolve({ kind: 'aborted' })
    const { time, random, invariants, ledger } = this.#world
    const record: PacketRecord = {
      id: ledger.packets,
      lineId: packet.lineId,
      sender: this.#sender,
      token: this.#sender.token,
      lease: packet.lease,
      seqs: packet.events.map(({ seq }) => seq),
      begin: time.now,
    }
    this.#world.guard(() => invariants.began(record))
    this.#open.add(record)
    const deed = this.#choose(packet)
    this.#tell(record, `→ ${packet.events.map(({ seq }) => this.#uid(record, seq)).join(' ')}`)
    const answerMs = this.#answerMs(deed)
    return new Promise((resolve) => {
      let timeout: Timer | undefined
      const finish = (answer: PacketAnswer): void => {
        signal.removeEventListener('abort', abort)
        timeout?.cancel()
        resolve(answer)
      }
      const end = (how: string): boolean => {
        if (!this.#open.delete(record)) return false
        invariants.ended(record)
        this.#tell(record, how)
        return true
      }
      const abort = (): void => {
        if (end('aborted')) finish({ kind: 'aborted' })
      }
      signal.addEventListener('abort', abort)
      timeout = time.schedule(
        TIMEOUT_MS,
        () => end('timed out') && finish({ kind: 'failed', error: 'no answer within 15 s' }),
        this.#sender,
      )
      time.schedule(answerMs, () => {
        const isHeard = this.#open.has(record)
        // A portal that has been cut off may have read the packet all the same.
        if (!isHeard && random.chance(0.5)) return
        const answer = this.#act(record, packet.events, deed)
        if (!isHeard || answer === undefined) return
        end(describe(answer))
        time.schedule(0, () => finish(this.#hear(record, answer)), this.#sender)
      })
    })
  }

  async isAnswering(lineId: number, portalId: string): Promise<boolean> {
    const { time, random, trace } = this.#world
    const answers = this.#world.mood(portalId) !== 'dead' && random.chance(0.8)
    await new Promise<void>((resolve) => {
      time.schedule(random.between(1, 200), resolve, this.#sender)
    })
    trace.add(`${this.#sender.name} test of line ${lineId}: ${answers ? 'answers' : 'fails'}`)
    return answers
  }

  async disconnect(lineId: number): Promise<void> {
    await this.#world.disconnect(this.#sender, lineId)
  }

  #choose({ portalId, events }: OutgoingPacket): Deed {
    const { random } = this.#world
    const mood = this.#world.mood(portalId)
    const isPoisoned = events.some((event) => this.#world.isPoison(readUid(event)))
    if (isPoisoned && mood !== 'dead' && mood !== 'gone') {
      return events.length > 1 && random.chance(0.4) ? 'partial' : 'refuse'
    }
    return random.weighted<Deed>(MOODS[mood])
  }

  #answerMs(deed: Deed): number {
    const { random } = this.#world
    if (deed === 'late') return random.between(200, 14_900)
    // A portal that hangs may still take the packet, after everybody has given up.
    if (deed === 'hang') return random.between(14_000, 40_000)
    return random.between(0.5, random.chance(0.1) ? 2000 : 40)
  }

  /** What the portal does; undefined: it never answers. */
  #act(record: PacketRecord, events: readonly StoredEvent[], deed: Deed): PacketAnswer | undefined {
    const { random } = this.#world
    if (deed === 'accept' || deed === 'late' || deed === 'hang') {
      this.#take(record, record.seqs)
      return { kind: 'answered', accepted: record.seqs, rejected: [] }
    }
    if (deed === 'partial') return this.#takeSome(record, events)
    if (deed === 'ack') {
      this.#confirmLater(record)
      return { kind: 'ack-later' }
    }
    if (deed === 'gone') {
      this.#world.ledger.line(record.lineId).hasGone = true
      return { kind: 'gone' }
    }
    if (deed === 'refuse') {
      const [only] = this.#books(record, record.seqs)
      if (only && record.seqs.length === 1) only.refusals++
      return { kind: 'failed', error: 'HTTP 400', status: 400 }
    }
    // An error may come before or after the portal has taken the events to heart.
    if (random.chance(0.3)) this.#take(record, record.seqs)
    if (deed === 'reset') return { kind: 'failed', error: 'connection reset' }
    const retryAfterMs = random.int(1, 40) * 1000
    return deed === 'busy'
      ? { kind: 'failed', error: 'HTTP 503', status: 503, retryAfterMs }
      : { kind: 'failed', error: 'HTTP 500', status: 500 }
  }

  /** Any of the events may be taken, also later ones without the earlier. */
  #takeSome(record: PacketRecord, events: readonly StoredEvent[]): PacketAnswer {
    const { random } = this.#world
    const accepted: number[] = []
    const rejected: { seq: number; reason: string }[] = []
    for (const event of events) {
      const isPoison = this.#world.isPoison(readUid(event))
      const fate = random.weighted({ accept: isPoison ? 0 : 5, reject: isPoison ? 2 : 1, leave: 2 })
      if (fate === 'accept') accepted.push(event.seq)
      if (fate === 'reject') rejected.push({ seq: event.seq, reason: 'rejected: not wanted' })
    }
    this.#take(record, accepted)
    for (const { seq } of rejected)
      for (const book of this.#books(record, [seq])) book.isRefused = true
    return { kind: 'answered', accepted, rejected }
  }

  /** At once (before the hub has noted that it waits), in time, in parts, too late, or never. */
  #confirmLater(record: PacketRecord): void {
    const { random, time } = this.#world
    const kind = random.weighted({ atOnce: 2, inTime: 4, parts: 2, tooLate: 1, never: 1 })
    if (kind === 'never') return
    const cut = kind === 'parts' ? random.int(0, record.seqs.length) : record.seqs.length
    const parts = [record.seqs.slice(0, cut), record.seqs.slice(cut)]
    for (const seqs of parts.filter((part) => part.length > 0)) {
      const delay =
        kind === 'atOnce'
          ? random.between(0, 5)
          : kind === 'tooLate'
            ? random.between(59_900, 62_000)
            : random.between(5, 50_000)
      time.schedule(delay, () => {
        this.#take(record, seqs)
        this.#world.confirm(record.lineId, seqs)
      })
    }
  }

  #take(record: PacketRecord, seqs: readonly number[]): void {
    for (const book of this.#books(record, seqs)) {
      if (!book.isTaken) this.#world.ledger.delivered++
      book.isTaken = true
    }
  }

  /** The hub's process learns what was taken. */
  #hear(record: PacketRecord, answer: PacketAnswer): PacketAnswer {
    if (answer.kind !== 'answered') return answer
    for (const book of this.#books(record, answer.accepted)) {
      if (book.state === 'queued') book.heard = record
    }
    return answer
  }

  #books({ lineId }: PacketRecord, seqs: readonly number[]) {
    const { events } = this.#world.ledger.line(lineId)
    return seqs.flatMap((seq) => events.get(seq) ?? [])
  }

  #uid({ lineId }: PacketRecord, seq: number): string {
    return this.#world.ledger.uidOf(lineId, seq)
  }

  #tell({ id, lineId }: PacketRecord, text: string): void {
    this.#world.trace.add(`${this.#sender.name} packet ${id} of line ${lineId} ${text}`)
  }
}

function readUid({ payload }: StoredEvent): string {
  return (JSON.parse(payload) as { uid?: string }).uid ?? ''
}

function describe(answer: PacketAnswer): string {
  if (answer.kind === 'failed') return `failed: ${answer.error}`
  if (answer.kind !== 'answered') return answer.kind
  return `answered: ${answer.accepted.length} accepted, ${answer.rejected.length} rejected`
}
