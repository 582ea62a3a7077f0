import type { Packet, PortalEvent } from '../../client/packet.ts'
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
    return this.#taken
      .filter(({ packet, status }) => packet.type === 'events' && status === 200)
      .flatMap(({ packet }) => packet.events ?? [])
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
export function excerpt({ id, type, connector, line, events = [] }: Packet): object {
  return {
    id,
    type,
    connector,
    line,
    events: events.map(({ id: eventId, type: eventType, user, chat, message }) => ({
      id: eventId,
      type: eventType,
      ...(user && { user: { id: user.id, name: user.name } }),
      ...(chat && { chat: { id: chat.id, kind: chat['kind'] } }),
      ...(message && { message: { id: message.id, text: message.text } }),
    })),
  }
}
