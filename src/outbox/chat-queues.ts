import type { OutboxLane, OutboxMessage } from '../db/outbox/messages.ts'

/** Messages of one chat and lane that are kept here; the rest is read when these are done. */
export const CHAT_WINDOW = 50

const LANES: readonly OutboxLane[] = ['dialogue', 'bulk']

interface LaneQueue {
  messages: OutboxMessage[]
  /** The store holds more behind these. */
  isCut: boolean
}

interface ChatState extends Record<OutboxLane, LaneQueue> {
  readonly id: string
  isBusy: boolean
  /** The list the chat stands in. Entries left in other lists are out of date and passed over. */
  listedIn: OutboxLane | 'waiting' | undefined
  /** It waits for the retry of a bulk message: what an operator types meanwhile goes ahead. */
  isBulkWaiting: boolean
}

/**
 * What one line has to send, as far as it is in memory: the messages of each chat in order, dialogue before bulk. A chat
 * is busy (one of its messages is under way), ready, or waits until some time.
 */
export class ChatQueues {
  readonly #chats = new Map<string, ChatState>()
  readonly #ready: Record<OutboxLane, ChatState[]> = { dialogue: [], bulk: [] }
  readonly #waiting = new Map<ChatState, number>()
  readonly #counts: Record<OutboxLane, number> = { dialogue: 0, bulk: 0 }
  /** Lanes of chats that are empty here while the store holds more. */
  readonly #toRefill = new Map<ChatState, Set<OutboxLane>>()
  #nextWakeAt: number | undefined

  get hasReady(): boolean {
    return LANES.some((lane) => this.#ready[lane].length > 0)
  }

  /** When the turn of the next waiting chat comes. */
  get nextWakeAt(): number | undefined {
    return this.#nextWakeAt
  }

  count(lane: OutboxLane): number {
    return this.#counts[lane]
  }

  /** Puts messages behind those of their chats. Those of a chat that has enough are left in the store. */
  add(messages: readonly OutboxMessage[]): void {
    for (const message of messages) {
      const chat = this.#open(message.chatId)
      const queue = chat[message.lane]
      if (queue.isCut || queue.messages.length >= CHAT_WINDOW) queue.isCut = true
      else this.#push(chat, message)
    }
  }

  /** Chats whose messages beyond the window are to be read now: nothing of that lane is left here. */
  takeToRefill(): { readonly chatId: string; readonly lane: OutboxLane }[] {
    const found = [...this.#toRefill].flatMap(([chat, lanes]) =>
      [...lanes].map((lane) => ({ chatId: chat.id, lane })),
    )
    this.#toRefill.clear()
    return found
  }

  /** What `takeToRefill` asked for; `isAll` if the store holds no more of it. */
  refill(
    chatId: string,
    lane: OutboxLane,
    messages: readonly OutboxMessage[],
    isAll: boolean,
  ): void {
    const chat = this.#open(chatId)
    chat[lane].isCut = !isAll
    for (const message of messages) this.#push(chat, message)
    this.#dropIfEmpty(chat)
  }

  /** The chat whose turn it is, and its next message; undefined if none is ready. */
  next(): OutboxMessage | undefined {
    for (const lane of LANES) {
      const ready = this.#ready[lane]
      for (let chat = ready.shift(); chat; chat = ready.shift()) {
        if (chat.listedIn !== lane) continue
        chat.listedIn = undefined
        const message = first(chat)
        if (message && !chat.isBusy) return message
      }
    }
    return undefined
  }

  begin({ chatId }: OutboxMessage): void {
    this.#open(chatId).isBusy = true
  }

  /** The message has come to its end. */
  finish(message: OutboxMessage): void {
    const chat = this.#open(message.chatId)
    const queue = chat[message.lane]
    queue.messages.shift()
    this.#counts[message.lane] -= 1
    chat.isBusy = false
    if (queue.isCut && queue.messages.length === 0) {
      this.#toRefill.set(chat, (this.#toRefill.get(chat) ?? new Set()).add(message.lane))
    }
    this.#list(chat)
    this.#dropIfEmpty(chat)
  }

  /** The message is to be tried again, as `message` says now. */
  retry(message: OutboxMessage, until: number, what: 'message' | 'chat'): void {
    this.#open(message.chatId)[message.lane].messages[0] = message
    this.wait(message, until, what)
  }

  /** The chat's turn comes again at `until`. `what` has to wait: the message, or anything that goes to the chat. */
  wait({ chatId, lane }: OutboxMessage, until: number, what: 'message' | 'chat'): void {
    const chat = this.#open(chatId)
    chat.isBusy = false
    chat.listedIn = 'waiting'
    chat.isBulkWaiting = what === 'message' && lane === 'bulk'
    this.#waiting.set(chat, until)
    if (this.#nextWakeAt === undefined || until < this.#nextWakeAt) this.#nextWakeAt = until
  }

  /** Makes chats ready whose time has come. */
  wake(now: number): void {
    if (this.#nextWakeAt === undefined || now < this.#nextWakeAt) return
    let earliest: number | undefined
    for (const [chat, until] of this.#waiting) {
      if (until <= now) {
        this.#waiting.delete(chat)
        chat.listedIn = undefined
        this.#list(chat)
      } else if (earliest === undefined || until < earliest) {
        earliest = until
      }
    }
    this.#nextWakeAt = earliest
  }

  #push(chat: ChatState, message: OutboxMessage): void {
    chat[message.lane].messages.push(message)
    this.#counts[message.lane] += 1
    const { listedIn, isBulkWaiting } = chat
    const mayPass = listedIn === 'bulk' || (listedIn === 'waiting' && isBulkWaiting)
    if (message.lane === 'dialogue' && mayPass) {
      this.#waiting.delete(chat)
      chat.listedIn = undefined
    }
    this.#list(chat)
  }

  #list(chat: ChatState): void {
    const message = first(chat)
    if (!message || chat.isBusy || chat.listedIn) return
    chat.listedIn = message.lane
    this.#ready[message.lane].push(chat)
  }

  #open(id: string): ChatState {
    const open = this.#chats.get(id)
    if (open) return open
    const queue = (): LaneQueue => ({ messages: [], isCut: false })
    const chat: ChatState = {
      id,
      dialogue: queue(),
      bulk: queue(),
      isBusy: false,
      listedIn: undefined,
      isBulkWaiting: false,
    }
    this.#chats.set(id, chat)
    return chat
  }

  #dropIfEmpty(chat: ChatState): void {
    const isNeeded = LANES.some((lane) => chat[lane].isCut || chat[lane].messages.length > 0)
    if (!isNeeded && !chat.isBusy) this.#chats.delete(chat.id)
  }
}

function first(chat: ChatState): OutboxMessage | undefined {
  return chat.dialogue.messages[0] ?? chat.bulk.messages[0]
}
