import type { AppendOutcome } from '../../src/db/inbox/append.ts'
import type { Actor, EventBook, Ledger, LineBook, PacketRecord } from './ledger.ts'
import { checkTransition, type LineRules } from './line-rules.ts'
import type { Change, LineRow } from './sim-database.ts'

export interface InvariantRules extends LineRules {
  /** False where clocks jump or processes stand still: two packets may then be under way for a moment. */
  readonly isExclusive: boolean
}

/** Thrown at the moment a promise of PROTOCOL §5 is broken; the simulation of this seed ends there. */
export class Violation extends Error {
  override name = 'Violation'
}

/** Checks every commit, every packet and every acknowledgement against the books, and keeps them. */
export class Invariants {
  readonly #ledger: Ledger
  readonly #rules: InvariantRules
  readonly #now: () => number

  constructor(ledger: Ledger, rules: InvariantRules, now: () => number) {
    this.#ledger = ledger
    this.#rules = rules
    this.#now = now
  }

  /** A transaction has been committed. */
  committed(changes: readonly Change[], actor: Actor): void {
    if (changes.some(({ kind }) => kind !== 'ended')) this.#ledger.progressAt = this.#now()
    const before = this.#applyRows(changes)
    for (const change of changes) {
      if (change.kind === 'line' || change.kind === 'ended' || change.kind === 'row') continue
      const line = this.#ledger.line(change.lineId)
      this.#applyEvent(line, change, before.get(line.id) ?? line.row, actor)
    }
    for (const [lineId, row] of before) {
      const line = this.#ledger.line(lineId)
      const problem = checkTransition(line, row, actor, this.#rules, this.#now())
      // A lease that a late append took for a dead process can meet that process's late settle: harmless, but no step.
      const isDead = row.owner !== null && this.#ledger.ended.has(row.owner)
      if (problem && !isDead) throw new Violation(`line ${lineId}: ${problem}`)
      this.#checkRelease(line, row, actor)
    }
  }

  /** Gives the rows as they were. */
  #applyRows(changes: readonly Change[]): Map<number, LineRow> {
    const before = new Map<number, LineRow>()
    for (const change of changes) {
      if (change.kind === 'ended') this.#ledger.ended.add(change.token)
      if (change.kind !== 'line') continue
      const line = this.#ledger.line(change.row.lineId)
      if (!before.has(line.id)) before.set(line.id, line.row)
      line.row = change.row
    }
    return before
  }

  /** Only the holder lets a line go, unless it is dead or the queue is purged. */
  #checkRelease(line: LineBook, { owner }: LineRow, actor: Actor): void {
    if (owner === null || line.row.owner !== null || owner === actor.token) return
    if (this.#ledger.ended.has(owner) || line.purgedAt > 0) return
    throw new Violation(`line ${line.id}: ${actor.name} lets go what another process holds`)
  }

