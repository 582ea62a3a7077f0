import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { findLastingPort } from '../../chaos/free-ports.ts'
import { readBody } from '../../helpers/local-server.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { type Answer, carryOut } from '../portal-answer.ts'
import { type ApiCall, ChatwootApiRoutes, readMessage } from './api.ts'
import { postHook, type SentHook, toHookCall } from './hooks.ts'
import {
  ChatwootModel,
  type Conversation,
  type Inbox,
  type Message,
  type NewMessage,
} from './model.ts'
import { Views } from './views.ts'

const ACCOUNT = 3

export interface FakeChatwootOptions {
  /** Signs its webhooks, as since 4.13. */
  readonly isNew?: boolean
  /** Epoch milliseconds, for signatures. */
  readonly now?: () => number
}

/** Chatwoot with one account: its API, its webhooks, its files. What agents do there tests do by methods. */
export class FakeChatwoot implements AsyncDisposable {
  readonly account = ACCOUNT
  readonly token = 'PLANTED-chatwoot-token-0000'
  readonly model: ChatwootModel
  readonly views: Views
  readonly routes: ChatwootApiRoutes
  /** Requests with the right token, in order. */
  readonly calls: ApiCall[] = []
  /** Messages that were asked for, whatever was answered. */
  readonly asked: NewMessage[] = []
  readonly hooks: SentHook[] = []
  /** Requests with another token. */
  refused = 0
  /** Answers for the next messages that are posted, one each. */
  readonly script: Answer[] = []
  /** So many of the next messages are taken, and whoever posted them never learns of it. */
  lostAnswers = 0
  /** Every webhook comes twice. */
  isDoubling = false
  /** Webhooks go nowhere, and nobody is told. */
  isMute = false
  #server: Server | undefined
  #port = 0
  readonly #now: () => number
  readonly #posting = new Set<Promise<void>>()

  private constructor({ isNew = true, now = Date.now }: FakeChatwootOptions) {
    this.#now = now
    this.model = new ChatwootModel(isNew)
    this.views = new Views(this.model, ACCOUNT, () => this.url)
    this.routes = new ChatwootApiRoutes(this.model, this.views, {
      created: (message) => this.#announce('message_created', message),
      updated: (message) => this.#announce('message_updated', message),
    })
  }

