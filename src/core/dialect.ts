import type { ApiPart, NamedMethodApi } from './api-part.ts'
import type { Clock } from './clock.ts'
import type { AccountLinks, ConnectReport } from './connector.ts'
import type { DialectMemory } from './dialect-memory.ts'
import type { FieldFault } from './errors.ts'
import type { InboundEvent } from './event.ts'
import type { TargetGuard } from './http.ts'
import type { OwnEventType } from './inbox.ts'
import type { LineStatus } from './line.ts'
import type { Log } from './log.ts'
import type {
  DeliveryPacket,
  Goodbye,
  HealthNotice,
  PacketAddress,
  PacketAnswer,
  PortalTest,
} from './packet.ts'
import type { Portal, TextFormat } from './portal.ts'
import type { Route, RouteReply } from './route.ts'
import type { SettingField, SettingValues } from './settings.ts'
import type { Taps } from './trace.ts'

/**
 * How one make of portal is spoken to. Queue, order, lockout, methods and connectors know nothing of it: a dialect only
 * translates. It has two parts, made at different times: the speaker with the services (the command line tests portals too),
 * the door with the server, when the remote methods are there.
 */
export interface DialectDescriptor<S extends Speaker = Speaker> {
  readonly id: string
  readonly title: string
  /** What an administrator enters for a portal of this make, as data: checked, sealed, masked like a connector's settings. */
  readonly fields: readonly SettingField[]
  /** The portal's `whsec_…` secret is for those who write such a portal: shown when it is added. */
  readonly usesSecret?: true
  /** How such a portal reads and writes text; absent: each portal chooses. */
  readonly format?: TextFormat
  /** Faults that no single field shows. */
  checkSettings?(values: SettingValues): readonly FieldFault[]
  /** Event types of PROTOCOL §7 that such a portal can't be shown, each with the reason. The speaker accepts them unsent. */
  readonly notCarried: Readonly<Partial<Record<InboundEvent['type'] | OwnEventType, string>>>
  /** No I/O, no state of a portal beyond caches. */
  createSpeaker(context: SpeakerContext): S
  createDoor(context: DoorContext<S>): Door
  /** What is to be done by the clock for each portal, if anything. */
  createUpkeep?(context: DoorContext<S>): Upkeep
  /**
   * What an administrator does next at a portal that was just added, a step each, as plain lines of text for a terminal,
   * without secrets.
   */
  nextSteps?(portal: Portal, hub: { readonly publicUrl: string }): readonly string[]
  /** Its addresses and packets for the OpenAPI document; `methods` are all remote methods. */
  describe?(methods: readonly NamedMethodApi[]): ApiPart
}

export interface SpeakerContext {
  readonly guard: TargetGuard
  /** The world's clock: for timestamps of signatures and instants in packets. */
  readonly clock: Clock
  /** Never text, secrets or addresses with secrets in them. */
  readonly log: Log
  /** For one exchange, the answer's last byte included. */
  readonly timeoutMs: number
  /** Lines whose exchanges are to be noted; a speaker notes each of its own there. */
  readonly taps?: Taps
  /** Where messengers and portals reach the hub; no trailing slash. */
  readonly publicUrl: string
  readonly memory: DialectMemory
}

/** What the hub says to a portal by itself. One packet of a line at a time; which and when is the inbox's business. */
export interface Speaker {
  /**
   * Delivers events of one line, in order. Never throws; aborting `signal` gives `aborted`. Only what the portal is known
   * to have taken is `accepted`.
   */
  deliver(packet: DeliveryPacket, signal: AbortSignal): Promise<PacketAnswer>
  /** Informs the portal that a line has stopped working. Never throws; answers as `deliver`, `accepted` naming `goodbye.seq`. */
  sayGoodbye(goodbye: Goodbye, signal: AbortSignal): Promise<PacketAnswer>
  /**
   * Informs the portal that a line's health has changed. Never throws; answers as `sayGoodbye`. Absent where such a portal
   * has no place for it: then nothing is sent.
   */
  tellHealth?(notice: HealthNotice, signal: AbortSignal): Promise<PacketAnswer>
  /**
   * Asks the portal to show that it is there and that its credentials are right. With a line number of 0 there is no line, and
   * nothing may be made for it. Never throws.
   */
  test(portal: Portal, address: PacketAddress, signal: AbortSignal): Promise<PortalTest>
  /** Ends its connections. */
  close(): Promise<void>
}

/** A remote method's call, whatever it looked like on the wire. Throws what methods throw (portal/methods/method.ts). */
export type CallMethod = (portal: Portal, method: string, params: unknown) => Promise<unknown>

