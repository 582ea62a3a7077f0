import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { parsePacket } from '../../src/client/packet.ts'
import { verify } from '../../src/client/signature.ts'
import { findLastingPort } from '../chaos/free-ports.ts'
import { checkPacket } from '../helpers/api-check.ts'
import { PATIENCE_MS, waitFor } from '../helpers/wait-for.ts'
import { type Answer, acceptedBy, carryOut } from './portal-answer.ts'

/** Any event, for tests that look into it without asking what type it has; the fields are those of PROTOCOL §7. */
export interface LooseEvent {
  readonly id: string
  readonly type: string
  readonly at?: string
  readonly user?: { readonly id: string; readonly name?: string } & Fields
  readonly chat?: { readonly id: string; readonly name?: string } & Fields
  readonly message?: { readonly id: string; readonly text?: string } & Fields
  readonly [further: string]: unknown
}

/** Likewise, any packet. */
export interface LoosePacket {
  readonly id: string
  readonly type: string
  readonly portal?: string
  readonly connector?: string
  readonly line?: string
  readonly events?: readonly LooseEvent[]
  readonly challenge?: string
  readonly health?: {
    readonly state: string
    readonly code?: string
    readonly message?: string
  } & Fields
  readonly [further: string]: unknown
}

type Fields = { readonly [further: string]: unknown }

/** A packet whose signature holds, in the order of arrival. */
export interface ReceivedPacket {
  readonly headers: IncomingHttpHeaders
  readonly body: LoosePacket
  /** As it came, byte for byte. */
  readonly raw: Buffer
  /** Epoch milliseconds, by the portal's clock (`now`). */
  readonly receivedAt: number
}

export interface RefusedRequest {
  readonly reason: string
  readonly headers: IncomingHttpHeaders
  readonly raw: Buffer
}

/**
 * One answer for every packet; a list, one per packet, after which the default holds again; or a function, which may
 * wait for whatever the test wants.
 */
export type Script =
  | Answer
  | readonly Answer[]
  | ((packet: ReceivedPacket) => Answer | undefined | Promise<Answer | undefined>)

export interface FakePortalOptions {
  /** A fresh one if absent. Tests may replace `portal.secrets` at any time. */
  readonly secrets?: readonly string[]
  /** Epoch milliseconds; the system's clock if absent. */
  readonly now?: () => number
  /** False: its packets are a test's own, and need not be what a hub sends. */
  readonly isOfHub?: boolean
}

/** A portal on a real socket that records what it gets and answers as told. */
export async function startFakePortal(options: FakePortalOptions = {}): Promise<FakePortal> {
  const portal = new FakePortal(options)
  await portal.start()
  return portal
}

export class FakePortal implements AsyncDisposable {
  secrets: readonly string[]
  readonly packets: ReceivedPacket[] = []
  /** Every event of every packet as it arrived, repeats included. */
  readonly received: LooseEvent[] = []
  /** The events that the answers accepted, in order; written when the answer is decided, just before it goes out. */
  readonly events: LooseEvent[] = []
  /** Requests that were no packets signed with one of `secrets`; they get 401. */
  readonly refused: RefusedRequest[] = []
  /** How many packets were at work at once, at most, per line (`portal connector line`). */
  readonly mostAtOnce = new Map<string, number>()
  readonly #now: () => number
  readonly #isOfHub: boolean
  readonly #scripts = new Map<string, Script>()
  readonly #atWork = new Map<string, number>()
  #server: Server | undefined
  #port = 0

  constructor(options: FakePortalOptions = {}) {
    this.secrets = options.secrets ?? [`whsec_${randomBytes(32).toString('base64')}`]
    this.#now = options.now ?? Date.now
    this.#isOfHub = options.isOfHub ?? true
  }

  /** The same over stop and start. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/hub`
  }

  /** Sets how packets of `type` are answered from now on; without `script`, as at first: accepted, challenge returned. */
  answer(script?: Script, type = 'events'): void {
    if (!script) this.#scripts.delete(type)
    else this.#scripts.set(type, Array.isArray(script) ? [...script] : script)
  }

  /** Listens (again), on the port it had before. */
  async start(): Promise<void> {
    if (this.#server) return
    this.#port ||= await findLastingPort()
    const server = createServer((request, response) => {
      // A request that breaks off is the hub's affair: nothing was received.
      this.#take(request, response).catch(() => response.destroy())
    })
    this.#server = server
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
  }

  /** Down: connections are refused, those that stand are torn down. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Until `count` events have been accepted. Returns them. */
  async waitForEvents(count: number, timeoutMs = PATIENCE_MS): Promise<readonly LooseEvent[]> {
    const isComplete = () => this.events.length >= count
    await waitFor(isComplete, () => `${count} events, got ${this.#summary()}`, timeoutMs)
    return this.events
  }

  /** Until `count` packets of `type` (of any, if absent) have come, whatever was answered. Returns them. */
  async waitForPackets(
    count: number,
    type?: string,
    timeoutMs = PATIENCE_MS,
  ): Promise<readonly ReceivedPacket[]> {
    const matching = () => this.packets.filter(({ body }) => !type || body.type === type)
    const isComplete = () => matching().length >= count
    const awaited = () => `${count} packets (${type ?? 'any type'}), got ${this.#summary()}`
    await waitFor(isComplete, awaited, timeoutMs)
    return matching()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = Buffer.concat(await request.toArray())
    const { headers } = request
    const receivedAt = this.#now()
    const check = verify({ headers, body: raw, secrets: this.secrets, now: receivedAt })
    if (!check.ok) {
      this.refused.push({ reason: check.reason, headers, raw })
      response.writeHead(401).end()
      return
    }
    const packet = { headers, body: parsePacket(raw) as LoosePacket, raw, receivedAt }
    if (this.#isOfHub) checkPacket(raw)
    this.packets.push(packet)
    this.received.push(...(packet.body.events ?? []))
    const leave = this.#enter(packet.body)
    // A hub that gave up waiting may rightly send the next packet while this one is still being answered.
    response.once('close', leave)
    try {
      const answer = (await this.#decide(packet)) ?? defaultAnswer(packet.body)
      this.#accept(packet.body, answer)
      await carryOut(answer, response)
    } finally {
      leave()
    }
  }

  #decide(packet: ReceivedPacket): Answer | undefined | Promise<Answer | undefined> {
    const script = this.#scripts.get(packet.body.type)
    if (typeof script === 'function') return script(packet)
    return Array.isArray(script) ? script.shift() : (script as Answer | undefined)
  }

  #accept(packet: LoosePacket, answer: Answer): void {
    const sent = packet.events ?? []
    const accepted = acceptedBy(
      answer,
      sent.map(({ id }) => id),
    )
    this.events.push(...sent.filter(({ id }) => accepted.includes(id)))
  }

  #enter(packet: LoosePacket): () => void {
    const line = `${packet.portal} ${packet.connector} ${packet.line}`
    const count = (this.#atWork.get(line) ?? 0) + 1
    this.#atWork.set(line, count)
    this.mostAtOnce.set(line, Math.max(count, this.mostAtOnce.get(line) ?? 0))
    let isIn = true
    return () => {
      if (isIn) this.#atWork.set(line, (this.#atWork.get(line) ?? 1) - 1)
      isIn = false
    }
  }

  #summary(): string {
    const { events, packets, refused } = this
    return `${events.length} events in ${packets.length} packets, ${refused.length} refused`
  }
}

function defaultAnswer(packet: LoosePacket): Answer {
  return packet.type === 'connection.test' ? { body: { challenge: packet.challenge } } : {}
}
