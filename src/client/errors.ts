/** What the hub answered to a call it did not do. `message` is for a person. */
export class RpcError extends Error {
  override name = 'RpcError'
  /** JSON-RPC's number: -32601 unknown method, -32602 bad params (`data.fields`), -32000 see `hubCode`. */
  readonly code: number
  readonly data: unknown
  /** `HUB_…`, where the hub gave one. */
  readonly hubCode: string | undefined
  /** HTTP status of the answer; 200 when the call was authenticated. */
  readonly status: number
  /** From `Retry-After`, on 429 and 503. */
  readonly retryAfterMs: number | undefined

  constructor(
    error: { readonly code: number; readonly message: string; readonly data?: unknown },
    status: number,
    retryAfterMs?: number,
  ) {
    super(error.message)
    this.code = error.code
    this.data = error.data
    this.hubCode = readHubCode(error.data)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * No usable answer came: the network, a time-out, or something that isn't the hub. Whether the call was done is not
 * known, so repeat only what may be done twice (`sendMessage` with a `key`).
 */
export class HubUnreachableError extends Error {
  override name = 'HubUnreachableError'
  /** HTTP status, where there was an answer at all. */
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    details: { readonly cause?: unknown; readonly status?: number; readonly retryAfterMs?: number },
  ) {
    super(message, { cause: details.cause })
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
  }
}

/** Thrown by a handler to refuse one event for good: the hub moves it to the dead letters with this reason. */
export class RejectEvent extends Error {
  override name = 'RejectEvent'
}

function readHubCode(data: unknown): string | undefined {
  const code = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined
  return typeof code === 'string' ? code : undefined
}