export interface DoorContext<S extends Speaker = Speaker> {
  /** A portal of this dialect; others are not found. May be out of date by some seconds. Throws StoreUnavailableError. */
  findPortal(id: string): Promise<Portal | undefined>
  /** The same, from the store: to be asked before a caller is refused for a secret that may have just been changed. */
  reloadPortal(id: string): Promise<Portal | undefined>
  /** The portal of this dialect that has this value in a field that is an identifier. Throws StoreUnavailableError. */
  findPortalBy(key: string, value: string): Promise<Portal | undefined>
  /** All portals of this dialect, from the store; those that are switched off too. Throws StoreUnavailableError. */
  listPortals(): Promise<readonly Portal[]>
  /**
   * Changes what is named and leaves the rest; a secret field that is left out keeps its value. False if there is no such
   * portal. Throws SettingsError, StoreUnavailableError.
   */
  editPortal(
    id: string,
    change: { readonly url?: string; readonly settings?: Readonly<Record<string, string>> },
  ): Promise<boolean>
  /** What speaks to this portal, as the inbox uses it: kept to the networks that the portal may reach. */
  speakerOf(portal: Portal): S
  readonly lines: DoorLines
  readonly memory: DialectMemory
  readonly guard: TargetGuard
  readonly publicUrl: string
  readonly apps: ProviderApps
  readonly clock: Clock
  readonly log: Log
  readonly call: CallMethod
  /** Calls of such methods take effect in the order in which they are begun: the next need not wait for the answer. */
  isQueueing(method: string): boolean
}

/** The operator's own applications at providers with OAuth; absent where none is set up. */
export interface ProviderApps {
  readonly meta?: { readonly id: string; readonly secret: string }
  readonly vk?: { readonly id: string; readonly secret: string }
}

/** A line as a portal's settings page shows it. */
export interface DoorLine {
  readonly lineId: number
  readonly connector: string
  /** The portal's own id of the line. */
  readonly line: string
  readonly status: LineStatus
  /** The channel's id of the account and its name; absent until it was connected once. */
  readonly identity?: string
  readonly name?: string
  readonly webhookUrl: string
  /** Where people find the account; what the channel has no address for is absent. */
  readonly links: AccountLinks
  /** Secrets masked; none while nothing was saved. */
  readonly settings: Readonly<Record<string, string | null>>
}

/** What a door needs of lines beyond the remote methods. All throw StoreUnavailableError. */
export interface DoorLines {
  find(address: DoorAddress): Promise<DoorLine | undefined>
  /** The portal's lines with this id of its own, of whatever connector. */
  withExternalId(portalId: string, line: string): Promise<readonly DoorLine[]>
  /** Makes the line without settings if it isn't there, so that it has a webhook's address. Throws HubError `HUB_UNKNOWN_CONNECTOR`. */
  reserve(address: DoorAddress): Promise<DoorLine>
  /**
   * Asks the channel whether the saved settings are good, and changes nothing. Throws HubError `HUB_UNKNOWN_LINE`,
   * `HUB_UNKNOWN_CONNECTOR`.
   */
  probe(address: DoorAddress): Promise<ConnectReport>
}

export interface DoorAddress {
  readonly portalId: string
  readonly connector: string
  readonly line: string
}

/** The head of a call to one of a door's addresses. */
export interface DoorRequestHead {
  readonly method: string
  /** The door's route, as it declares it: `/rpc/:portalId`. */
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A call as it came. */
export interface DoorRequest extends DoorRequestHead {
  /** Raw bytes. */
  readonly body: Buffer
}

export type Caller =
  | {
      readonly ok: true
      readonly portal: Portal
      /**
       * Names this call among the portal's: the same one again is a replay and does nothing. Absent where this make of
       * portal repeats its calls by itself, and repeating each of them does no harm.
       */
      readonly requestId?: string
    }
  /** `reason` goes to the log; the caller learns only that the call was refused. `claims` is who it says it is, if anything. */
  | { readonly ok: false; readonly reason: string; readonly claims?: string }

/**
 * Where portals of one make call. The hub does what is common to all of them (portal/door-frame.ts): it reads the body, lets
 * the door say who calls, refuses replays and more calls than a portal may make, notes the sign of life, and has refusals
 * put into the door's own form.
 */
export interface Door {
  /** One whose callers read another form of refusals than the door's own has its own `refuse`. */
  readonly routes: readonly Pick<Route, 'method' | 'path' | 'refuse'>[]
  /** The most a call may hold, in bytes; 1 MiB if absent. */
  readonly maxBodyBytes?: number
  /**
   * Why a call that has only shown its head can't be genuine: nobody has to read the body of an unknown portal's call, or of
   * one without a signature. Absent where the body says who calls. Throws StoreUnavailableError.
   */
  refuseByHead?(head: DoorRequestHead): Promise<Extract<Caller, { ok: false }> | undefined>
  /** Who calls? By the request alone and the portal's credentials, in constant time. Throws StoreUnavailableError. */
  identify(request: DoorRequest): Promise<Caller>
  /** Does what an identified portal asks for. Throws StoreUnavailableError while nothing has been done. */
  answer(portal: Portal, request: DoorRequest): Promise<RouteReply>
  /** A refusal (not believed, replay, limit, too large, store away …) in the form that this make of portal reads. */
  refuse: NonNullable<Route['refuse']>
}

/** What a dialect does by the clock, for one portal after the other, in the one process that does such things. */
export interface Upkeep {
  /** Between two visits of a portal. */
  readonly everyMs: number
  /** Throws what it likes: that is logged, and the portal visited again in its turn. */
  visit(portal: Portal, signal: AbortSignal): Promise<void>
}
