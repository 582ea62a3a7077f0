import type { BrowserCode } from './browser-code.ts'
import type { Clock } from './clock.ts'
import type { FieldFault } from './errors.ts'
import type { InboundEvent, Person } from './event.ts'
import type { FileOpener } from './files.ts'
import type { ConnectorGuide } from './guide.ts'
import type { ChannelFinding } from './health.ts'
import type { HttpClient, HttpReply, RawRequest } from './http.ts'
import type { JsonObject } from './json.ts'
import type { Line } from './line.ts'
import type { Log } from './log.ts'
import type { Mailbox } from './mailbox.ts'
import type { OutboundMessage, Receipt } from './message.ts'
import type { MethodApi } from './method-api.ts'
import type { RouteReply, RouteRequest } from './route.ts'
import type { SettingField, SettingValues } from './settings.ts'
import type { Uploads } from './uploads.ts'

/** What a channel can do, as `listConnectors` shows it to portals. What is absent is degraded or refused, as each field says. */
export interface Capabilities {
  /** The longest text in one message, in the unit the channel counts; longer text is split. */
  readonly textLimit: number
  readonly textUnit: 'utf16' | 'utf8' | 'codepoint'
  /** `native`: shown as a file; `link`: only its address is sent. */
  readonly files: 'native' | 'link'
  /** `native`, or `list`: sent as a numbered list. */
  readonly buttons: 'native' | 'list'
  readonly replies: boolean
  readonly location: 'native' | 'text'
  readonly contact: 'native' | 'text'
  readonly edit: boolean
  readonly delete: boolean
  readonly typing: boolean
  readonly markRead: boolean
  readonly reactions: boolean
  /** Statuses beyond `sent` and `failed` that the channel reports. */
  readonly statuses: readonly ('delivered' | 'read' | 'noAccount')[]
  /** How long after a person's last message the channel lets the company answer freely; absent: it doesn't limit that. */
  readonly answerWindowMs?: number
  /** The hub sets the webhook by the channel's API; otherwise an administrator enters the address there. */
  readonly webhookInstall: boolean
  readonly polling: boolean
  /** Only messages of people come; nothing can be sent. */
  readonly sends?: false
  /** It sends templates, which its people may get at any time. */
  readonly templates?: true
}

/** What a connector is given once, when it is created. It keeps no other way to the outside. */
export interface ConnectorContext {
  readonly http: HttpClient
  /** For channels that don't fetch a portal's file by its address. */
  readonly files: FileOpener
  readonly clock: Clock
  /** Never message text, tokens or URLs with tokens. */
  readonly log: Log
  /** For channels whose people fetch what is for them. */
  readonly mailbox: Mailbox
  readonly browserCode: BrowserCode
  /** For people who have nobody to keep a file that they send. */
  readonly uploads: Uploads
}

/** How often something may happen: `burst` at once, then `perSecond`. Counted in each process by itself. */
export interface Quota {
  readonly perSecond: number
  readonly burst: number
}

/**
 * An address of a connector's own, below `/<connector>/<hash of the line>`: for pages of people who have no messenger. It may
 * answer with a stream, such as server-sent events (`connectors/kit/event-stream.ts`).
 */
export interface ConnectorRoute<S> {
  readonly method: 'GET' | 'POST'
  /** Empty, or begins with a slash. */
  readonly path: string
  /** For /openapi.json. */
  readonly summary: string
  /** Answered for a line that isn't connected as well, if only it has settings; HUB_LINE_NOT_CONNECTED otherwise. */
  readonly isOpen?: true
  /** The line may be as this process remembers it, so that no answer costs the store anything. */
  readonly isRemembered?: true
  /** Stays open: one address may hold 250 of them in a process, and they end when the hub stops. */
  readonly isStream?: true
  /** Of one address and line. */
  readonly quota?: Quota
  /** Throws as routes do: RefusedRequestError, BadUpdateError, StoreUnavailableError. */
  answer(request: RouteRequest, line: Line<S>): Promise<RouteReply>
}

