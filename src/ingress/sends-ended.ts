import { type Clock, sleep } from '../core/clock.ts'
import type { Store } from '../db/engine/store.ts'
import { chatsBeingSentTo } from '../db/outbox/own-echoes.ts'

/** Channels give their webhooks up after some 5 to 20 s; sends usually end within one. */
const PATIENCE_MS = 3000
const LOOK_EVERY_MS = 50

interface Waiting {
  readonly chatIds: readonly string[]
  readonly until: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Waits until no message to some chats is on its way to the channel, at most three seconds: what an echo or a status says of
 * a message can be recognised only when the channel's answer to it, with its id, is in the store. The store is asked once for
 * all that wait for a line: hundreds may, when its channel hangs.
 */
export class SendsEnded {
  readonly #store: Store
  readonly #clock: Clock
  readonly #waiting = new Map<number, Set<Waiting>>()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Throws StoreUnavailableError. */
  wait(lineId: number, chatIds: readonly string[]): Promise<void> {
    const until = this.#clock.now() + PATIENCE_MS
    return new Promise((resolve, reject) => {
      const entry = { chatIds, until, resolve, reject }
      const others = this.#waiting.get(lineId)
      if (others) return void others.add(entry)
      const waiting = new Set([entry])
      this.#waiting.set(lineId, waiting)
      void this.#watch(lineId, waiting)
    })
  }

  /** Never rejects. */
  async #watch(lineId: number, waiting: Set<Waiting>): Promise<void> {
    for (;;) {
      const asked = [...waiting]
      await this.#look(lineId, waiting, asked)
      if (waiting.size === 0) break
      const hasNew = [...waiting].some((entry) => !asked.includes(entry))
      if (!hasNew) await sleep(this.#clock, LOOK_EVERY_MS)
    }
    this.#waiting.delete(lineId)
  }

  async #look(lineId: number, waiting: Set<Waiting>, asked: readonly Waiting[]): Promise<void> {
    try {
      const chatIds = asked.flatMap((entry) => entry.chatIds)
      const sending = await chatsBeingSentTo(this.#store, lineId, chatIds)
      const now = this.#clock.now()
      for (const entry of asked) {
        if (now < entry.until && entry.chatIds.some((chatId) => sending.has(chatId))) continue
        waiting.delete(entry)
        entry.resolve()
      }
    } catch (error) {
      for (const entry of asked) {
        waiting.delete(entry)
        entry.reject(error)
      }
    }
  }
}