  static async start(options: FakeChatwootOptions = {}): Promise<FakeChatwoot> {
    const chatwoot = new FakeChatwoot(options)
    await chatwoot.start()
    return chatwoot
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get settings(): { baseUrl: string; accountId: string; apiToken: string } {
    return { baseUrl: this.url, accountId: String(ACCOUNT), apiToken: this.token }
  }

  /** On the port that it had before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy())
    })
    this.#port ||= await findLastingPort()
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
  }

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
    await Promise.all(this.#posting)
  }

  /** Public messages in order, those of agents too. */
  texts(conversation?: number): string[] {
    return this.model.messages
      .filter((one) => !one.private)
      .filter((one) => conversation === undefined || one.conversation_id === conversation)
      .map(({ content }) => content)
  }

  notes(): string[] {
    return this.model.messages.filter((one) => one.private).map(({ content }) => content)
  }

  agentWrites(conversation: Conversation, message: NewMessage): Message {
    const written = this.model.addMessage(conversation, { message_type: 'outgoing', ...message })
    this.#announce('message_created', written)
    return written
  }

  agentEdits(message: Message, content: string): void {
    message.content = content
    this.#announce('message_updated', message)
  }

  agentDeletes(message: Message): void {
    const path = `/conversations/${message.conversation_id}/messages/${message.id}`
    const query = new URLSearchParams()
    this.routes.answer({ method: 'DELETE', path, query, headers: {}, body: Buffer.alloc(0) })
  }

  agentResolves(conversation: Conversation): void {
    conversation.status = 'resolved'
    const inbox = this.#inboxOf(conversation.id)
    const shown = this.views.conversation(conversation)
    if (inbox) this.#post(inbox, { event: 'conversation_status_changed', ...shown })
  }

  agentTypes(conversation: Conversation): void {
    const inbox = this.#inboxOf(conversation.id)
    const shown = this.views.conversation(conversation)
    if (inbox)
      this.#post(inbox, { event: 'conversation_typing_on', conversation: shown, is_private: false })
  }

  /** The states that the hub has set of a message, in order. */
  statusesOf(message: number): string[] {
    return this.calls
      .filter(({ method, path }) => method === 'PATCH' && path.endsWith(`/messages/${message}`))
      .map(({ body }) => (JSON.parse(body.toString('utf8')) as { status: string }).status)
  }

  /** Until every webhook was posted and answered. */
  async settled(): Promise<void> {
    while (this.#posting.size > 0) await Promise.all(this.#posting)
  }

  async waitForText(text: string): Promise<Message> {
    return await waitFor(
      () => this.model.messages.find(({ content }) => content.includes(text)),
      () =>
        `a message "${text}", there are ${JSON.stringify(this.model.messages.map(({ content }) => content))}`,
    )
  }

  #inboxOf(conversation: number): Inbox | undefined {
    const found = this.model.conversations.find(({ id }) => id === conversation)
    return this.model.inboxes.find(({ id }) => id === found?.inbox_id)
  }

  #announce(event: string, message: Message): void {
    const inbox = this.#inboxOf(message.conversation_id)
    if (!inbox) return
    const payload = this.views.hook(event, message)
    this.#post(inbox, payload, message)
    if (this.isDoubling) this.#post(inbox, payload)
  }

  #post(inbox: Inbox, payload: Record<string, unknown>, message?: Message): void {
    if (this.isMute) return
    const posting = postHook(toHookCall(inbox, payload, { now: this.#now() })).then((status) => {
      this.hooks.push({ payload, status })
      const isTaken = status !== undefined && status >= 200 && status < 300
      if (message && !isTaken) message.status = 'failed'
    })
    this.#posting.add(posting)
    posting.finally(() => this.#posting.delete(posting)).catch(() => undefined)
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    if (this.#sendFile(url, response)) return
    const body = await readBody(request)
    const { headers } = request
    if (headers['api_access_token'] !== this.token) {
      this.refused++
      return await carryOut({ status: 401, body: { error: 'Invalid Access Token' } }, response)
    }
    const root = `/api/v1/accounts/${ACCOUNT}`
    if (!url.pathname.startsWith(`${root}/`)) {
      return await carryOut(
        { status: 404, body: { error: 'Resource could not be found' } },
        response,
      )
    }
    const path = url.pathname.slice(root.length)
    const call = { method: request.method ?? 'GET', path, query: url.searchParams, headers, body }
    this.calls.push(call)
    const isMessage = call.method === 'POST' && path.endsWith('/messages')
    if (isMessage) this.asked.push(readMessage(call))
    const scripted = isMessage ? this.script.shift() : undefined
    const answer = scripted ?? this.routes.answer(call)
    const isLost = isMessage && !scripted && this.lostAnswers-- > 0
    await carryOut(isLost ? { fault: 'reset' } : answer, response)
  }

  /** Links to files redirect to the storage. */
  #sendFile({ pathname }: URL, response: ServerResponse): boolean {
    const match = /^\/rails\/active_storage\/(blobs\/redirect|disk)\/(\d+)\//.exec(pathname)
    if (!match) return false
    if (match[1] !== 'disk') {
      response.writeHead(302, { location: pathname.replace('blobs/redirect', 'disk') }).end()
      return true
    }
    const files = this.model.messages.flatMap(({ attachments }) => attachments)
    const file = files.find(({ id }) => id === Number(match[2]))
    if (file) response.writeHead(200, { 'content-type': file.mime }).end(file.bytes)
    else response.writeHead(404).end()
    return true
  }
}
