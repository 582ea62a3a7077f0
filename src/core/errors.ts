/** One faulty field of settings or of a call's params; `problem` is for a person. */
export interface FieldFault {
  readonly field: string
  readonly problem: string
}

/** Settings that a connector can't take; names every faulty field. */
export class SettingsError extends Error {
  override name = 'SettingsError'
  readonly code = 'HUB_BAD_SETTINGS'
  readonly fields: readonly FieldFault[]
  constructor(fields: readonly FieldFault[]) {
    super(`settings refused: ${fields.map((fault) => fault.field).join(', ')}`)
    this.fields = fields
  }
}

/** Params of a remote method that can't be taken; names every faulty field. */
export class ParamsError extends Error {
  override name = 'ParamsError'
  readonly code = 'HUB_BAD_PARAMS'
  readonly fields: readonly FieldFault[]
  constructor(fields: readonly FieldFault[], options?: ErrorOptions) {
    super(`bad params: ${[...new Set(fields.map((fault) => fault.field))].join(', ')}`, options)
    this.fields = fields
  }
}

/** An update whose body isn't what the channel sends (not JSON, wrong shape). Answered 400. */
export class BadUpdateError extends Error {
  override name = 'BadUpdateError'
  readonly code = 'HUB_BAD_UPDATE'
  /** What the sender is told of it, where people's own pages post: `files: at most 10`. Elsewhere it says nothing in particular. */
  readonly told: string | undefined
  constructor(message: string, options: ErrorOptions & { readonly told?: string } = {}) {
    super(message, options)
    this.told = options.told
  }
}

/** Codes a remote method may fail with (PROTOCOL §4). */
export type HubErrorCode =
  | 'HUB_UNKNOWN_CONNECTOR'
  | 'HUB_UNKNOWN_LINE'
  | 'HUB_LINE_NOT_CONNECTED'
  | 'HUB_CHANNEL_REFUSED'
  | 'HUB_CHANNEL_UNREACHABLE'
  | 'HUB_PORTAL_UNREACHABLE'
  | 'HUB_UNSUPPORTED'
  | 'HUB_KEY_REUSED'
  | 'HUB_UNKNOWN_RECIPIENT'
  | 'HUB_OLD_SECRET'
  | 'HUB_LIMIT'
  | 'HUB_TOO_LARGE'
  | 'HUB_UNKNOWN_SCRIPT'
  | 'HUB_UNKNOWN_TRIGGER'
  | 'HUB_UNKNOWN_BROADCAST'
  | 'HUB_UNKNOWN_RUN'
  | 'HUB_UNKNOWN_JOB'
  | 'HUB_UNKNOWN_NOTIFICATION'
  | 'HUB_IN_USE'
  | 'HUB_CONFLICT'
  | 'HUB_WRONG_STATE'

/** A call that was understood and can't be done; `message` is shown to a person and holds no secret. */
export class HubError extends Error {
  override name = 'HubError'
  readonly code: HubErrorCode
  constructor(code: HubErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** There is no method of this name, or the connector that was named has none. */
export class UnknownMethodError extends Error {
  override name = 'UnknownMethodError'
  readonly code = 'HUB_UNKNOWN_METHOD'
}

/** The store can't be reached or gave up: nothing was taken, the caller should come again. Answered 503. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError'
  readonly code = 'HUB_STORE_UNAVAILABLE'
}

/**
 * Rows of the store stayed locked by somebody else; nothing was taken. The rest of the store works, so whoever has asked for
 * several things at once asks for each of them alone.
 */
export class StoreLockedError extends StoreUnavailableError {
  override name = 'StoreLockedError'
}

/** The tenant has its share of what waits for the store; nothing was taken. Others are served meanwhile. Answered 429. */
export class StoreCrowdedError extends StoreUnavailableError {
  override name = 'StoreCrowdedError'
}

/** A settle that touched no row: another process holds the line now. Stop, report, retry nothing. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
  readonly code = 'HUB_LEASE_LOST'
}

/**
 * `retry`: the network, a 5xx, a 429: it may work later. `pause`: credentials refused or quota used up, a person must
 * act. `reject`: this message can't be delivered, now or later.
 */
export type Disposition = 'retry' | 'pause' | 'reject'

/** `not-sent`: certainly not. `unknown`: the request was written and no answer came; a repeat may double the message. */
export type SendOutcome = 'not-sent' | 'unknown'

export interface DeliveryFault {
  readonly disposition: Disposition
  readonly outcome: SendOutcome
  /** The channel's own code (`403`, `ConversationNotFound`) or a `HUB_…` code. */
  readonly channelCode: string
  readonly retryAfterMs?: number
  /** Tries in all, this one included, after which the message has failed. */
  readonly maxAttempts?: number
  /** It was too much at once: the channel will take it later, and less of everything until then. */
  readonly isRateLimit?: true
  /** What has to wait for `retryAfterMs`; the chat if absent. */
  readonly scope?: 'chat' | 'line'
  /** The channel says that there is nobody: the message's status is `noAccount` instead of `failed`. */
  readonly isNoAccount?: true
  /** The settings field at fault, when it is known. */
  readonly field?: string
}

/** A channel that didn't take what was sent. Carries the decision what to do next; `message` holds no secret. */
export class DeliveryError extends Error {
  override name = 'DeliveryError'
  readonly code = 'HUB_DELIVERY_FAILED'
  readonly fault: DeliveryFault
  constructor(message: string, fault: DeliveryFault, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/**
 * An outgoing request that got no HTTP answer. It names neither URL nor headers and has no `cause`: a channel's URL may
 * hold its token, and the causes of HTTP libraries quote the URL.
 */
export class TransportError extends Error {
  override name = 'TransportError'
  readonly code = 'HUB_TRANSPORT'
  /** Node's or undici's code: `ECONNREFUSED`, `ETIMEDOUT`, `HUB_PRIVATE_TARGET`, `ABORTED` … */
  readonly reason: string
  readonly outcome: SendOutcome
  constructor(reason: string, outcome: SendOutcome) {
    super(`no answer from the other side (${reason})`)
    this.reason = reason
    this.outcome = outcome
  }
}
