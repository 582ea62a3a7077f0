import type { Clock } from '../core/clock.ts'
import { CONTROL_TYPE, type StoredEvent, UNLOCKED } from '../core/inbox.ts'
import type { Lease } from '../core/lease.ts'
import type { Log } from '../core/log.ts'
import { readEvents } from '../db/inbox-leases.ts'
import { type Burial, buryOldest, type Settlement, type SettleOutcome } from '../db/inbox-settle.ts'
import type { Store } from '../db/store.ts'
import { type Attempt, judgeAttempt, POISON_STRIKES } from './attempt.ts'
import type { Lane, PacketLimits } from './lane.ts'
import type { LockoutPlan } from './lockout.ts'
import type { PortalLife } from './portal-life.ts'
import type { PacketAnswer, PortalPort } from './portal-port.ts'

export interface InboxDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly lease: Lease
  readonly portals: PortalPort
  readonly life: PortalLife
}

export interface LaneRunnerDeps extends InboxDeps {
  readonly plan: LockoutPlan
  readonly limits: PacketLimits
  readonly burial: Burial
  /** `token` is the one the line was leased under. */
  settle(token: string, settlement: Settlement): Promise<SettleOutcome>
}

const BURY_CHUNK = 500

/** `again`: the line is ours and may have more. `gone`: it isn't ours any more. */
export type StepResult = 'again' | 'gone'

/** Carries one lane one packet further. */
export class LaneRunner {
  readonly #deps: LaneRunnerDeps

  constructor(deps: LaneRunnerDeps) {
    this.#deps = deps
  }

