import type { IncomingMessage, ServerResponse } from 'node:http'
import { given } from '../../src/core/given.ts'
import { LocalServer, readBody, readJsonObject } from '../helpers/local-server.ts'
import { FaultScript } from './faults.ts'
import {
  type ApiAnswer,
  type BotState,
  createBot,
  type FakeFile,
  notFound,
  refuse,
} from './telegram-bot.ts'
import { readForm } from './telegram-media.ts'
import { runMethod } from './telegram-methods.ts'

/** One call the fake has got, `params` as JSON or query gave them. */
export interface RecordedCall {
  readonly botId: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** Epoch milliseconds. */
  readonly at: number
}

/** A scripted fault. It is used up `times` times (1 if absent), then the method works again. */
export interface Fault {
  readonly status?: number
  /** Sent as JSON unless it is a string; made from `status` if absent. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly times?: number
  readonly delayMs?: number
  /** The connection breaks after the request was read; the message is then not recorded as sent. */
  readonly reset?: boolean
}

/** What became of an update: the webhook's answer, or that it waits for getUpdates. */
export type Pushed =
  | { readonly queued: true }
  | { readonly queued: false; readonly status: number; readonly body: string }

export interface PersonMessage {
  readonly botId: number
  readonly chatId: number
  readonly text?: string
  readonly from?: Readonly<Record<string, unknown>>
  readonly chat?: Readonly<Record<string, unknown>>
  /** Further fields of the message: `photo`, `entities`, `reply_to_message` … */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** Starts a Bot API server on a free port of this machine. */
export async function startFakeTelegram(): Promise<FakeTelegram> {
  const fake = new FakeTelegram()
  await fake.listen()
  return fake
}

/** Telegram's Bot API over HTTP, as far as a hub sees it, with hands to act as people and to cause faults. */
export class FakeTelegram implements AsyncDisposable {
  readonly calls: RecordedCall[] = []
  /** Those that were carried out. */
  readonly taken = new Set<RecordedCall>()
  readonly #bots = new Map<string, BotState>()
  readonly #faults = new FaultScript<Fault>()
  readonly #server = new LocalServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  listen(): Promise<void> {
    return this.#server.listen()
  }

  /** The `apiRoot` for a line's settings. */
  get url(): string {
    return this.#server.url
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const bot of this.#bots.values()) bot.wake()
    await this.#server[Symbol.asyncDispose]()
  }

  /** Makes a bot known. Several tokens may belong to the same id. */
  addBot(bot: { token: string; id: number; username?: string; firstName?: string }): BotState {
    const state = createBot(bot)
    this.#bots.set(bot.token, state)
    return state
  }

  /** From now on the token is unknown (401), as after a revocation. */
  removeBot(token: string): void {
    this.#bots.delete(token)
  }

  /** The bytes behind a `file_id`, for getFile and the download. */
  addFile(botId: number, fileId: string, file: FakeFile): void {
    this.bot(botId).files.set(fileId, file)
  }

