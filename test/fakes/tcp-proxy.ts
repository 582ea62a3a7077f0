import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Where the proxy leads to. */
export type ProxyTarget =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }

/** Bytes per write and the pause between two of them. */
export interface Drip {
  readonly bytes: number
  readonly everyMs: number
}

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
}

/** Starts a proxy to `target` on a free port of 127.0.0.1. */
export async function startTcpProxy(target: ProxyTarget): Promise<TcpProxy> {
  const proxy = new TcpProxy(target)
  await proxy.start()
  return proxy
}

/**
 * A TCP connection's worst days, between any client and any server: see the methods. What is set holds for standing
 * connections and for new ones until `heal`.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #target: ProxyTarget
  readonly #pairs = new Set<Pair>()
  /** Upstream local ports whose client has gone, see `isClientGone`. */
  readonly #gone = new Set<number>()
  #server: Server | undefined
  #port = 0
  /** Awaited before anything goes on; pending while paused. */
  #gate: PromiseWithResolvers<void> | undefined
  #delayMs = 0
  #drip: Drip | undefined

  constructor(target: ProxyTarget) {
    this.#target = target
  }

  /** The same over `refuse` and `heal`. */
  get port(): number {
    return this.#port
  }

  get connections(): number {
    return this.#pairs.size
  }

  async start(): Promise<void> {
    if (this.#server) return
    // Half open, so that one side's end reaches the other side after the bytes before it, also when these are slow.
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
    this.#server = server
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
  }

  /**
   * As a cable that was pulled or a firewall that forgot: connections stand and new ones are taken, but no byte and no end
   * goes through. `heal` lets through whatever has gathered.
   */
  pause(): void {
    this.#gate ??= Promise.withResolvers()
  }

  /** Tears down every connection, both ends, with RST. */
  reset(): void {
    for (const { client, upstream } of this.#pairs) {
      tearDown(client)
      tearDown(upstream)
    }
  }

  /** Refuses new connections; those that stand go on. */
  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server) return
    // Resolves its callback only when the last connection has ended; the port is free at once.
    server.close()
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Every piece of bytes arrives this much later, in both directions. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** What the target answers trickles out; a slow loris. */
  drip(drip: Drip): void {
    this.#drip = drip
  }

  /** Everything works again; connections that stood go on. */
  async heal(): Promise<void> {
    this.#gate?.resolve()
    this.#gate = undefined
    this.#delayMs = 0
    this.#drip = undefined
    await this.start()
  }

  /**
   * Whether the client of the connection that reaches the target from `port` has closed it, although the target may not
   * have heard of that yet.
   */
  isClientGone(port: number): boolean {
    return this.#gone.has(port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse()
    for (const { client, upstream } of this.#pairs) {
      client.destroy()
      upstream.destroy()
    }
  }

  #accept(client: Socket): void {
    const upstream = connect({ ...this.#target, allowHalfOpen: true })
    const pair = { client, upstream }
    this.#pairs.add(pair)
    client.setNoDelay(true)
    upstream.setNoDelay(true)
    let port = 0
    upstream.once('connect', () => {
      port = upstream.localPort ?? 0
      // A port comes round again in time.
      this.#gone.delete(port)
    })
    const leave = (): void => void this.#gone.add(port)
    client.once('end', leave)
    client.once('close', leave)
    this.#forward(pair, client, upstream, () => undefined)
    this.#forward(pair, upstream, client, () => this.#drip)
  }

  /** One direction. Pieces and the end go one after another, so that delays can't reorder them. */
  #forward(pair: Pair, from: Socket, to: Socket, dripNow: () => Drip | undefined): void {
    let last: Promise<void> = Promise.resolve()
    const next = (work: () => Promise<void> | void): void => {
      const dueAt = Date.now() + this.#delayMs
      last = last.then(async () => {
        await sleep(dueAt - Date.now())
        await this.#gate?.promise
        await work()
      })
    }
    // The close that follows tells the other side.
    from.on('error', () => undefined)
    from.on('data', (chunk: Buffer) => next(() => this.#write(to, chunk, dripNow())))
    from.once('end', () => next(() => void to.end()))
    from.once('close', (hadError) => {
      if (to.closed) this.#pairs.delete(pair)
      next(() => {
        if (hadError) tearDown(to)
        else to.end()
      })
    })
  }

  async #write(to: Socket, chunk: Buffer, drip: Drip | undefined): Promise<void> {
    if (!drip) {
      if (to.writable) to.write(chunk)
      return
    }
    for (let from = 0; from < chunk.length && to.writable; from += drip.bytes) {
      // Healed meanwhile: the rest goes at once.
      const isDripping = this.#drip !== undefined
      to.write(isDripping ? chunk.subarray(from, from + drip.bytes) : chunk.subarray(from))
      if (!isDripping) return
      await sleep(drip.everyMs)
    }
  }
}

/** RST; a Unix socket knows none and is closed. */
function tearDown(socket: Socket): void {
  if (socket.connecting || socket.remoteAddress !== undefined) socket.resetAndDestroy()
  else socket.destroy()
}

function sleep(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve()
}
