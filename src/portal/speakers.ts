import type { DialectDescriptor, Speaker, SpeakerContext } from '../core/dialect.ts'
import { given } from '../core/given.ts'
import { eventId, packetId } from '../core/ids.ts'
import { CONTROL_TYPE, HEALTH_TYPE, type StoredEvent } from '../core/inbox.ts'
import { type Journal, type JournalLine, NO_JOURNAL } from '../core/journal.ts'
import { chatName, lineName } from '../core/log-names.ts'
import type { PacketMeter, PacketOutcome } from '../core/meters.ts'
import type {
  DeliveryPacket,
  Goodbye,
  HealthNotice,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from '../core/packet.ts'
import { PerTargets } from '../core/per-targets.ts'
import type { Portal } from '../core/portal.ts'
import { readStored } from '../core/stored-event.ts'
import { stripSecrets } from '../core/strip-secrets.ts'
import type { Tracer, TraceSpan } from '../core/tracing.ts'

/** What the inbox hands over; it gets its id here, one for each attempt. */
type Unnamed<Packet> = Omit<Packet, 'id'>

/** HTTP's answer of a portal that has gone. */
const GONE = 410
/** Events that a packet's line in the log names. */
const MAX_NAMED = 100
/** The same of its span. */
const MAX_TRACED = 20
/** Types of what comes from the hub itself, or tells of a message to the channel. */
const NOTICES: ReadonlySet<string> = new Set(['message.status', CONTROL_TYPE, HEALTH_TYPE])

/** Who is told of each attempt. */
export interface SpeakerWatchers {
  readonly journal?: Journal
  readonly meter?: PacketMeter
  readonly tracer?: Tracer
}

/**
 * The speakers of all dialects: each portal is spoken to in its own. Every attempt leaves one line in the log, so that no
 * dialect can forget it.
 */
export class Speakers {
  readonly #context: SpeakerContext
  readonly #speakers: PerTargets<ReadonlyMap<string, Speaker>>
  readonly #journal: Journal
  readonly #meter: PacketMeter | undefined
  readonly #tracer: Tracer | undefined

  constructor(
    dialects: readonly DialectDescriptor[],
    context: SpeakerContext,
    { journal = NO_JOURNAL, meter, tracer }: SpeakerWatchers = {},
  ) {
    this.#context = context
    this.#journal = journal
    this.#meter = meter
    this.#tracer = tracer
    this.#speakers = new PerTargets<ReadonlyMap<string, Speaker>>((allowed) => {
      const narrowed = { ...context, guard: context.guard.narrowed(allowed) }
      return new Map(dialects.map((dialect) => [dialect.id, dialect.createSpeaker(narrowed)]))
    })
  }

  async deliver(packet: Unnamed<DeliveryPacket>, signal: AbortSignal): Promise<PacketAnswer> {
    return await this.#attempt(packet, packet.events, (speaker, id, traceparent) =>
      speaker.deliver({ ...packet, id, ...given({ traceparent }) }, signal),
    )
  }

  async sayGoodbye(goodbye: Unnamed<Goodbye>, signal: AbortSignal): Promise<PacketAnswer> {
    return await this.#attempt(goodbye, [], (speaker, id) =>
      speaker.sayGoodbye({ ...goodbye, id }, signal),
    )
  }

  /** A make of portal that has no place for it counts as having taken it. */
  async tellHealth(notice: Unnamed<HealthNotice>, signal: AbortSignal): Promise<PacketAnswer> {
    const speaker = this.#of(notice.portal)
    if (speaker && !speaker.tellHealth) return taken(notice)
    return await this.#attempt(notice, [], async (able, id) =>
      able.tellHealth ? await able.tellHealth({ ...notice, id }, signal) : taken(notice),
    )
  }

  async #attempt(
    { portal, address, attempt }: Pick<DeliveryPacket, 'portal' | 'address' | 'attempt'>,
    events: readonly StoredEvent[],
    speak: (speaker: Speaker, id: string, traceparent?: string) => Promise<PacketAnswer>,
  ): Promise<PacketAnswer> {
    const { clock, log } = this.#context
    const { lineId, connector, externalLine: externalId } = address
    const startedAt = clock.now()
    const packet = packetId(lineId, startedAt)
    const speaker = this.#of(portal)
    const span = this.#begin(address, attempt, events)
    const said = speaker ? await speak(speaker, packet, span?.traceparent) : unspoken(portal)
    const answer = withoutSecrets(said, portal)
    span?.set({ 'hub.packet': packet, 'hub.outcome': answer.kind })
    span?.end(answer.kind === 'failed' ? 'failed' : undefined)
    const ms = clock.now() - startedAt
    this.#note({ lineId, portalId: portal.id }, { packet, ms }, events, answer)
    this.#meter?.packetPosted(outcomeOf(answer, events.length), ms)
    log.info(
      {
        event: 'delivery.attempted',
        packet,
        portalId: portal.id,
        lineId,
        line: lineName({ portalId: portal.id, connector, externalId }),
        connector,
        attempt,
        events: Math.max(1, events.length),
        evts: events.slice(0, MAX_NAMED).map(({ seq }) => eventId(lineId, seq)),
        ...given({ chat: chatOf(events) }),
        durationMs: ms,
        outcome: answer.kind,
        ...(answer.kind === 'failed' ? { error: answer.error } : {}),
      },
      'a packet was posted',
    )
    return answer
  }

  #begin(
    { lineId, connector }: PacketAddress,
    attempt: number,
    events: readonly StoredEvent[],
  ): TraceSpan | undefined {
    if (!this.#tracer || events.length === 0) return undefined
    const seqs = events.map(({ seq }) => seq)
    return this.#tracer.packet(lineId, seqs, {
      'hub.line': lineId,
      'hub.connector': connector,
      'hub.attempt': attempt,
      'hub.events': seqs.slice(0, MAX_TRACED).map((seq) => eventId(lineId, seq)),
    })
  }

  #note(
    line: JournalLine,
    { packet, ms }: { readonly packet: string; readonly ms: number },
    events: readonly StoredEvent[],
    answer: PacketAnswer,
  ): void {
    // Broken off because the hub stops: that is no attempt.
    if (events.length === 0 || answer.kind === 'aborted') return
    const status = answer.kind === 'gone' ? GONE : answer.status
    const error = answer.kind === 'failed' ? answer.error : undefined
    const accepted = answer.kind === 'answered' ? answer.accepted : []
    const noticed = new Set(events.filter(({ type }) => NOTICES.has(type)).map(({ seq }) => seq))
    const notices = noticed.size === 0 ? 0 : accepted.filter((seq) => noticed.has(seq)).length
    this.#journal.note(line, {
      kind: 'posted',
      packet,
      ms,
      seqs: events.map(({ seq }) => seq),
      accepted,
      ...(notices > 0 && { notices }),
      ...given(status === undefined ? { error } : { status }),
    })
  }

  async test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest> {
    const speaker = this.#of(portal)
    if (speaker) return await speaker.test(portal, address, signal)
    return { ok: false, error: { code: 'HUB_PORTAL_UNREACHABLE', message: unspoken(portal).error } }
  }

  /** What speaks to a portal, for its dialect's door. Undefined: this version of the hub doesn't know the dialect. */
  speakerOf(portal: Portal): Speaker | undefined {
    return this.#of(portal)
  }

  async close(): Promise<void> {
    const all = this.#speakers.all().flatMap((speakers) => [...speakers.values()])
    await Promise.all(all.map((speaker) => speaker.close()))
  }

  #of({ dialect, allowedTargets }: Portal): Speaker | undefined {
    return this.#speakers.of(allowedTargets).get(dialect)
  }
}

