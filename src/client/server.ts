import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PortalReply, Router } from './router.ts'

export interface ListenOptions {
  /** The portal's secrets, the current one first. */
  readonly secrets: readonly string[]
  /** Any free port if absent. */
  readonly port?: number
  /** `127.0.0.1` if absent. */
  readonly host?: string
  /** Epoch milliseconds; the system's clock if absent. */
  readonly now?: () => number
}

export interface Listening extends AsyncDisposable {
  /** What `hub portal add` takes. */
  readonly url: string
  /** Ends every connection, those under way too. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 1024 * 1024

/** A router behind a plain HTTP server, for demonstrations and tests. Rejects when the port is taken. */
export async function listen(router: Router, options: ListenOptions): Promise<Listening> {
  const server = createServer((request, response) => {
    answer(router, options, request).then(
      (reply) => send(response, reply),
      // The request broke off, or a secret can't be read: the hub tries again.
      () => send(response, failure(500, 'the portal failed')),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const { address, port, family } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const host = family === 'IPv6' ? `[${address}]` : address
  return { url: `http://${host}:${port}`, close, [Symbol.asyncDispose]: close }
}

async function answer(
  router: Router,
  options: ListenOptions,
  request: IncomingMessage,
): Promise<PortalReply> {
  if (request.method !== 'POST') return failure(405, 'only POST')
  const body = await readBody(request)
  if (!body) return failure(413, `more than ${MAX_BODY_BYTES} bytes`)
  const { secrets, now = Date.now } = options
  return router.handle({ headers: request.headers, body }, { secrets, now: now() })
}

/** Undefined when there is too much of it. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    // The rest is read and dropped: ending the connection now could lose the answer on its way.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks)
}

function send(response: ServerResponse, reply: PortalReply): void {
  response.writeHead(reply.status, reply.headers).end(reply.body)
}

function failure(status: number, error: string): PortalReply {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error }),
  }
}