/** At most `count` calls in any `perMs`. */
export interface SendRate {
  readonly count: number
  readonly perMs: number
}

/** What a channel allows before it complains. All of them hold at once. */
export interface SendRates {
  /** Of everything that is sent for a line. */
  readonly line: readonly SendRate[]
  /** Of what goes to one chat. */
  chat(chatId: string): readonly SendRate[]
  /** Names what the channel counts for this chat, where several of our chats are one of its own. The chat's id if absent. */
  sharedBy?(chatId: string): string
}

export interface CallContext {
  readonly signal: AbortSignal
}

export interface PollContext extends CallContext {
  /** How long the channel may wait for something to happen; without it, as long as suits the channel. */
  readonly waitMs?: number
}

export interface SendContext extends CallContext {
  /** What `parse` last remembered for this chat (`ParsedUpdate.conversations`). */
  readonly conversation?: JsonObject
  /** The hub's `out_…` id: the idempotency key where the channel has one. */
  readonly out: string
  /** 1-based. */
  readonly attempt: number
  /** The channel's ids of the parts that earlier attempts have sent: a message of several parts goes on behind them. */
  readonly done: readonly (readonly string[])[]
  /** For `update`, where it gives no buttons and `editDropsButtons`: what the hub knows of the message. */
  readonly original?: SentMessage
  /**
   * To be awaited between the parts of a message, with the ids of the one that was just taken: remembers it, and waits
   * until the channel's rates allow the next. Throws TransportError when sending is broken off.
   */
  partSent(messageIds: readonly string[]): Promise<void>
}

/** A message as the hub has sent it. */
export interface SentMessage {
  readonly message: OutboundMessage
  /** The channel's ids of its parts. */
  readonly parts: readonly (readonly string[])[]
  /** Of the last edit of this very part that had any: they go before the message's own. */
  readonly editedButtons?: NonNullable<OutboundMessage['buttons']>
}

export type Verification =
  | { readonly ok: true }
  /** `reason` goes to the log, never to the caller. */
  | { readonly ok: false; readonly reason: string }

export interface ParsedUpdate {
  /**
   * Names this update among those of its line: the same key within 24 h is the same update and yields nothing new.
   * At most 512 characters; it is hashed.
   */
  readonly key: string
  readonly events: readonly InboundEvent[]
  /** Context to keep per chat for sending later, committed together with the events. */
  readonly conversations?: readonly { readonly chatId: string; readonly context: JsonObject }[]
  /** Why an update holds nothing for the portal, for the log and the counters. */
  readonly ignored?: string
  /** What an ignored update was about, where that can be said: for whoever asks what became of the message. */
  readonly about?: { readonly chat?: string; readonly messageId?: string }
  /**
   * Parts of the update that can't be read and that no event stands for: logged at `warn`, and the rest is committed. Where
   * the chat and the kind can be made out, an `unsupported` event is the better thing.
   */
  readonly unreadable?: readonly UnreadablePart[]
  /** The channel's own success answer; 200 with an empty body if absent. */
  readonly reply?: HttpReply
  /**
   * How long the channel may repeat this update, where that is longer than the hub remembers updates by itself; a week at most.
   * A channel gives it with all updates or with none: one that comes with it isn't looked for among those that came without.
   */
  readonly repeatsForMs?: number
  /**
   * Chats in which a send may be under way that this update is about: an echo or a status can overtake the channel's own
   * answer to the send. The hub lets these sends end first, within a few seconds, so that their ids are known to it.
   */
  readonly afterSendsTo?: readonly string[]
  /**
   * The account's own id, where `testConnect` can't always learn it and updates name it: it becomes the line's identity,
   * unless another line holds it.
   */
  readonly identity?: string
}

export interface UnreadablePart {
  /** Where it stands in the update: `entry.0.messaging.3`. */
  readonly path: string
  /** Which fields are at fault and how; never a value, which may be somebody's text. */
  readonly problem: string
}

