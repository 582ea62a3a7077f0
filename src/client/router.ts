import { RejectEvent } from './errors.ts'
import type { EventTypes, OtherPacket, Packet, PacketTypes, PortalEvent } from './events.ts'
import { parsePacket } from './packet.ts'
import { RecentIds } from './recent-ids.ts'
import { type SignedHeaders, verify } from './signature.ts'

type EventsPacket = PacketTypes['events']
/** Packets that aren't about events: a handler takes each as if it were one. */
type Notices = Omit<PacketTypes, 'events' | 'connection.test'>
type Notice = Notices[keyof Notices] | OtherPacket

/** What handlers are called with. */
export type AnyEvent = PortalEvent | Notice

/** The handler of one type, or of several, as far as this version of the client knows them. */
export type HandlerOf<Type extends string> = (
  event: Type extends keyof EventTypes
    ? EventTypes[Type]
    : Type extends keyof Notices
      ? Notices[Type]
      : AnyEvent,
  packet: Type extends keyof EventTypes
    ? EventsPacket
    : Type extends keyof Notices
      ? Notices[Type]
      : Packet,
) => void | Promise<void>

/**
 * Called for one event at a time, in the order of the line; the next one waits for it. Returning accepts the event,
 * throwing RejectEvent refuses it for good, throwing anything else leaves it and all after it to be delivered again.
 * Of a packet that isn't about events (`connector.deactivated`, `line.health`), `event` is the packet itself.
 */
export type EventHandler = (event: AnyEvent, packet: Packet) => void | Promise<void>

export interface PortalRequest {
  readonly headers: SignedHeaders
  /** The raw bytes: the signature is over them. */
  readonly body: Buffer
}

export interface PortalReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Verifying {
  readonly secrets: readonly string[]
  /** Epoch milliseconds; the system's clock if absent. */
  readonly now?: number
}

export interface Router {
  /** One handler per type; the last one given counts. It knows what the events of its type hold. */
  on<Type extends keyof EventTypes | keyof Notices | (string & Record<never, never>)>(
    type: Type,
    handler: HandlerOf<Type>,
  ): Router
  /** For every type without a handler. Without this they are accepted and dropped: refusing them would stop the line. */
  otherwise(handler: EventHandler): Router
  /** Answers one request of the hub. Does not throw, except TypeError for a secret that can't be read. */
  handle(request: PortalRequest, verifying: Verifying): Promise<PortalReply>
}

export interface RouterOptions {
  /** How many event ids are remembered in this process, to skip repeats; 10 000 if absent. */
  readonly remember?: number
  /** What a handler threw, other than RejectEvent. A process warning if absent. */
  readonly onError?: (error: unknown, event: AnyEvent) => void
}

const DEFAULT_REMEMBERED = 10_000

export function createRouter(options: RouterOptions = {}): Router {
  return new EventRouter(options)
}

class EventRouter implements Router {
  readonly #handlers = new Map<string, EventHandler>()
  readonly #done: RecentIds
  readonly #onError: (error: unknown, event: AnyEvent) => void
  /** The last packet of each line that is under way. */
  readonly #tails = new Map<string, Promise<unknown>>()
  #otherwise: EventHandler | undefined

  constructor(options: RouterOptions) {
    this.#done = new RecentIds(options.remember ?? DEFAULT_REMEMBERED)
    this.#onError = options.onError ?? warn
  }

  on<Type extends string>(type: Type, handler: HandlerOf<Type>): this {
    // It is called with events of its type alone.
    this.#handlers.set(type, handler as EventHandler)
    return this
  }

  otherwise(handler: EventHandler): this {
    this.#otherwise = handler
    return this
  }

  async handle(request: PortalRequest, verifying: Verifying): Promise<PortalReply> {
    const { secrets, now = Date.now() } = verifying
    const check = verify({ ...request, secrets, now })
    if (!check.ok) return json(401, { error: check.reason })
    const packet = readPacket(request.body)
    if (!packet) return json(400, { error: 'the body is not a packet' })
    if (packet.type === 'connection.test') return json(200, { challenge: packet.challenge })
    return this.#inTurn(packet, () => this.#take(packet))
  }

  /**
   * After a time-out the hub sends the same events again while their handlers may still be at work. The repeat waits
   * for them, so it finds them done instead of running them twice.
   */
  async #inTurn(packet: Packet, take: () => Promise<PortalReply>): Promise<PortalReply> {
    const line = JSON.stringify([packet.portal, packet.connector, packet.line])
    const turn = (this.#tails.get(line) ?? Promise.resolve()).then(take)
    this.#tails.set(line, turn)
    try {
      return await turn
    } finally {
      if (this.#tails.get(line) === turn) this.#tails.delete(line)
    }
  }

  async #take(packet: EventsPacket | Notice): Promise<PortalReply> {
    if (packet.type !== 'events') return this.#takeNotice(packet)
    const accepted: string[] = []
    const rejected: { id: string; reason: string }[] = []
    for (const event of packet.events) {
      const outcome = await this.#run(event, packet)
      if (outcome === 'failed') break
      if (outcome === 'done') accepted.push(event.id)
      else rejected.push({ id: event.id, reason: outcome.reason })
    }
    return json(200, rejected.length > 0 ? { accepted, rejected } : { accepted })
  }

  async #takeNotice(packet: Notice): Promise<PortalReply> {
    const outcome = await this.#run(packet, packet)
    return outcome === 'failed' ? json(500, { error: 'the handler failed' }) : json(200, {})
  }

  async #run(
    event: AnyEvent,
    packet: Packet,
  ): Promise<'done' | 'failed' | { readonly reason: string }> {
    if (this.#done.has(event.id)) return 'done'
    try {
      await (this.#handlers.get(event.type) ?? this.#otherwise)?.(event, packet)
    } catch (error) {
      if (error instanceof RejectEvent) return { reason: error.message }
      this.#onError(error, event)
      return 'failed'
    }
    this.#done.add(event.id)
    return 'done'
  }
}

function readPacket(body: Buffer): Packet | undefined {
  try {
    return parsePacket(body)
  } catch {
    return undefined
  }
}

function warn(error: unknown, event: AnyEvent): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`the handler of ${event.type} ${event.id} failed: ${text}`)
}

function json(status: number, body: object): PortalReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
