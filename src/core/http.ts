import type { LookupFunction } from 'node:net'

/** A request as it came to the hub's webhook, before anything is believed. */
export interface RawRequest {
  readonly method: 'GET' | 'POST'
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** Where it comes from, as far as that can be told; absent for what didn't come over HTTP. */
  readonly address?: string
  /** The body as JSON, parsed once; integers beyond 2^53 come as text. Throws BadUpdateError. */
  json(): unknown
}

export interface HttpReply {
  readonly status: number
  readonly body: string
  /** `text/plain; charset=utf-8` if absent. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One file of a multipart request. */
export interface MultipartFile {
  readonly field: string
  /** The file's own name, as the receiver shows it. */
  readonly name: string
  /** `application/octet-stream` if absent. */
  readonly mime?: string
  /** Bytes, if known. If the sizes of all files are known the request has a Content-Length, else it goes out in chunks. */
  readonly size?: number
  /**
   * Called when all before this file is written; read no faster than the receiver takes it. `signal` aborts when the
   * request has ended, however it did. What `open` or its stream throws ends the request and is thrown as it is.
   */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}

/** The body of a form with files. */
export interface MultipartBody {
  readonly fields: Readonly<Record<string, string>>
  /** In the order in which they are sent, behind the fields. */
  readonly files: readonly MultipartFile[]
}

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as application/json. */
  readonly json?: unknown
  /** Sent as it is, as text/plain if `headers` name no content type. */
  readonly text?: string
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as multipart/form-data, streamed: no file is held in memory as a whole. */
  readonly multipart?: MultipartBody
  /** For the whole exchange; 15 000 if absent. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /**
   * Fields of the answer's JSON, at any depth, whose values are secrets that the channel hands out: they are not written
   * down, here or in later exchanges. Of an address it is what stands behind its `?`. OAuth's tokens need no mention.
   */
  readonly secretFields?: readonly string[]
}

export interface IncomingResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/**
 * HTTP to channels. Private addresses are refused at connect time, redirects aren't followed, nothing is retried and
 * any status is an answer. Throws only TransportError, and what the files of a multipart request throw. Answers over
 * 1 MiB are a TransportError too. An upload that breaks off before its end was certainly not taken.
 */
export interface HttpClient {
  request(request: OutgoingRequest): Promise<IncomingResponse>
}

/**
 * Keeps outgoing HTTP away from addresses that only this network can reach (loopback, private, link-local, cloud
 * metadata). It looks at the address a connection is really made to: after DNS, at connect time, so that a name which
 * resolves differently the second time gains nothing.
 */
export interface TargetGuard {
  /** For sockets: resolves a name and refuses it unless every address is allowed. */
  readonly lookup: LookupFunction
  /** For hosts that are literal addresses, which sockets don't look up. Throws TransportError. */
  assertHost(hostname: string): void
  /** A guard that lets through what this one does, and of special addresses only those of `allowed`. All if that is undefined. */
  narrowed(allowed: readonly string[] | undefined): TargetGuard
}