/** A piece of an update, which belongs to one account. */
export interface RoutedUpdate {
  /** The real connector whose account it is; channels of one vendor may share an address. */
  readonly connector: string
  /** As `testConnect` gives it. */
  readonly identity: string
  /** An update by itself, as that connector's `parse` takes it. */
  readonly update: unknown
}

/** Where people find an account. */
export interface AccountLinks {
  /** The account's page. */
  readonly url?: string
  /** Opens a chat with it. */
  readonly chatUrl?: string
  /** Without the `@`. */
  readonly username?: string
}

export type ConnectReport =
  | { readonly ok: true; readonly identity: string; readonly name?: string }
  | {
      readonly ok: false
      readonly error: {
        readonly code: 'HUB_CHANNEL_REFUSED' | 'HUB_CHANNEL_UNREACHABLE' | 'HUB_LINE_NOT_CONNECTED'
        readonly message: string
        /** The settings field at fault. */
        readonly field?: string
      }
    }

export interface RemoteFile {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A remote method of one connector. `run` checks `params` itself (core/params.ts) and may throw ParamsError, HubError, DeliveryError. */
export interface ConnectorMethod<S> {
  readonly name: string
  /** Without `connector` and `line`, which all of them take. */
  readonly api: MethodApi
  run(params: unknown, line: Line<S>, call: MethodContext): Promise<unknown>
}

/** A file that the hub keeps itself. */
export interface StoredFile {
  readonly size: number
  readonly content: AsyncIterable<Uint8Array>
}

export interface MethodContext extends CallContext {
  conversation(chatId: string): Promise<JsonObject | undefined>
  /** Any conversation of this line, newest first: where a channel's address is learnt only from traffic. */
  latestConversation(): Promise<JsonObject | undefined>
  remember(chatId: string, context: JsonObject): Promise<void>
}

/** The code for one channel, made once per connector by its descriptor's `create`; it holds no state of a line. */
export interface Connector<S = unknown> {
  /**
   * Is this update really from the channel? Called before anything is parsed; compares in constant time; only fetching
   * keys may do I/O. Bad input is a refusal, not an exception; TransportError when keys can't be had (answered 503).
   */
  verify(request: RawRequest, line: Line<S>): Verification | Promise<Verification>
  /**
   * Answers the channel's handshake (challenge, confirmation), if this request is one. Called for every status of the line.
   * May ask the channel which answer it expects: the request may come to another process than the one that caused it.
   * Throws TransportError when that can't be had (answered 503).
   */
  handshake?(
    request: RawRequest,
    line: Line<S>,
  ): HttpReply | undefined | Promise<HttpReply | undefined>
  /**
   * For channels that post the updates of several accounts to one address: cuts an update into those of one account each,
   * in order. The hub finds the line of each identity, has its connector verify the whole request for that line, and
   * commits all pieces together. Called when some line believes the request, which is `line`; throws BadUpdateError and
   * nothing else.
   */
  route?(request: RawRequest, line: Line<S>): readonly RoutedUpdate[]
  /**
   * With `route`: accounts that a request seems to be about, the first `limit` of them, without parsing it and without any
   * belief in it. One of their lines may know the key that it was signed with, when the address's own line doesn't.
   */
  accountsIn?(request: RawRequest, limit: number): readonly Omit<RoutedUpdate, 'update'>[]
  /** With `route`: what `verify` checks with. Lines for which it is the same believe the same requests. */
  proofKey?(line: Line<S>): string
  /** The largest webhook body the channel sends, in bytes; 1 MiB if absent. */
  readonly maxBodyBytes?: number
  /**
   * The longest text of the channel's updates, in UTF-16 units and with a margin, where it documents one; MAX_TEXT_LENGTH
   * if absent. `parse` gets longer ones cut, with a mark.
   */
  readonly maxTextLength?: number
  /**
   * Content types of the bodies that the channel posts, in lower case and without parameters; `''` stands for a body without
   * one. `application/json` alone if absent. Anything else is answered 415 before the connector is asked.
   */
  readonly contentTypes?: readonly string[]
  /**
   * The update in a request whose body isn't one JSON document, as `parse` takes it. Called after `verify`. Throws
   * BadUpdateError. `request.json()` if absent.
   */
  readUpdate?(request: RawRequest, line: Line<S>): unknown
  /**
   * Set where `readUpdate` takes who sends from a secret that comes with the request. Traces then keep the update as it was
   * read, without the secret: the body alone could never be read again.
   */
  readonly isTracedAsRead?: true
  /**
   * An update to events. Pure. Unknown kinds give `unsupported`, parts that can't be read `unreadable`. Throws BadUpdateError
   * only when the update as a whole isn't this channel's: then nothing of it is taken, and the channel repeats it for days.
   */
  parse(update: unknown, line: Line<S>, receivedAt: number): ParsedUpdate
  /**
   * Where people are known by their phone numbers: the id of the chat with the person who has this number, `digits` without a
   * plus sign. Other systems then name a person by `phone_number`. Pure.
   */
  chatOfPhone?(digits: string): string
  /** The channel's rates; absent where it names none. */
  readonly rates?: SendRates
  /**
   * For channels whose message ids are unique within a chat only: names the chat that such an id is counted in, where several
   * of ours may be one of the channel's. Without it a message of somebody else's is taken for the hub's own, and vanishes,
   * when it has the number of one that was sent to another chat. Absent: ids are unique within the account.
   */
  messageIdScope?(chatId: string): string
  /**
   * For channels that give back a reference with a message's statuses: how soon the first status usually comes. A part whose
   * answer was lost isn't tried again before that, ms.
   */
  readonly tellsWithinMs?: number
  /** `send` takes `message.template`; others refuse it. As `capabilities.templates` says. */
  readonly sendsTemplates?: true
  /** The channel shows a message once however often it is sent, so none of its sends is uncertain. */
  readonly isIdempotent?: true
  /**
   * Sends one message, split and degraded as the channel needs, without the parts in `call.done`. The receipt names all
   * parts, those included. Throws DeliveryError, TransportError.
   */
  send(chatId: string, message: OutboundMessage, line: Line<S>, call: SendContext): Promise<Receipt>
  /**
   * Replaces the text of a message the channel has, and its buttons if `message` has any; without them the old ones stay.
   * Absent where it can't. Throws as `send`.
   */
  update?(
    chatId: string,
    messageId: string,
    message: OutboundMessage,
    line: Line<S>,
    call: SendContext,
  ): Promise<Receipt>
  /** The channel takes a message's buttons away when its text is replaced without them, so `update` needs `call.original`. */
  readonly editDropsButtons?: true
  /** Deletes a message; one that is already gone is a success. Throws as `send`. */
  remove?(chatId: string, messageId: string, line: Line<S>, call: SendContext): Promise<void>
  /** Best effort, not retried. Throws as `send`. */
  typing?(chatId: string, line: Line<S>, call: SendContext): Promise<void>
  markRead?(
    chatId: string,
    messageId: string | undefined,
    line: Line<S>,
    call: SendContext,
  ): Promise<void>
  /** Tries the credentials. A refusal is a report; only a bug throws (TransportError is taken as unreachable). */
  testConnect(line: Line<S>, call: CallContext): Promise<ConnectReport>
  /**
   * Is all well at the channel? Asked every quarter of an hour of every connected line, so it makes as few calls as can be
   * (one, better than two), and it changes nothing. Gives everything that is wrong; none: all is well. Credentials that are
   * refused may be found or thrown. Absent where the channel's API can't tell. Throws as `send`: what isn't a refusal is
   * taken as a channel that can't be reached.
   */
  check?(line: Line<S>, call: CallContext): Promise<readonly ChannelFinding[]>
  /** Sets the channel's webhook to `line.webhookUrl`, or takes it away where this line's updates come otherwise. Throws as `send`. */
  install?(line: Line<S>, call: CallContext): Promise<void>
  /** Removes the webhook; called when a line is disconnected. Throws as `send`. */
  uninstall?(line: Line<S>, call: CallContext): Promise<void>
  /** Does this line fetch its updates (`poll`) instead of getting them by webhook? */
  isPolling?(line: Line<S>): boolean
  /**
   * Waits for updates after `cursor` (absent at first). The next call confirms these to the channel, so the hub calls
   * it only after they are committed. Throws as `send`.
   */
  poll?(
    cursor: string | undefined,
    line: Line<S>,
    call: PollContext,
  ): Promise<{ readonly updates: readonly unknown[]; readonly cursor?: string }>
  /**
   * Looks a person up at the channel, for updates that name people by id alone. The hub keeps it for a while and goes on
   * without it when this fails or takes long. Undefined when the channel has nothing to say. Throws as `send`.
   */
  profile?(
    personId: string,
    line: Line<S>,
    call: CallContext,
  ): Promise<Omit<Person, 'id'> | undefined>
  /**
   * Finds the bytes behind an `InboundFile` whose source is a `ref`. Throws as `send`; a rejection whose code begins with
   * `HUB_FILE_` is shown to the reader of the link with its words. Redirects of the address aren't followed.
   */
  locateFile?(ref: string, line: Line<S>, call: CallContext): Promise<RemoteFile>
  /** The same for a `ref` to what the hub keeps itself. Throws as `locateFile`, and StoreUnavailableError. */
  openFile?(ref: string, line: Line<S>): Promise<StoredFile>
  /** Addresses of the connector's own, for people's browsers. */
  readonly routes?: readonly ConnectorRoute<S>[]
  /**
   * For connectors that browsers talk to: may pages of this origin use the line's webhook and routes? Those of the hub itself may
   * always, and what isn't a browser names none. Others are answered 403 before anything is read. Absent where only the
   * channel's servers come. Pure.
   */
  allowsOrigin?(origin: string, line: Line<S>): boolean
  /**
   * What of a person or an address this update counts to, where anybody may post: beyond the quota it is answered 429. Called
   * after `verify`, before anything is read. `key` is unique within the line. Pure.
   */
  quotas?(request: RawRequest, line: Line<S>): readonly (Quota & { readonly key: string })[]
  /** Messages only come in: whoever wants to send one is told HUB_UNSUPPORTED. As `capabilities.sends` says. */
  readonly receivesOnly?: true
  readonly methods: readonly ConnectorMethod<S>[]
}

/** Everything about a connector that is data, and the factory method. Safe to list. */
export interface ConnectorDescriptor<S = unknown> {
  readonly id: string
  readonly title: string
  /** The real connector this virtual one works through. They share identities. */
  readonly parent?: string
  readonly fields: readonly SettingField[]
  /** How it is connected, step by step. */
  readonly guide?: ConnectorGuide
  readonly capabilities: Capabilities
  /** Names of the connector's own remote methods. */
  readonly methods: readonly string[]
  /** What its `check` can find; absent if it has none. */
  readonly finds?: readonly ChannelFinding['code'][]
  /**
   * Secrets that are parts of a line's, or made of them, and go over the wire by themselves: whoever writes down what goes
   * there leaves them out. What stands in a secret field needs no mention. `values` may be incomplete.
   */
  derivedSecrets?(values: SettingValues, webhookSecret: string): readonly string[]
  /** Where people find the account that `testConnect` has named. Pure. */
  links?(account: { readonly identity: string; readonly name?: string }): AccountLinks
  /** Turns checked values into the connector's own settings. */
  parseSettings(values: SettingValues): S
  /** Faults that no single field shows (one field required by another's value). */
  checkSettings?(values: SettingValues): readonly FieldFault[]
  /** No I/O, no state shared by lines. */
  create(context: ConnectorContext): Connector<S>
}
