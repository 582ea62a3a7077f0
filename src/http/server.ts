import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { SharedPool } from '../core/shared-pool.ts'
import type { TrustedProxies } from './client-address.ts'

export interface HttpServer {
  readonly url: string
  /** From now on requests are answered by this; until then they are put off with 503. */
  serve(listener: RequestListener): void
  /** From now on connections count in this pool; whoever finds no room in it is cut off. */
  share(connections: SharedPool, proxies: TrustedProxies): void
  /** Takes no new connections; requests under way may end within `graceMs`, then their connections are closed. */
  close(graceMs: number): Promise<void>
}

/** A sender gets this long for its whole request, so that nobody can hold connections open by dripping bytes. */
const REQUEST_TIMEOUT_MS = 60_000
const HEADERS_TIMEOUT_MS = 20_000
const KEEP_ALIVE_MS = 65_000
const SWEEP_MS = 50

/**
 * Takes its address, so that everything that is made afterwards knows where the hub can be reached; port 0 is any free one.
 * Rejects when the address can't be had.
 */
export async function bindServer(host: string, port: number): Promise<HttpServer> {
  let listener: RequestListener = putOff
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => listener(request, response),
  )
  // A sender that closes its side right after its request, as PHP's fsockopen does, has asked for it all the same. Node would
  // drop what of the body nobody has read yet; it has no option for it, only this member of its server.
  Object.assign(server, { httpAllowHalfOpen: true })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  const { address, family, port: actualPort } = server.address() as AddressInfo
  const name = family === 'IPv6' ? `[${address}]` : address
  return {
    url: `http://${name}:${actualPort}`,
    serve(next) {
      listener = next
    },
    share(connections, proxies) {
      server.on('connection', (socket) => admit(socket, connections, proxies))
    },
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      const closeIdle = (): void => {
        server.closeIdleConnections()
        // Node takes a connection that hasn't asked for anything yet for busy; browsers open such ones ahead.
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      }
      closeIdle()
      // A connection that was busy at first stays open when its answer is out: the sender may keep it alive.
      const sweep = setInterval(closeIdle, SWEEP_MS)
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearInterval(sweep)
      clearTimeout(timer)
    },
  }
}

/** Whatever comes through a proxy of one's own comes from its address, so that one's connections have no common share. */
function admit(socket: Socket, connections: SharedPool, proxies: TrustedProxies): void {
  const { remoteAddress = '', remotePort = 0 } = socket
  const tenant = proxies.has(remoteAddress) ? `${remoteAddress} ${remotePort}` : remoteAddress
  if (connections.tryTake(tenant)) socket.once('close', () => connections.giveBack(tenant))
  else socket.destroy()
}

const putOff: RequestListener = (_request, response) => {
  response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/json; charset=utf-8' })
  response.end('{"error":{"code":"HUB_STARTING","message":"the hub is still starting"}}')
}
