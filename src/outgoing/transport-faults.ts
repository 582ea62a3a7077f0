import { TransportError } from '../core/errors.ts'

/** Failures that come before a byte of the request is on the wire, so that a repeat can't double anything. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'ERR_INVALID_URL',
  'ERR_UNSUPPORTED_PROTOCOL',
  // A header that can't be written, such as a token with a line break in it.
  'UND_ERR_INVALID_ARG',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HUB_PRIVATE_TARGET',
])

/** undici's own codes for what the system has a word for. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_HEADERS_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_BODY_TIMEOUT: 'ETIMEDOUT',
}

/** What a client has thrown, as the rest of the hub reads it: without the address, which may hold a secret. */
export function toTransportError(error: unknown, signal: AbortSignal | undefined): TransportError {
  if (error instanceof TransportError) return error
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (cause instanceof TransportError) return cause
  if (signal?.aborted) return new TransportError('ABORTED', 'unknown')
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return new TransportError('ETIMEDOUT', 'not-sent')
  const reason = typeof code === 'string' ? (SYSTEM_WORDS[code] ?? code) : 'UNKNOWN'
  return new TransportError(reason, NOT_SENT.has(reason) ? 'not-sent' : 'unknown')
}
