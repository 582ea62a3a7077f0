import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import got, { type Got, type OptionsInit, RequestError } from 'got'
import { TransportError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { HttpClient, IncomingResponse, OutgoingRequest, TargetGuard } from '../core/http.ts'
import { type EncodedMultipart, encodeMultipart } from './multipart.ts'

const DEFAULT_TIMEOUT_MS = 15_000
const MAX_BODY_BYTES = 1024 * 1024

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
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HUB_PRIVATE_TARGET',
])

/** HTTP to channel APIs: one got instance, keep-alive, guarded, without retries and redirects. */
export function createChannelClient(guard: TargetGuard): HttpClient & { close(): void } {
  const agents = {
    http: new HttpAgent({ keepAlive: true, lookup: guard.lookup }),
    https: new HttpsAgent({ keepAlive: true, lookup: guard.lookup }),
  }
  const client = got.extend({
    agent: agents,
    dnsLookup: guard.lookup as NonNullable<OptionsInit['dnsLookup']>,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: true,
    headers: { 'user-agent': 'openlines-hub' },
  })
  return {
    request: (request) => exchange(client, guard, request),
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

async function exchange(
  client: Got,
  guard: TargetGuard,
  request: OutgoingRequest,
): Promise<IncomingResponse> {
  if (request.signal?.aborted) throw new TransportError('ABORTED', 'not-sent')
  const url = URL.parse(request.url)
  if (!url) throw new TransportError('ERR_INVALID_URL', 'not-sent')
  guard.assertHost(url.hostname)
  const upload = request.multipart && encodeMultipart(request.multipart)
  try {
    return await read(client, url, request, upload)
  } catch (error) {
    if (upload?.failure() !== undefined) throw upload.failure()
    const fault = toTransportError(error, request.signal)
    throw upload && !upload.isComplete() ? new TransportError(fault.reason, 'not-sent') : fault
  } finally {
    upload?.release()
  }
}

async function read(
  client: Got,
  url: URL,
  request: OutgoingRequest,
  upload: EncodedMultipart | undefined,
): Promise<IncomingResponse> {
  const stream = client.stream(url, {
    method: request.method,
    headers: { ...textHeaders(request), ...request.headers, ...upload?.headers },
    timeout: { request: request.timeoutMs ?? DEFAULT_TIMEOUT_MS },
    ...given({ json: request.json, form: request.form }),
    ...(upload ? { body: upload.body } : {}),
    ...(request.text === undefined ? {} : { body: request.text }),
    ...given({ signal: request.signal }),
  })
  // Whoever reads the stream learns of its faults. A signal that aborts later must not end the process.
  stream.on('error', () => undefined)
  const { json, form, text } = request
  const hasBody = [json, form, text, upload].some((one) => one !== undefined)
  if (!hasBody && request.method !== 'GET') stream.end()
  const body = await readAll(stream)
  // Answered before all of it was sent: got would go on sending, and stay attached to the signal as long as that lives.
  if (!stream.writableFinished) stream.destroy()
  const { statusCode, headers } = stream.response ?? { statusCode: 0, headers: {} }
  return {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : value,
      ]),
    ),
    body,
  }
}

function textHeaders({ text }: OutgoingRequest): Readonly<Record<string, string>> {
  return text === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' }
}

async function readAll(stream: ReturnType<Got['stream']>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      stream.destroy()
      throw new TransportError('HUB_BODY_TOO_LARGE', 'unknown')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function toTransportError(error: unknown, signal: AbortSignal | undefined): TransportError {
  if (error instanceof TransportError) return error
  if (error instanceof RequestError && error.cause instanceof TransportError) return error.cause
  if (signal?.aborted) return new TransportError('ABORTED', 'unknown')
  const code = (error as { code?: unknown }).code
  const reason = typeof code === 'string' ? code : 'UNKNOWN'
  return new TransportError(reason, NOT_SENT.has(reason) ? 'not-sent' : 'unknown')
}
