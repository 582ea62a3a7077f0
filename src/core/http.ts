/** A request as it came to the hub's webhook, before anything is believed. */
export interface RawRequest {
  readonly method: 'GET' | 'POST'
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** The body as JSON, parsed once. Throws BadUpdateError. */
  json(): unknown
}

export interface HttpReply {
  readonly status: number
  readonly body: string
  /** `text/plain; charset=utf-8` if absent. */
  readonly contentType?: string
}

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as application/json. */
  readonly json?: unknown
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>
  /** For the whole exchange; 15 000 if absent. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface IncomingResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/**
 * HTTP to channels. Private addresses are refused at connect time, redirects aren't followed, nothing is retried and
 * any status is an answer. Throws only TransportError. Bodies over 1 MiB are a TransportError too.
 */
export interface HttpClient {
  request(request: OutgoingRequest): Promise<IncomingResponse>
}