function outcomeOf(answer: PacketAnswer, events: number): PacketOutcome {
  if (answer.kind === 'ack-later') return 'later'
  if (answer.kind === 'failed') return answer.status === undefined ? 'unreachable' : 'refused'
  if (answer.kind !== 'answered') return answer.kind
  return answer.accepted.length >= events ? 'accepted' : 'partial'
}

function taken({ seq }: Unnamed<HealthNotice>): PacketAnswer {
  return { kind: 'answered', accepted: [seq], rejected: [] }
}

/** A portal made by a newer version of the hub: it waits until a process that speaks its dialect takes the line. */
function unspoken({ dialect }: Portal): Extract<PacketAnswer, { kind: 'failed' }> {
  return { kind: 'failed', error: `this version of the hub does not speak the dialect ${dialect}` }
}

/** Pages of errors show what was sent to them, and what the portal's own code holds. */
function withoutSecrets(answer: PacketAnswer, { secrets, settings }: Portal): PacketAnswer {
  const isQuiet = answer.kind === 'answered' && answer.rejected.length === 0
  if (isQuiet || (answer.kind !== 'failed' && answer.kind !== 'answered')) return answer
  const bare = secrets.map((secret) => secret.replace(/^whsec_/, ''))
  const all = [...secrets, ...bare, ...Object.values(settings)]
  if (answer.kind === 'failed') {
    const { body } = answer
    return { ...answer, ...given({ body: body && stripSecrets(body, all) }) }
  }
  const strip = ({ seq, reason }: { seq: number; reason: string }) => {
    return { seq, reason: stripSecrets(reason, all) }
  }
  return { ...answer, rejected: answer.rejected.map(strip) }
}

/** The first one's: reading all of them would cost more than posting them. */
function chatOf([first]: readonly StoredEvent[]): string | undefined {
  if (!first || first.type === CONTROL_TYPE) return undefined
  const id = readStored(first).chat?.id
  return id === undefined ? undefined : chatName(id)
}
