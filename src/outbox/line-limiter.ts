import type { SendRate, SendRates } from '../core/connector.ts'
import { RateWindow, type WindowState } from './rate-window.ts'

/** A 429 halves the line's rate; each half-minute without another gives back a half of what is missing. */
const SLOWER = 0.5
const RECOVER_MS = 30_000
const SLOWEST = 1 / 16
/** When so many calls were refused within this time, whatever the chats, it is the line that sends too much. */
const REPEAT_MS = 10_000
const REPEATS = 3
/** With more chats than this in memory, those that have nothing to remember are dropped. */
const MANY_CHATS = 2000
/** Of the chats' state that is handed on: a TEXT column of MySQL takes 65 535 bytes, and chat ids may be of any script. */
const MAX_STATE_BYTES = 40_000

/** Handed on to the next holder of the line: only one process at a time sends for a line, but which one changes. */
export interface LimiterState {
  readonly line: readonly WindowState[]
  readonly chats: Readonly<Record<string, readonly WindowState[]>>
  readonly share: number
  readonly heldUntil: number
}

/** The right to make one call. */
export interface Permit {
  /** It is made now. */
  use(now: number): void
  /** It is not made; after `use` this does nothing. */
  drop(): void
}

/** The rates of one line and its chats, as its channel allows them; shared between processes by handing on its state. */
export class LineLimiter {
  readonly #rates: SendRates
  readonly #line: readonly RateWindow[]
  readonly #chats = new Map<string, readonly RateWindow[]>()
  readonly #chatHeldUntil = new Map<string, number>()
  #lineHeldUntil = 0
  #share = 1
  #slowedAt = 0
  #refusals: number[] = []

  constructor(rates: SendRates, state?: LimiterState) {
    this.#rates = rates
    this.#line = open(rates.line, state?.line)
    for (const [chatId, windows] of Object.entries(state?.chats ?? {})) {
      this.#chats.set(chatId, open(rates.chat(chatId), windows))
    }
    this.#share = state?.share ?? 1
    this.#lineHeldUntil = state?.heldUntil ?? 0
  }

  /** Milliseconds until the line may send anything; 0 is at once. */
  waitOfLine(now: number): number {
    this.#recover(now)
    return Math.max(
      0,
      this.#lineHeldUntil - now,
      ...this.#line.map((window) => window.waitMs(now, this.#share)),
    )
  }

  /** Milliseconds until this chat may be sent to, as far as its own rates go. */
  waitOfChat(chatId: string, now: number): number {
    const shared = this.#sharedBy(chatId)
    const windows = this.#chats.get(shared) ?? []
    const held = (this.#chatHeldUntil.get(shared) ?? 0) - now
    return Math.max(0, held, ...windows.map((window) => window.waitMs(now)))
  }

  /** One call to the channel is made now. */
  take(chatId: string, now: number): void {
    for (const window of this.#windowsOf(chatId, now)) window.take(now)
  }

  /** One call is going to be made, when the store has taken note of it. */
  reserve(chatId: string, now: number): Permit {
    const windows = this.#windowsOf(chatId, now)
    for (const window of windows) window.reserve()
    let isOpen = true
    return {
      use(usedAt) {
        if (isOpen) for (const window of windows) window.use(usedAt)
        isOpen = false
      },
      drop() {
        if (isOpen) for (const window of windows) window.drop()
        isOpen = false
      },
    }
  }

  /** The channel has answered that it was too much: 429. */
  refused(chatId: string, waitMs: number, scope: 'chat' | 'line', now: number): void {
    this.#refusals = [...this.#refusals.filter((at) => at > now - REPEAT_MS), now]
    this.#chatHeldUntil.set(this.#sharedBy(chatId), now + waitMs)
    if (scope === 'line' || this.#refusals.length >= REPEATS) {
      this.#lineHeldUntil = Math.max(this.#lineHeldUntil, now + waitMs)
    }
    this.#share = Math.max(SLOWEST, this.#share * SLOWER)
    this.#slowedAt = now
  }

  /** Nothing may be sent until then, for another reason than the rates. */
  hold(until: number): void {
    this.#lineHeldUntil = Math.max(this.#lineHeldUntil, until)
  }

  /** Undefined when there is nothing to remember. */
  state(now: number): LimiterState | undefined {
    const line = this.#line.map((window) => window.state(now))
    this.#forgetQuiet(now)
    const chats = this.#stateOfChats(now)
    const isQuiet = line.every((state) => state.length === 0) && this.#chats.size === 0
    if (isQuiet && this.#share === 1 && this.#lineHeldUntil <= now) return undefined
    return { line, chats, share: this.#share, heldUntil: this.#lineHeldUntil }
  }

  /** The fullest first, as many as there is room for: one with most of its rate left needs no remembering. */
  #stateOfChats(now: number): LimiterState['chats'] {
    const byUse = [...this.#chats]
      .map(([chatId, windows]) => ({
        chatId,
        windows,
        used: Math.max(...windows.map((one) => one.usedShare(now))),
      }))
      .sort((a, b) => b.used - a.used)
    const chats: Record<string, readonly WindowState[]> = {}
    let bytes = 0
    for (const { chatId, windows } of byUse) {
      const state = windows.map((one) => one.state(now))
      bytes += Buffer.byteLength(JSON.stringify([chatId, state]))
      if (bytes > MAX_STATE_BYTES) break
      chats[chatId] = state
    }
    return chats
  }

  #sharedBy(chatId: string): string {
    return this.#rates.sharedBy?.(chatId) ?? chatId
  }

  #windowsOf(chatId: string, now: number): RateWindow[] {
    const shared = this.#sharedBy(chatId)
    let windows = this.#chats.get(shared)
    if (!windows) {
      // Before the new chat is added: it would be dropped at once, for it has made no call yet.
      if (this.#chats.size >= MANY_CHATS) this.#forgetQuiet(now)
      windows = open(this.#rates.chat(shared))
      if (windows.length > 0) this.#chats.set(shared, windows)
    }
    return [...this.#line, ...windows]
  }

  #recover(now: number): void {
    if (this.#share === 1 || now < this.#slowedAt + RECOVER_MS) return
    this.#share = Math.min(1, this.#share + (1 - this.#share) / 2)
    if (this.#share > 0.9) this.#share = 1
    this.#slowedAt = now
  }

  #forgetQuiet(now: number): void {
    for (const [chatId, windows] of this.#chats) {
      if (windows.every((window) => window.isQuiet(now))) this.#chats.delete(chatId)
    }
    for (const [chatId, until] of this.#chatHeldUntil) {
      if (until <= now) this.#chatHeldUntil.delete(chatId)
    }
  }
}

function open(rates: readonly SendRate[], states: readonly WindowState[] = []): RateWindow[] {
  return rates.map((rate, index) => new RateWindow(rate, states[index]))
}
