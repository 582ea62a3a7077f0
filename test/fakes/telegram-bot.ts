import type { IncomingMessage, ServerResponse } from 'node:http'
import { given } from '../../src/core/given.ts'

/** An answer of the Bot API before it is written. */
export interface ApiAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

export interface FakeFile {
  readonly path: string
  readonly bytes: Buffer
  /** Answers the download in its own way instead of with `bytes`. */
  readonly serve?: (request: IncomingMessage, response: ServerResponse) => void
  /** What getFile tells; the number of bytes if absent. */
  readonly size?: number
}

/** What Telegram knows of one bot. Chat ids are numbers, messages are kept under `chat:message`. */
export interface BotState {
  readonly id: number
  readonly profile: Readonly<Record<string, unknown>>
  webhook: { url: string; secretToken?: string; allowedUpdates?: unknown } | undefined
  /** What getWebhookInfo tells of the webhook's last error, even when it is long over. `at`: epoch ms. */
  webhookError: { readonly at: number; readonly words: string; waiting: number } | undefined
  /** Updates that wait for getUpdates. */
  queue: Record<string, unknown>[]
  nextUpdateId: number
  readonly messages: Map<string, Record<string, unknown>>
  readonly files: Map<string, FakeFile>
  /** Persons who have blocked the bot. */
  readonly blockedBy: Set<number>
  /** Groups that became supergroups: old id → new id. */
  readonly migrated: Map<number, number>
  /** Connections that a business account has ended. */
  readonly endedConnections: Set<string>
  /** Chats that are the direct messages of a channel: a message without a topic is refused. */
  readonly directMessages: Set<number>
  /** Topics that somebody has deleted, as `chat:topic`. */
  readonly deletedTopics: Set<string>
  /** Does it really fetch files by their addresses, with Telegram's limits? Else every address is taken. */
  fetchesFiles: boolean
  /** Names of uploads that are no pictures to Telegram. */
  readonly badPictures: Set<string>
  nextMessageId(chatId: number): number
  /** Ends a getUpdates that is waiting. */
  wake(): void
  /** Resolves at the next `wake`, or after `waitMs`. `true`: another getUpdates took over. */
  wait(waitMs: number): Promise<boolean>
}

export function createBot(bot: { id: number; username?: string; firstName?: string }): BotState {
  const lastMessageIds = new Map<number, number>()
  let waiting: ((isReplaced: boolean) => void) | undefined
  return {
    id: bot.id,
    profile: {
      id: bot.id,
      is_bot: true,
      first_name: bot.firstName ?? 'Desk',
      ...given({ username: bot.username }),
    },
    webhook: undefined,
    webhookError: undefined,
    queue: [],
    nextUpdateId: 1001,
    messages: new Map(),
    files: new Map(),
    blockedBy: new Set(),
    migrated: new Map(),
    endedConnections: new Set(),
    directMessages: new Set(),
    deletedTopics: new Set(),
    fetchesFiles: false,
    badPictures: new Set(),
    nextMessageId(chatId) {
      const id = (lastMessageIds.get(chatId) ?? 0) + 1
      lastMessageIds.set(chatId, id)
      return id
    },
    wake: () => waiting?.(false),
    wait(waitMs) {
      waiting?.(true)
      return new Promise((resolve) => {
        const timer = setTimeout(finish, waitMs, false)
        function finish(isReplaced: boolean): void {
          clearTimeout(timer)
          if (waiting === finish) waiting = undefined
          resolve(isReplaced)
        }
        waiting = finish
      })
    },
  }
}

export function accept(result: unknown, description?: string): ApiAnswer {
  return { status: 200, body: { ok: true, result, ...given({ description }) } }
}

/** `parameters` as Telegram sends them; `retry_after` also becomes the header. */
export function refuse(
  code: number,
  description: string,
  parameters?: Readonly<Record<string, unknown>>,
): ApiAnswer {
  const seconds = parameters?.['retry_after']
  return {
    status: code,
    ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
    body: { ok: false, error_code: code, description, ...given({ parameters }) },
  }
}

export function notFound(): ApiAnswer {
  return refuse(404, 'Not Found')
}

export function badRequest(description: string, parameters?: Record<string, unknown>): ApiAnswer {
  return refuse(400, `Bad Request: ${description}`, parameters)
}
