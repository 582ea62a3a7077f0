import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isRecord } from '../../core/json.ts'
import { CommandError } from '../context.ts'
import { eventsOf } from './portal.ts'
import { type Stage, type StageOptions, setStage } from './stage.ts'
import { webPage } from './web-page.ts'

const CHAT = { connector: 'webchat', line: 'site' } as const
const MAX_BODY = 16 * 1024

/** Puts the stage up with a page to look at; gives its address. Throws CommandError when the port can't be had. */
export async function openWebDemo(
  cleanup: AsyncDisposableStack,
  options: StageOptions,
  port = 0,
): Promise<string> {
  let answer = (_request: IncomingMessage, response: ServerResponse): unknown =>
    response.writeHead(503).end()
  const server = createServer((request, response) => answer(request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((cause: unknown) => {
    throw new CommandError(`the page can not be shown at port ${port}: ${reasonOf(cause)}`)
  })
  cleanup.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stage = await setStage(cleanup, options)
  const settings = { title: 'Garden shop', origins: url, greeting: 'Hello! How can we help?' }
  await stage.hub.saveSettings({ ...CHAT, settings })
  const tested = await stage.hub.testConnect<{ status: { webhookUrl: string } }>(CHAT)
  const hash = new URL(tested.status.webhookUrl).searchParams.get('hash')
  const desk = new WebDesk(stage, webPage(`${stage.app.url}/webchat/${hash}`))
  answer = (request, response) =>
    desk.answer(request, response).catch(() => response.writeHead(500).end())
  return `${url}/`
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'another program has it'
  return code === 'EACCES' ? 'only an administrator may use it' : message
}

/** What the page asks for. */
class WebDesk {
  readonly #stage: Stage
  readonly #page: string

  constructor(stage: Stage, page: string) {
    this.#stage = stage
    this.#page = page
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://demo')
    if (request.method === 'POST') {
      await this.#do(url.pathname, await readBody(request))
      response.writeHead(204).end()
    } else if (url.pathname === '/state') {
      const state = await this.#state(Number(url.searchParams.get('from')))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state))
    } else if (url.pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(this.#page)
    } else response.writeHead(404).end()
  }

  async #do(path: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    const { portal, hub } = this.#stage
    if (path === '/switch') await (body['isDown'] === true ? portal.switchOff() : portal.switchOn())
    const chat = portal.messages.at(-1)?.chat
    if (path !== '/answer' || !chat) return
    await hub.sendMessage({
      ...CHAT,
      chat: { id: chat.id },
      message: { text: String(body['text']) },
    })
  }

  /** Straight from the store: a call of the portal would be a sign of life, and its locked line would be tried at once. */
  async #state(from: number): Promise<object> {
    const { app, portal, portalId } = this.#stage
    const address = { portalId, connector: CHAT.connector, externalId: CHAT.line }
    const { queue, lockout } = await app.services.lineOperations.statusOf(address)
    const packets = portal.packets.filter(({ type }) => type === 'events').slice(from)
    return {
      queue: { depth: queue.depth, lockedUntil: lockout?.lockedUntil },
      packets: packets.map((packet) => ({ id: packet.id, events: eventsOf(packet) })),
    }
  }
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = Buffer.concat(await request.toArray())
  const value: unknown = body.length > MAX_BODY ? undefined : JSON.parse(body.toString('utf8'))
  return isRecord(value) ? value : {}
}
