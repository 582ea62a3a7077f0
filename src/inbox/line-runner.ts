import type { Clock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import { eventId } from '../core/ids.ts'
import { CONTROL_TYPE, type LockoutState, type StoredEvent, UNLOCKED } from '../core/inbox.ts'
import { type Journal, NO_JOURNAL } from '../core/journal.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import { chatName } from '../core/log-names.ts'
import type { BurialMeter, BurialReason } from '../core/meters.ts'
import type { PacketAnswer } from '../core/packet.ts'
import { readStored } from '../core/stored-event.ts'
import { stripQuotes } from '../core/strip-secrets.ts'
import type { Store } from '../db/engine/store.ts'
import { isHeld, readEvents } from '../db/inbox/leases.ts'
import { type Burial, buryOldest, type Settlement, type SettleOutcome } from '../db/inbox/settle.ts'
import { type Attempt, judgeAttempt, POISON_STRIKES } from './attempt.ts'
import type { InboxCommitter } from './committer.ts'
import type { HeldLine, PacketLimits } from './held-line.ts'
import type { LockoutPlan } from './lockout.ts'
import type { PortalLife } from './portal-life.ts'
import type { PortalPort } from './portal-port.ts'

export interface InboxDeps {
  readonly store: Store
  readonly commits: InboxCommitter
  readonly clock: Clock
  readonly log: Log
  readonly journal?: Journal
  readonly meter?: BurialMeter
  readonly lease: Lease
  readonly portals: PortalPort
  readonly life: PortalLife
}

export interface LineRunnerDeps extends InboxDeps {
  readonly plan: LockoutPlan
  readonly limits: PacketLimits
  readonly burial: Burial
  /** `token` is the one the line was leased under. */
  settle(token: string, settlement: Settlement): Promise<SettleOutcome>
}

const BURY_CHUNK = 500

/** `again`: the line is ours and may have more. `gone`: it isn't ours any more. */
export type StepResult = 'again' | 'gone'

/** Takes one step of a line: delivers its next packet, or lets it go when there is none. */
export class LineRunner {
  readonly #deps: LineRunnerDeps

  constructor(deps: LineRunnerDeps) {
    this.#deps = deps
  }

  /** Throws StoreUnavailableError when the store can't be read; the line is then as it was. */
  async step(line: HeldLine, signal: AbortSignal): Promise<StepResult> {
    if (line.awaiting) return await this.#missedAck(line)
    const isWanting = line.isEmpty || line.canGrow(this.#deps.limits)
    if (line.hasUnread && isWanting && !(await this.#refill(line))) return 'gone'
    const packet = line.nextPacket(this.#deps.limits)
    if (packet.length === 0) return await this.#letGo(line)
    // Reading may have taken longer than the lease had left, and what was read may be void under the next one.
    const isOver = line.isOver || line.successor !== undefined
    if (signal.aborted || isOver || !this.#deps.lease.isAlive()) return 'again'
    const tail = line.tail
    const startedAt = this.#deps.clock.now()
    line.lastPacketAt = startedAt
    const answer = await this.#deps.portals.deliver(
      {
        lineId: line.lineId,
        portalId: line.portalId,
        lease: line.lease,
        attempt: line.lockout.attempt + 1,
        events: packet,
      },
      signal,
    )
    if (answer.kind === 'aborted') return 'again'
    if (answer.kind === 'gone') return await this.#buryGone(line, packet)
    return await this.#conclude(line, packet, answer, { startedAt, tail })
  }

  /**
   * False if the line isn't ours any more: it may have waited long for its turn, and been disconnected, connected and leased to
   * somebody else meanwhile, whose events these would be.
   */
  async #refill(line: HeldLine): Promise<boolean> {
    const { maxEvents, maxBytes } = this.#deps.limits
    const page = { after: line.readTo, limit: 2 * maxEvents, maxBytes: 2 * maxBytes }
    const tailBefore = line.tail
    const { events, isAll } = await readEvents(this.#deps.store, line.lineId, page)
    if (!(await isHeld(this.#deps.store, line))) {
      this.#sayLost(line)
      return false
    }
    line.fill(events, isAll, tailBefore)
    return true
  }

  /** Nothing is left to be tried again, so lock and count end too: what comes next finds the line as new. */
  async #letGo(line: HeldLine): Promise<StepResult> {
    line.lockout = { ...UNLOCKED, probeSize: line.lockout.probeSize }
    const outcome = await this.#deps.settle(line.token, {
      lineId: line.lineId,
      lease: line.lease,
      accepted: [],
      rejected: [],
      lockout: line.lockout,
      next: { kind: 'continue', emptyUpTo: line.readTo },
    })
    return this.#follow(line, outcome)
  }

  /** Lets the line go as it is: its portal is switched off. */
  async putOff(line: HeldLine): Promise<StepResult> {
    const { lineId, lease, lockout, awaiting } = line
    const settlement = { lineId, lease, accepted: [], rejected: [], lockout }
    const confirmed = { lockout: { ...UNLOCKED, probeSize: lockout.probeSize } }
    const outcome = await this.#deps.settle(line.token, {
      ...settlement,
      next: awaiting
        ? { kind: 'await-ack', ...awaiting, confirmed }
        : { kind: 'wait', dueAt: this.#deps.clock.now() },
    })
    if (outcome.kind === 'kept') line.awaiting = undefined
    return this.#follow(line, outcome)
  }

  async #missedAck(line: HeldLine): Promise<StepResult> {
    const seqs = new Set(line.awaiting?.seqs)
    line.awaiting = undefined
    if (!(await this.#refill(line))) return 'gone'
    const packet = line.nextPacket(this.#deps.limits).filter(({ seq }) => seqs.has(seq))
    // All of them were confirmed before the settle that says they are waited for: what came after them goes out.
    if (packet.length === 0) return 'again'
    const error = 'the portal announced a confirmation and did not send it in time'
    const startedAt = this.#deps.clock.now()
    return await this.#conclude(
      line,
      packet,
      { kind: 'failed', error },
      { startedAt, tail: line.tail },
    )
  }

  async #conclude(
    line: HeldLine,
    packet: readonly StoredEvent[],
    answer: Exclude<PacketAnswer, { kind: 'gone' | 'aborted' }>,
    start: { readonly startedAt: number; readonly tail: number },
  ): Promise<StepResult> {
    const attempt: Attempt = {
      lineId: line.lineId,
      lease: line.lease,
      packet,
      lockout: line.lockout,
      startedAt: start.startedAt,
      now: this.#deps.clock.now(),
      ...(line.isAll(packet) ? { emptyUpTo: line.readTo } : {}),
    }
    const { settlement, isExpired } = judgeAttempt(attempt, answer, this.#deps.plan)
    if (isExpired && !(await this.#expire(line, start.tail))) return 'gone'
    const final = await this.#setPoisonAside(line, packet, settlement)
    const outcome = await this.#deps.settle(line.token, final)
    line.lockout = final.lockout
    if (outcome.kind !== 'lost') this.#noteGivenUp(line, packet, settlement, final)
    line.drop(new Set([...final.accepted, ...final.rejected.map(({ seq }) => seq)]))
    if (outcome.kind === 'kept' && outcome.isConfirmed && final.next.kind === 'await-ack') {
      line.lockout = final.next.confirmed.lockout
      line.drop(new Set(final.next.seqs))
    }
    if (final.lockout.attempt > 0) this.#deps.life.locked(line.portalId)
    else if (final.accepted.length > 0) this.#deps.life.note(line.portalId)
    return this.#follow(line, outcome)
  }

  #follow(line: HeldLine, outcome: SettleOutcome): StepResult {
    if (outcome.kind === 'kept') {
      line.tail = Math.max(line.tail, outcome.tail)
      line.noticeReplays(outcome.replays, outcome.purgeUntil)
      return 'again'
    }
    if (outcome.kind === 'lost') this.#sayLost(line)
    return 'gone'
  }

  #sayLost(line: HeldLine): void {
    this.#deps.log.warn(
      { event: 'inbox.lease-lost', ...this.#nameOf(line) },
      'the lease of this line is over, it may be held by another process now',
    )
  }

  /** The ladder is used up: what was queued when the last attempt began becomes dead letters. False if the lease is lost. */
  async #expire(line: HeldLine, upTo: number): Promise<boolean> {
    const reason = `expired: the portal was not reachable for the whole lockout (${lastWords(line.lockout, 'no answer')})`
    this.#deps.log.warn(
      { event: 'inbox.expired', ...this.#nameOf(line) },
      'the ladder is used up, queued events go to the dead letters',
    )
    return await this.#bury(line, upTo, 'expired', reason)
  }

  async #bury(line: HeldLine, upTo: number, kind: BurialReason, reason: string): Promise<boolean> {
    const { store, clock } = this.#deps
    // Should the store fail midway, what is in memory may be buried already: then it is read again.
    line.restart(0)
    for (;;) {
      const buried = await buryOldest(
        store,
        line,
        { upTo, limit: BURY_CHUNK },
        { ...this.#deps.burial, reason },
        clock.now(),
      )
      if (buried === undefined) return false
      if (buried.length === 0) break
      this.#deps.meter?.eventsBuried(kind, buried.length)
      // Without what the portal answered: that may hold anything.
      this.#note(line, { kind: 'dead', seqs: buried, reason: reason.split('(')[0]?.trim() ?? '' })
    }
    line.restart(upTo)
    return true
  }

  /** The portal has gone (410): its events become dead letters and the line is disconnected. */
  async #buryGone(line: HeldLine, packet: readonly StoredEvent[]): Promise<StepResult> {
    this.#deps.log.warn(
      { event: 'inbox.portal-gone', ...this.#nameOf(line), evts: evtsOf(line, packet) },
      'the portal answered 410, the line is disconnected',
    )
    const isControl = packet.some(({ type }) => type === CONTROL_TYPE)
    const isOurs = await this.#bury(line, line.tail, 'gone', 'the portal has gone (410)')
    if (!isOurs) return 'gone'
    if (!isControl) await this.#deps.portals.disconnect(line.lineId)
    // Not let go at once: a writer may have appended more meanwhile.
    return 'again'
  }

  /**
   * An event that fails alone with a 4xx again and again, while the portal answers a `connection.test` of the same line,
   * is at fault itself: it goes to the dead letters and the line moves on.
   */
  async #setPoisonAside(
    line: HeldLine,
    packet: readonly StoredEvent[],
    settlement: Settlement,
  ): Promise<Settlement> {
    const [event] = packet
    if (!event || settlement.lockout.strikes < POISON_STRIKES) return settlement
    if (!(await this.#deps.portals.isAnswering(line.lineId, line.portalId))) return settlement
    this.#deps.log.warn(
      {
        event: 'inbox.poison',
        ...this.#nameOf(line),
        evt: eventId(line.lineId, event.seq),
        ...chatFields(event),
        type: event.type,
      },
      'the portal refuses this event alone, it goes to the dead letters',
    )
    const reason = `poison: ${lastWords(settlement.lockout, 'refused')}`
    return {
      ...settlement,
      rejected: [...settlement.rejected, { seq: event.seq, reason }],
      lockout: { attempt: 0, probeSize: 1, strikes: 0 },
      next: { kind: 'wait', dueAt: this.#deps.clock.now() },
    }
  }

  /** Says which events the portal has refused, and which one was set aside because it refuses it alone. */
  #noteGivenUp(
    line: HeldLine,
    packet: readonly StoredEvent[],
    settlement: Settlement,
    final: Settlement,
  ): void {
    if (final.rejected.length === 0) return
    const events = new Map(packet.map((event) => [event.seq, event]))
    const refused = new Set(settlement.rejected.map(({ seq }) => seq))
    for (const { seq, reason } of final.rejected) {
      const words = refused.has(seq)
        ? withoutText(reason, events.get(seq))
        : `poison: ${settlement.lockout.lastError ?? 'refused'}`
      this.#note(line, { kind: 'dead', seqs: [seq], reason: words })
    }
    this.#deps.meter?.eventsBuried('poison', final.rejected.length - refused.size)
    if (refused.size === 0) return
    this.#deps.meter?.eventsBuried('rejected', refused.size)
    const named = settlement.rejected.slice(0, MAX_SAID)
    const reasons = named.map(({ seq, reason }) => withoutText(reason, events.get(seq)))
    const [first] = named
    this.#deps.log.warn(
      {
        event: 'inbox.rejected',
        ...this.#nameOf(line),
        count: refused.size,
        evts: named.map(({ seq }) => eventId(line.lineId, seq)),
        ...chatFields(first && events.get(first.seq)),
        reasons: [...new Set(reasons)],
      },
      'the portal refuses events, they go to the dead letters',
    )
  }

  #note({ lineId, portalId }: HeldLine, step: Parameters<Journal['note']>[1]): void {
    const { journal = NO_JOURNAL } = this.#deps
    journal.note({ lineId, portalId }, step)
  }

  #nameOf({ lineId, portalId }: HeldLine): object {
    const line = this.#deps.portals.lineName?.(lineId)
    return { lineId, portalId, ...given({ line }) }
  }
}

/** Events of a packet that a line of the log names. */
const MAX_SAID = 20
const MAX_REASON = 300

/** What the portal said last, with the beginning of its answer: for the dead letters. */
function lastWords({ lastError, lastFailure }: LockoutState, otherwise: string): string {
  const error = lastError ?? otherwise
  return lastFailure?.body ? `${error}: ${lastFailure.body}` : error
}

/** A portal may quote the message, and neither log nor journal holds anybody's words. */
function withoutText(reason: string, event: StoredEvent | undefined): string {
  const words = event ? stripQuotes(reason, event.payload) : reason
  return words.slice(0, MAX_REASON).toWellFormed()
}

function evtsOf({ lineId }: HeldLine, packet: readonly StoredEvent[]): string[] {
  return packet.slice(0, MAX_SAID).map(({ seq }) => eventId(lineId, seq))
}

function chatFields(event: StoredEvent | undefined): { chat?: string } {
  if (!event || event.type === CONTROL_TYPE) return {}
  const id = readStored(event).chat?.id
  return id === undefined ? {} : { chat: chatName(id) }
}