  /** Throws StoreUnavailableError when the store can't be read; the lane is then as it was. */
  async step(lane: Lane, signal: AbortSignal): Promise<StepResult> {
    if (lane.awaiting) return await this.#missedAck(lane)
    if (lane.isEmpty && lane.hasUnread) await this.#refill(lane)
    const packet = lane.nextPacket(this.#deps.limits)
    if (packet.length === 0) return await this.#letGo(lane)
    // Reading may have taken longer than the lease had left.
    if (signal.aborted || lane.isOver || !this.#deps.lease.isAlive()) return 'again'
    const tail = lane.tail
    const startedAt = this.#deps.clock.now()
    lane.lastPacketAt = startedAt
    const answer = await this.#deps.portals.deliver(
      {
        lineId: lane.lineId,
        portalId: lane.portalId,
        attempt: lane.lockout.attempt + 1,
        events: packet,
      },
      signal,
    )
    if (answer.kind === 'aborted') return 'again'
    if (answer.kind === 'gone') return await this.#buryGone(lane, packet)
    return await this.#conclude(lane, packet, answer, { startedAt, tail })
  }

  async #refill(lane: Lane): Promise<void> {
    const limit = this.#deps.limits.maxEvents * 2
    const tailBefore = lane.tail
    const events = await readEvents(this.#deps.store, lane.lineId, lane.readTo, limit)
    lane.fill(events, events.length < limit, tailBefore)
  }

  /** Nothing is left to be tried again, so lock and count end too: what comes next finds the line as new. */
  async #letGo(lane: Lane): Promise<StepResult> {
    lane.lockout = { ...UNLOCKED, probeSize: lane.lockout.probeSize }
    const outcome = await this.#deps.settle(lane.token, {
      lineId: lane.lineId,
      lease: lane.lease,
      accepted: [],
      rejected: [],
      lockout: lane.lockout,
      next: { kind: 'continue', emptyUpTo: lane.readTo },
    })
    return this.#follow(lane, outcome)
  }

  async #missedAck(lane: Lane): Promise<StepResult> {
    const seqs = new Set(lane.awaiting?.seqs)
    lane.awaiting = undefined
    await this.#refill(lane)
    const packet = lane.nextPacket(this.#deps.limits).filter(({ seq }) => seqs.has(seq))
    // All of them were confirmed before it was written down that they are waited for: what came after them goes out.
    if (packet.length === 0) return 'again'
    const error = 'the portal announced a confirmation and did not send it in time'
    const startedAt = this.#deps.clock.now()
    return await this.#conclude(
      lane,
      packet,
      { kind: 'failed', error },
      { startedAt, tail: lane.tail },
    )
  }

  async #conclude(
    lane: Lane,
    packet: readonly StoredEvent[],
    answer: Exclude<PacketAnswer, { kind: 'gone' | 'aborted' }>,
    start: { readonly startedAt: number; readonly tail: number },
  ): Promise<StepResult> {
    const attempt: Attempt = {
      lineId: lane.lineId,
      lease: lane.lease,
      packet,
      lockout: lane.lockout,
      startedAt: start.startedAt,
      now: this.#deps.clock.now(),
      ...(lane.isAll(packet) ? { emptyUpTo: lane.readTo } : {}),
    }
    const { settlement, isExpired } = judgeAttempt(attempt, answer, this.#deps.plan)
    if (isExpired && !(await this.#expire(lane, start.tail))) return 'gone'
    const final = await this.#setPoisonAside(lane, packet, settlement)
    const outcome = await this.#deps.settle(lane.token, final)
    lane.lockout = final.lockout
    lane.drop(new Set([...final.accepted, ...final.rejected.map(({ seq }) => seq)]))
    if (outcome.kind === 'kept' && outcome.isConfirmed && final.next.kind === 'await-ack') {
      lane.lockout = final.next.confirmed.lockout
      lane.drop(new Set(final.next.seqs))
    }
    if (final.lockout.attempt > 0) this.#deps.life.locked(lane.portalId)
    else if (final.accepted.length > 0) this.#deps.life.note(lane.portalId)
    return this.#follow(lane, outcome)
  }

  #follow(lane: Lane, outcome: SettleOutcome): StepResult {
    if (outcome.kind === 'kept') {
      lane.tail = Math.max(lane.tail, outcome.tail)
      lane.noticeReplays(outcome.replays)
      return 'again'
    }
    if (outcome.kind === 'lost') {
      this.#deps.log.warn(
        { event: 'inbox.lease-lost', lineId: lane.lineId },
        'the lease of this line is over, it may be held by another process now',
      )
    }
    return 'gone'
  }

  /** The ladder is used up: what was queued when the last attempt began becomes dead letters. False if the lease is lost. */
  async #expire(lane: Lane, upTo: number): Promise<boolean> {
    const reason = `expired: the portal was not reachable for the whole lockout (${lane.lockout.lastError ?? 'no answer'})`
    this.#deps.log.warn(
      { event: 'inbox.expired', lineId: lane.lineId, portalId: lane.portalId },
      'the ladder is used up, queued events go to the dead letters',
    )
    return await this.#bury(lane, upTo, reason)
  }

  async #bury(lane: Lane, upTo: number, reason: string): Promise<boolean> {
    const { store, clock } = this.#deps
    // Should the store fail midway, what is in memory may be buried already: then it is read again.
    lane.restart(0)
    for (;;) {
      const buried = await buryOldest(
        store,
        lane,
        { upTo, limit: BURY_CHUNK },
        { ...this.#deps.burial, reason },
        clock.now(),
      )
      if (buried === undefined) return false
      if (buried === 0) break
    }
    lane.restart(upTo)
    return true
  }

  /** The portal has gone (410): its events become dead letters and the line is disconnected. */
  async #buryGone(lane: Lane, packet: readonly StoredEvent[]): Promise<StepResult> {
    this.#deps.log.warn(
      { event: 'inbox.portal-gone', lineId: lane.lineId, portalId: lane.portalId },
      'the portal answered 410, the line is disconnected',
    )
    const isControl = packet.some(({ type }) => type === CONTROL_TYPE)
    const isOurs = await this.#bury(lane, lane.tail, 'the portal has gone (410)')
    if (!isOurs) return 'gone'
    if (!isControl) await this.#deps.portals.disconnect(lane.lineId)
    // Not let go at once: a writer may have told of more meanwhile.
    return 'again'
  }

  /**
   * An event that fails alone with a 4xx again and again, while the portal answers a `connection.test` of the same line,
   * is at fault itself: it goes to the dead letters and the line moves on.
   */
  async #setPoisonAside(
    lane: Lane,
    packet: readonly StoredEvent[],
    settlement: Settlement,
  ): Promise<Settlement> {
    const [event] = packet
    if (!event || settlement.lockout.strikes < POISON_STRIKES) return settlement
    if (!(await this.#deps.portals.isAnswering(lane.lineId, lane.portalId))) return settlement
    this.#deps.log.warn(
      { event: 'inbox.poison', lineId: lane.lineId, portalId: lane.portalId, type: event.type },
      'the portal refuses this event alone, it goes to the dead letters',
    )
    const reason = `poison: ${settlement.lockout.lastError ?? 'refused'}`
    return {
      ...settlement,
      rejected: [...settlement.rejected, { seq: event.seq, reason }],
      lockout: { attempt: 0, probeSize: 1, strikes: 0 },
      next: { kind: 'wait', dueAt: this.#deps.clock.now() },
    }
  }
}
