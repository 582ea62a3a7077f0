import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventsPacket } from '../../src/client/events.ts'
import { parsePacket } from '../../src/client/packet.ts'
import { verify } from '../../src/client/signature.ts'
import { startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'
import type { Certificates } from './certificates.ts'
import type { Ledger, Visit } from './ledger.ts'
import type { Misdeed } from './misdeeds.ts'
import { type Conduct, carryOut } from './portal-conduct.ts'
import type { Random } from './random.ts'
import { readLine, readNumber } from './updates.ts'

export interface PortalOrder {
  readonly index: number
  readonly secret: string
  readonly ledger: Ledger
  readonly random: Random
  /** Absent: plain HTTP. */
  readonly certificates?: Certificates
  /** Where a redirect points. Nobody may ever follow it. */
  readonly trapUrl: string
  /** Calls `confirmDelivery` until it is answered. */
  confirm(line: number, eventIds: readonly string[]): Promise<void>
}

const RESET_EVERY_MS = 300

/** A portal behind a bad network: does whatever `misdeed` says and tells the ledger what it has taken. */
export class ChaosPortal implements AsyncDisposable {
  readonly index: number
  /** Since when nothing is wrong, epoch milliseconds; infinity while something is. */
  calmSince = Date.now()
  #misdeed: Misdeed | undefined
  readonly #order: PortalOrder
  readonly #server: Server | TlsServer
  #proxy: TcpProxy | undefined
  #resetting: NodeJS.Timeout | undefined

  constructor(order: PortalOrder) {
    this.#order = order
    this.index = order.index
    const { certificates } = order
    const take = (request: IncomingMessage, response: ServerResponse): void => {
      this.#take(request, response).catch(() => response.destroy())
    }
    this.#server = certificates
      ? createTlsServer({ key: certificates.key, cert: certificates.valid }, take)
      : createServer(take)
    this.#server.keepAliveTimeout = 60_000
    // Broken handshakes and requests are what this is about.
    this.#server.on('clientError', (_, socket) => socket.destroy())
    this.#server.on('tlsClientError', () => undefined)
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const { port } = this.#server.address() as AddressInfo
    this.#proxy = await startTcpProxy({ host: '127.0.0.1', port })
  }

  get url(): string {
    const scheme = this.#order.certificates ? 'https' : 'http'
    return `${scheme}://127.0.0.1:${this.#proxy?.port}/hub`
  }

  get isTls(): boolean {
    return this.#order.certificates !== undefined
  }

  /** From now on, until `behave`. */
  async misbehave(misdeed: Misdeed): Promise<void> {
    this.calmSince = Number.POSITIVE_INFINITY
    this.#misdeed = misdeed
    const proxy = this.#proxy
    if (misdeed === 'expired-certificate') this.#present('expired')
    if (misdeed === 'net-half-open') proxy?.pause()
    if (misdeed === 'net-delay') proxy?.delay(700)
    if (misdeed === 'net-drip') proxy?.drip({ bytes: 1, everyMs: 50 })
    if (misdeed === 'net-reset') {
      this.#resetting = setInterval(() => proxy?.reset(), RESET_EVERY_MS)
    }
    if (misdeed === 'net-refuse') {
      await proxy?.refuse()
      proxy?.reset()
    }
  }

  async behave(): Promise<void> {
    if (this.#misdeed === 'expired-certificate') this.#present('valid')
    this.#misdeed = undefined
    clearInterval(this.#resetting)
    await this.#proxy?.heal()
    this.calmSince = Date.now()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#resetting)
    await this.#proxy?.[Symbol.asyncDispose]()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Standing connections were made under the other certificate. */
  #present(which: 'valid' | 'expired'): void {
    const { certificates } = this.#order
    if (!certificates || !('setSecureContext' in this.#server)) return
    this.#server.setSecureContext({ key: certificates.key, cert: certificates[which] })
    this.#proxy?.reset()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = Buffer.concat(await request.toArray())
    const { ledger, secret, index } = this.#order
    const check = verify({
      headers: request.headers,
      body: raw,
      secrets: [secret],
      now: Date.now(),
    })
    if (!check.ok) {
      ledger.violation(`portal ${index}: a packet without a good signature: ${check.reason}`)
      response.writeHead(401).end()
      return
    }
    const packet = parsePacket(raw)
    if (packet.type === 'connection.test') {
      response.end(JSON.stringify({ challenge: packet.challenge }))
      return
    }
    // A portal that was away is told of it.
    if (packet.type === 'line.health') {
      response.end()
      return
    }
    if (packet.type !== 'events') {
      ledger.violation(`portal ${index}: a packet of type ${packet.type} nobody asked for`)
      response.end()
      return
    }
    await this.#answer(packet, request, response)
  }

  async #answer(
    packet: EventsPacket,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { ledger, random, trapUrl, confirm } = this.#order
    const line = readLine(packet.line)
    const events = packet.events.map((event) => ({
      id: event.id,
      number: readNumber(event.type === 'message.new' ? event.message.text : undefined),
    }))
    const visit = ledger.arrives(packet.id, line, events)
    this.#watch(visit, request, response)
    const conduct: Conduct = {
      random,
      trapUrl,
      events,
      take: (numbers) => ledger.process(line, numbers),
      bury: (number) => ledger.askToBury(line, number),
      confirm: (ids) => confirm(line, ids),
    }
    // What a portal takes to work, and what makes two packets at once visible.
    await sleep(random.between(20, 60))
    await carryOut(this.#misdeed, conduct, response)
  }

  /** A client that has closed its end of a broken network is gone, also when the portal can't know it. */
  #watch(visit: Visit, request: IncomingMessage, response: ServerResponse): void {
    const { ledger } = this.#order
    const port = request.socket.remotePort ?? 0
    response.once('finish', () => ledger.leaves(visit, this.#isGone(port) ? 'gone' : 'answered'))
    response.once('close', () => ledger.leaves(visit, 'gone'))
    const timer = setInterval(() => {
      if (visit.end === undefined && this.#isGone(port)) ledger.leaves(visit, 'gone')
      if (visit.end !== undefined) clearInterval(timer)
    }, 10)
  }

  #isGone(port: number): boolean {
    return this.#proxy?.isClientGone(port) ?? false
  }
}