  bot(botId: number): BotState {
    const bot = [...this.#bots.values()].find((state) => state.id === botId)
    if (!bot) throw new Error(`the fake has no bot ${botId}`)
    return bot
  }

  /** The next calls of `method` (any, with `*`) go wrong. Faults of one method are used up in order. */
  fail(method: string, fault: Fault): void {
    this.#faults.add(method.toLowerCase(), fault)
  }

  callsOf(method: string): RecordedCall[] {
    return this.calls.filter((call) => call.method === method)
  }

  /** A person writes to the bot. Resolves when the webhook has answered. */
  personWrites(message: PersonMessage): Promise<Pushed> {
    const bot = this.bot(message.botId)
    const kind = message.chatId > 0 ? 'private' : 'supergroup'
    const from = { id: Math.abs(message.chatId), is_bot: false, first_name: 'Ann', ...message.from }
    const { is_bot: _, language_code: __, ...profile } = from as Record<string, unknown>
    const chat = {
      ...(kind === 'private' ? profile : { title: 'Group' }),
      ...message.chat,
      id: message.chatId,
      type: message.chat?.['type'] ?? kind,
    }
    return this.push(message.botId, {
      message: {
        message_id: bot.nextMessageId(message.chatId),
        from,
        chat,
        date: Math.floor(Date.now() / 1000),
        ...given({ text: message.text }),
        ...message.fields,
      },
    })
  }

  /** A person presses an inline button of a message the bot has sent. */
  personPresses(press: {
    botId: number
    chatId: number
    messageId: number
    data: string
  }): Promise<Pushed> {
    const bot = this.bot(press.botId)
    const from = { id: press.chatId, is_bot: false, first_name: 'Ann' }
    const sent = bot.messages.get(`${press.chatId}:${press.messageId}`)
    const message = sent ?? {
      message_id: press.messageId,
      chat: { id: press.chatId, type: 'private', first_name: 'Ann' },
      date: 0,
    }
    const id = String(bot.nextUpdateId * 1000)
    const query = { id, from, message, chat_instance: '1', data: press.data }
    return this.push(press.botId, { callback_query: query })
  }

  /** The person blocks the bot (or lets it in again): sending answers 403, and my_chat_member tells so. */
  personBlocks(block: { botId: number; chatId: number; isBlocked?: boolean }): Promise<Pushed> {
    const bot = this.bot(block.botId)
    const isBlocked = block.isBlocked ?? true
    if (isBlocked) bot.blockedBy.add(block.chatId)
    else bot.blockedBy.delete(block.chatId)
    const person = { id: block.chatId, first_name: 'Ann' }
    const member = (status: string): object => ({ user: bot.profile, status })
    return this.push(block.botId, {
      my_chat_member: {
        chat: { ...person, type: 'private' },
        from: { ...person, is_bot: false },
        date: Math.floor(Date.now() / 1000),
        old_chat_member: member(isBlocked ? 'member' : 'kicked'),
        new_chat_member: member(isBlocked ? 'kicked' : 'member'),
      },
    })
  }

  /** Delivers an update as it is; `update_id` is added unless it is there. */
  push(botId: number, update: Readonly<Record<string, unknown>>): Promise<Pushed> {
    const bot = this.bot(botId)
    const numbered = { update_id: bot.nextUpdateId++, ...update }
    if (bot.webhook) return this.#post(bot, bot.webhook, numbered)
    bot.queue.push(numbered)
    bot.wake()
    return Promise.resolve({ queued: true })
  }

  /** Posts as Telegram does, and carries out the method call that the answer may hold. */
  async #post(
    bot: BotState,
    webhook: NonNullable<BotState['webhook']>,
    update: object,
  ): Promise<Pushed> {
    const secret = webhook.secretToken
    const response = await fetch(webhook.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        ...given({ 'x-telegram-bot-api-secret-token': secret }),
      },
      body: JSON.stringify(update),
    })
    const body = await response.text()
    noteAnswer(bot, response)
    const { method, ...params } = readJsonObject(body)
    if (response.ok && typeof method === 'string') await this.#call(bot, method, params)
    return { queued: false, status: response.status, body }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const body = await readBody(request)
    const file = /^\/file\/bot([^/]+)\/(.+)$/.exec(url.pathname)
    if (file) {
      const found = this.#find(file[1] ?? '', decodeURIComponent(file[2] ?? ''))
      return found?.serve ? found.serve(request, response) : sendBytes(found, response)
    }
    const route = /^\/bot([^/]+)\/(\w+)$/.exec(url.pathname)
    if (!route) return reply(response, notFound())
    const token = decodeURIComponent(route[1] ?? '')
    // What can't be a token is no address of the Bot API; one that could be is unauthorized.
    if (!/^\d+:[\w-]+$/.test(token)) return reply(response, notFound())
    const bot = this.#bots.get(token)
    const method = route[2] ?? ''
    const type = request.headers['content-type'] ?? ''
    const given = type.startsWith('multipart/')
      ? await readForm(type, body)
      : readJsonObject(body.toString())
    const params = { ...Object.fromEntries(url.searchParams), ...given }
    const fault = this.#faults.take(method.toLowerCase()) ?? this.#faults.take('*')
    if (fault) {
      this.#record(bot, method, params)
      return sendFault(fault, response)
    }
    reply(response, bot ? await this.#call(bot, method, params) : refuse(401, 'Unauthorized'))
  }

  #record(
    bot: BotState | undefined,
    method: string,
    params: Record<string, unknown>,
  ): RecordedCall {
    const call = { botId: bot?.id ?? 0, method, params, at: Date.now() }
    this.calls.push(call)
    return call
  }

  async #call(bot: BotState, method: string, params: Record<string, unknown>): Promise<ApiAnswer> {
    const call = this.#record(bot, method, params)
    const answer = await runMethod(bot, method, params)
    if (answer.status === 200) this.taken.add(call)
    return answer
  }

  #find(token: string, path: string): FakeFile | undefined {
    const files = [...(this.#bots.get(token)?.files.values() ?? [])]
    return files.find((file) => file.path === path)
  }
}

/** The last error is told for ever, also when nothing waits any more. */
function noteAnswer(bot: BotState, { ok, status, statusText }: Response): void {
  const words = `Wrong response from the webhook: ${status} ${statusText}`
  if (!ok) bot.webhookError = { at: Date.now(), words, waiting: 1 }
  else if (bot.webhookError) bot.webhookError.waiting = 0
}

function sendBytes(file: FakeFile | undefined, response: ServerResponse): void {
  const type = { 'content-type': 'application/octet-stream' }
  if (file) response.writeHead(200, type).end(file.bytes)
  else reply(response, notFound())
}

async function sendFault(fault: Fault, response: ServerResponse): Promise<void> {
  const { delayMs } = fault
  if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs).unref())
  if (fault.reset) return void response.socket?.resetAndDestroy()
  const status = fault.status ?? 500
  const body = fault.body ?? refuse(status, status === 500 ? 'Internal Server Error' : 'Error').body
  const isText = typeof body === 'string'
  const type = isText ? 'text/html' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...fault.headers })
  response.end(isText ? body : JSON.stringify(body))
}

function reply(response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
