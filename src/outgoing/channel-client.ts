import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import got, { type Got, type OptionsInit } from 'got'
import { TransportError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { HttpClient, IncomingResponse, OutgoingRequest, TargetGuard } from '../core/http.ts'
import { type EncodedMultipart, encodeMultipart } from './multipart.ts'
import { joinHeaders, PlainClient } from './plain-client.ts'
import { toTransportError } from './transport-faults.ts'

const DEFAULT_TIMEOUT_MS = 15_000
const MAX_BODY_BYTES = 1024 * 1024

const USER_AGENT = 'openlines-hub'

/**
 * HTTP to channel APIs: keep-alive, guarded, without retries and redirects. got sends the files: it paces a stream by what the
 * receiver takes and says what of it has gone out.
 */
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
    headers: { 'user-agent': USER_AGENT },
  })
  const plain = new PlainClient(guard, {
    userAgent: USER_AGENT,
    maxBytes: MAX_BODY_BYTES,
    timeoutMs: DEFAULT_TIMEOUT_MS,
  })
  return {
    async request(request) {
      const { multipart } = request
      return multipart
        ? await upload(client, guard, request, encodeMultipart(multipart))
        : await plain.request(request)
    },
    close() {
      plain.close()
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

async function upload(
  client: Got,
  guard: TargetGuard,
  request: OutgoingRequest,
  form: EncodedMultipart,
): Promise<IncomingResponse> {
  try {
    if (request.signal?.aborted) throw new TransportError('ABORTED', 'not-sent')
    const url = URL.parse(request.url)
    if (!url) throw new TransportError('ERR_INVALID_URL', 'not-sent')
    guard.assertHost(url.hostname)
    return await read(client, url, request, form)
  } catch (error) {
    if (form.failure() !== undefined) throw form.failure()
    const fault = toTransportError(error, request.signal)
    throw form.isComplete() ? fault : new TransportError(fault.reason, 'not-sent')
  } finally {
    form.release()
  }
}

async function read(
  client: Got,
  url: URL,
  request: OutgoingRequest,
  form: EncodedMultipart,
): Promise<IncomingResponse> {
  const stream = client.stream(url, {
    method: request.method,
    headers: { ...request.headers, ...form.headers },
    timeout: { request: request.timeoutMs ?? DEFAULT_TIMEOUT_MS },
    body: form.body,
    ...given({ signal: request.signal }),
  })
  // Whoever reads the stream learns of its faults. A signal that aborts later must not end the process.
  stream.on('error', () => undefined)
  const body = await readAll(stream)
  // Answered before all of it was sent: got would go on sending, and stay attached to the signal as long as that lives.
  if (!stream.writableFinished) stream.destroy()
  const { statusCode, headers } = stream.response ?? { statusCode: 0, headers: {} }
  return { status: statusCode, headers: joinHeaders(headers), body }
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
