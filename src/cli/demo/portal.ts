import type { EventTypes, Packet, PortalEvent } from '../../client/events.ts'
import { createRouter, type PortalRequest, type Router } from '../../client/router.ts'
import { type Listening, listen } from '../../client/server.ts'

/** One request of the hub, as it came in, and what the portal answered. */
interface Taken {
  readonly headers: PortalRequest['headers']
  readonly packet: Packet
  readonly status: number
}

/** A CRM portal as somebody would write one on `src/client`; it can be switched off and on again. */
export class DemoPortal implements AsyncDisposable {
  readonly #secret: string
  readonly #router: Router
  readonly #taken: Taken[] = []
  #server: Listening | undefined
  #url = ''

  private constructor(secret: string) {
    this.#secret = secret
    this.#router = this.#watch(createRouter())
  }

  static async start(secret: string): Promise<DemoPortal> {
    const portal = new DemoPortal(secret)
    await portal.switchOn()
    return portal
  }

  get url(): string {
    return this.#url
  }

  /** Every event that came in a packet with a good signature, repeats included, in the order of arrival. */
  get events(): PortalEvent[] {
    return this.#taken.flatMap(({ packet, status }) => (status === 200 ? eventsOf(packet) : []))
  }

  /** Those of them that somebody has written. */
  get messages(): EventTypes['message.new'][] {
    return this.events.filter((event) => event.type === 'message.new')
  }

  /** Packets with a good signature that it has taken, in the order of arrival. */
  get packets(): Packet[] {
    return this.#taken.flatMap(({ packet, status }) => (status === 200 ? [packet] : []))
  }

  /** The first packet with a good signature that `isWanted`. */
  find(isWanted: (packet: Packet) => boolean): Taken | undefined {
    return this.#taken.find(({ packet, status }) => status === 200 && isWanted(packet))
  }

  /** Comes back under the address it had before. */
  async switchOn(): Promise<void> {
    const port = this.#url === '' ? 0 : Number(new URL(this.#url).port)
    this.#server = await listen(this.#router, { secrets: [this.#secret], port })
    this.#url = this.#server.url
  }

  async switchOff(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await server?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.switchOff()
  }

  /** The router skips repeats before a handler sees them; the demo counts them, so it looks at the requests themselves. */
  #watch(router: Router): Router {
    return {
      on: router.on.bind(router),
      otherwise: router.otherwise.bind(router),
      handle: async (request, verifying) => {
        const reply = await router.handle(request, verifying)
        const packet = JSON.parse(request.body.toString('utf8')) as Packet
        this.#taken.push({ headers: request.headers, packet, status: reply.status })
        return reply
      },
    }
  }
}

/** The part of a packet that a newcomer should look at. */
export function excerpt(packet: Packet): object {
  const { id, type, connector, line } = packet
  return { id, type, connector, line, events: eventsOf(packet).map(excerptOf) }
}

function excerptOf(event: PortalEvent): object {
  const { id, type } = event
  if (event.type !== 'message.new') return { id, type }
  const { user, chat, message } = event
  return {
    id,
    type,
    ...(user && { user: { id: user.id, name: user.name } }),
    chat: { id: chat.id, kind: chat.kind },
    message: { id: message.id, text: message.text },
  }
}

/** None, of a packet that is about something else. */
export function eventsOf(packet: Packet): readonly PortalEvent[] {
  return packet.type === 'events' ? packet.events : []
}