  #applyEvent(
    line: LineBook,
    change: Exclude<Change, { kind: 'line' } | { kind: 'ended' } | { kind: 'row' }>,
    before: LineRow,
    actor: Actor,
  ): void {
    if (change.kind === 'event+') {
      this.#stored(line, change.seq, change.payload)
      return
    }
    const event = line.events.get(change.seq)
    if (!event) throw new Violation(`line ${line.id}: an event of no one was changed`)
    if (change.kind === 'dead+') {
      this.#checkReason(event, change.reason, before, actor, line)
      event.state = 'dead'
    } else if (change.kind === 'event-') {
      line.queue = line.queue.filter(({ seq }) => seq !== change.seq)
      const isVoid = change.seq <= Math.max(line.row.purgeUntil, before.purgeUntil)
      if (event.state === 'dead') return
      if (!event.isTaken && !isVoid) {
        throw new Violation(`${event.uid} was deleted though nobody has taken it`)
      }
      event.state = 'gone'
    } else if (event.state === 'dead') {
      event.state = 'gone'
    }
  }

  #stored(line: LineBook, seq: number, payload: string): void {
    const { uid } = JSON.parse(payload) as { uid: string }
    const known = this.#ledger.byUid.get(uid)
    if (known && (known.seq !== seq || known.lineId !== line.id)) {
      throw new Violation(`${uid} was taken twice`)
    }
    if (known) {
      known.state = 'queued'
      known.isReplayed = true
      delete known.heard
      line.queue = [...line.queue, known].sort((a, b) => a.seq - b.seq)
      return
    }
    if (seq <= (this.#ledger.sent.get(uid) ?? 0)) {
      throw new Violation(`${uid} was put before an event acknowledged before it was sent`)
    }
    const last = line.queue.at(-1)
    if (last && last.seq >= seq) throw new Violation(`${uid} was not put at the end of its line`)
    const event: EventBook = {
      uid,
      lineId: line.id,
      seq,
      state: 'queued',
      isTaken: false,
      isRefused: false,
      refusals: 0,
      isReplayed: false,
    }
    this.#ledger.byUid.set(uid, event)
    line.events.set(seq, event)
    line.queue.push(event)
  }

  #checkReason(
    event: EventBook,
    reason: string,
    before: LineRow,
    actor: Actor,
    line: LineBook,
  ): void {
    if (reason.startsWith('expired')) {
      const isDue = actor.now() + this.#rules.toleranceMs >= (before.lockedUntil ?? 0)
      if (before.attempt === this.#rules.ladderMs.length && isDue) return
    } else if (reason.startsWith('poison')) {
      if (event.refusals >= 3) return
    } else if (reason.includes('410')) {
      if (line.hasGone) return
    } else if (event.isRefused) {
      return
    }
    throw new Violation(`${event.uid} was given up without cause: ${reason}`)
  }

  /** The hub has answered a messenger's update. */
  acknowledged(uids: readonly string[], outcome: AppendOutcome): void {
    if (outcome.kind === 'stale') return
    for (const uid of uids) {
      const event = this.#ledger.byUid.get(uid)
      if (!event) throw new Violation(`${uid} was acknowledged (${outcome.kind}) but never stored`)
      const line = this.#ledger.line(event.lineId)
      line.acknowledgedUpTo = Math.max(line.acknowledgedUpTo, event.seq)
    }
  }

  /** A packet leaves a process. */
  began(packet: PacketRecord): void {
    const line = this.#ledger.line(packet.lineId)
    this.#ledger.progressAt = this.#now()
    this.#ledger.packets++
    this.#checkHolder(line, packet)
    this.#checkOrder(line, packet)
    this.#checkLock(line, packet)
    for (const seq of packet.seqs) this.#checkRepeat(line, seq, packet)
    line.open.add(packet)
  }

  ended(packet: PacketRecord): void {
    if (packet.end !== undefined) return
    packet.end = this.#now()
    this.#ledger.progressAt = packet.end
    const line = this.#ledger.line(packet.lineId)
    line.open.delete(packet)
    line.lastEndAt = packet.end
  }

  #checkHolder(line: LineBook, packet: PacketRecord): void {
    if (!this.#rules.isExclusive) return
    const isPurged = line.purgedAt > Number.NEGATIVE_INFINITY
    for (const other of line.open) {
      // A purge takes the lease away from whoever holds it, who learns of it only from the next settle.
      const isHeld = holds(line.row, other) && holds(line.row, packet)
      if (isPurged && !isHeld) continue
      throw new Violation(
        `line ${line.id}: ${packet.sender.name} sends while a packet of ${other.sender.name} is under way`,
      )
    }
    if (!holds(line.row, packet) && !isPurged) {
      throw new Violation(`line ${line.id}: ${packet.sender.name} sends without holding the line`)
    }
  }

  #checkOrder(line: LineBook, packet: PacketRecord): void {
    const { seqs } = packet
    if (seqs.some((seq, index) => index > 0 && seq <= (seqs[index - 1] ?? 0))) {
      throw new Violation(`line ${line.id}: the packet isn't in order`)
    }
    const isCurrent = holds(line.row, packet)
    const lastVoid = seqs.find((seq) => seq <= line.row.purgeUntil)
    if (lastVoid !== undefined && isCurrent && packet.begin > line.purgedAt) {
      throw new Violation(`line ${line.id}: an event made void by a purge is sent`)
    }
    if (!isCurrent) return
    const queued = seqs.filter((seq) => line.events.get(seq)?.state === 'queued')
    const [first] = seqs
    const turn = this.#ledger
      .waiting(line)
      .filter(({ seq, isReplayed }) => !isReplayed || seq >= (first ?? 0))
    queued.forEach((seq, index) => {
      if (turn[index]?.seq === seq) return
      const expected = turn[index]?.uid
      throw new Violation(
        `line ${line.id}: ${line.events.get(seq)?.uid} is sent before ${expected}`,
      )
    })
    for (const seq of seqs) {
      const event = line.events.get(seq)
      if (event?.state === 'dead') throw new Violation(`${event.uid} is sent though it is dead`)
    }
  }

  #checkLock(line: LineBook, packet: PacketRecord): void {
    const { sender } = packet
    const { row, isAhead, id } = line
    // A holder from before a purge learns of it only from its settle; its packet has nothing to do with the new lock.
    const isPurged = line.purgedAt > Number.NEGATIVE_INFINITY && !holds(row, packet)
    if (!this.#rules.isExclusive || isPurged) return
    const isLocked =
      row.attempt > 0 && (row.lockedUntil ?? 0) > sender.now() + this.#rules.toleranceMs
    if (isLocked && !isAhead) throw new Violation(`line ${id}: sent before its lock has run out`)
    if ((row.ackUntil ?? 0) > sender.now() + this.#rules.toleranceMs) {
      throw new Violation(`line ${id}: sent while a confirmation is awaited`)
    }
  }

  #checkRepeat(line: LineBook, seq: number, packet: PacketRecord): void {
    const event = line.events.get(seq)
    if (!event) throw new Violation(`line ${line.id}: an event is sent that was never stored`)
    const { heard } = event
    if (!heard || !this.#rules.isExclusive || line.purgedAt >= heard.begin) return
    const { sender, token } = heard
    const hasLost = sender.isDead || sender.isStopping || sender.token !== token
    if (hasLost || line.endedLeases.has(token) || this.#ledger.ended.has(token)) return
    throw new Violation(
      `${event.uid} is sent again by ${packet.sender.name} though ${sender.name} knows that it was taken`,
    )
  }

  /** After everything is healed and quiet. */
  atEnd(): void {
    for (const line of this.#ledger.lines.values()) {
      const left = this.#ledger.waiting(line)
      const { row } = line
      if (left.length > 0 || row.owner !== null || row.dueAt !== null) {
        throw new Violation(`line ${line.id} is stuck: ${left.map(({ uid }) => uid).join(' ')}`)
      }
    }
  }
}

/** Is the line held under the very lease that the packet is sent under? */
function holds({ owner, lease }: LineRow, packet: Pick<PacketRecord, 'token' | 'lease'>): boolean {
  return owner === packet.token && lease === packet.lease
}
