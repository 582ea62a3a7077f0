import { setTimeout as sleep } from 'node:timers/promises'
import type { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { LINE } from '../helpers/bitrix-rig.ts'
import type { Random } from './random.ts'

export interface OperatorsOrder {
  readonly portal: FakeBitrix
  /** The messenger's ids of the chats in which they answer. */
  readonly chats: readonly number[]
  /** Base addresses of the hubs that are said to run. */
  readonly hubs: () => readonly string[]
  readonly random: Random
}

/** Below what Telegram lets a bot send to one chat: what is queued must be through soon after the end. */
const EVERY_MS = 1250

/**
 * They answer in every chat, a message after the other, and wait for the head of the answer each time, as the module does.
 * What isn't taken nobody posts again.
 */
export class Operators {
  /** By chat: numbers of messages whose head said that they are taken, in order. */
  readonly taken = new Map<number, number[]>()
  /** What the others got instead, with how often. */
  readonly failures = new Map<string, number>()
  posts = 0
  readonly #order: OperatorsOrder
  readonly #stopping = new AbortController()
  #running: Promise<void>[] = []

  constructor(order: OperatorsOrder) {
    this.#order = order
  }

  start(): void {
    this.#running = this.#order.chats.map((chat, index) => this.#answer(chat, index))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  async #answer(chat: number, index: number): Promise<void> {
    const taken: number[] = []
    this.taken.set(chat, taken)
    const { signal } = this.#stopping
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
    await pause(this.#order.random.between(0, EVERY_MS))
    for (let number = 0; !signal.aborted; number++) {
      const failure = await this.#post(chat, index, number)
      if (failure === undefined) taken.push(number)
      else this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1)
      await pause(EVERY_MS)
    }
  }

  /** Undefined when it was taken. */
  async #post(chat: number, index: number, number: number): Promise<string | undefined> {
    const { portal, hubs, random } = this.#order
    const im = { chat_id: 1 + index, message_id: 1 + number }
    const message = { user_id: 27, text: `n=${number}. It ships today`, files: [], params: {} }
    const args = [[{ im, message, chat: { id: String(chat) } }]]
    this.posts += 1
    try {
      const reply = await portal.order(random.pick(hubs()), {
        ...LINE,
        command: 'sendMessage',
        args,
      })
      const { status = 0, headers = {} } = reply ?? {}
      const code = headers['x-bitrix-error']
      if (status === 200 && code === undefined) return undefined
      return `HTTP ${status} ${String(code ?? '')}`.trim()
    } catch (error) {
      return String((error as { code?: unknown }).code ?? error)
    }
  }
}
