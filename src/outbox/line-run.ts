import type { SendRates } from '../core/connector.ts'
import type { SharedPool } from '../core/shared-pool.ts'
import type { Store } from '../db/engine/store.ts'
import {
  type LeasedOutbox,
  type OutboxLane,
  type OutboxMessage,
  readOutbox,
} from '../db/outbox/messages.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { CHAT_WINDOW, ChatQueues } from './chat-queues.ts'
import { type LimiterState, LineLimiter } from './line-limiter.ts'
import { MessageRun, type SendDeps, type TryEnd } from './message-run.ts'
import { SendPlaces } from './send-places.ts'

export interface LineRunDeps extends SendDeps {
  readonly store: Store
  /** The number of the last message that was queued for the line by now. Throws StoreUnavailableError. */
  tailOf(lineId: number): Promise<number>
  /** Calls to channels under way at once, whatever lines they are for. */
  readonly sends: SharedPool
  /** Since when this process has been there for channels, epoch ms. */
  readonly startedAt: number
  /** Is the line's portal switched off, or may it reach other targets by now? Then nothing more is begun. */
  isOff(): Promise<boolean>
  /** The channel refuses the line's credentials: stops its sending until a person has acted. */
  pause(active: ActiveLine, reason: string, field?: string): Promise<void>
}

export interface RunSignals {
  /** Begin nothing new. */
  readonly stop: AbortSignal
  /** Break off what is under way. */
  readonly breakOff: AbortSignal
}

/** Chats of one line that are sent to at once: enough for 50 calls a second that take 600 ms each. */
const MAX_CHATS = 32
const PAGE = 500
/** Bulk messages in memory below which more are read. */
const BULK_LOW_WATER = 500
/** New messages are looked for this often while the line is held: another process may have queued them. */
const LOOK_EVERY_MS = 500
/** A line that has nothing to send for longer than this is given back. */
const HOLD_MS = 5000

const NO_RATES: SendRates = { line: [], chat: () => [] }

/**
 * Sends what one line has queued, while this process holds it: chats side by side, the messages of a chat one after
 * another in the order they were queued, what operators type before what is bulk, and all of it no faster than the channel
 * allows. A chat that has to wait holds up no other chat.
 */
export class LineRun {
  readonly #deps: LineRunDeps
  readonly #active: ActiveLine
  readonly #signals: RunSignals
  readonly #queues = new ChatQueues()
  readonly #limiter: LineLimiter
  readonly #places: SendPlaces
  /** The number of the line's last message when it was last looked for. */
  #seenTail = 0
  readonly #running = new Set<Promise<void>>()
  readonly #readTo: Record<OutboxLane, number> = { dialogue: 0, bulk: 0 }
  readonly #isRead: Record<OutboxLane, boolean> = { dialogue: false, bulk: false }
  #lookAt = 0
  #wakeUp: (() => void) | undefined
  #isHalted = false
  #failure: unknown
  /** When the line has something to send again, as far as rates and pauses go. */
  notBefore: number | undefined

  constructor(deps: LineRunDeps, active: ActiveLine, leased: LeasedOutbox, signals: RunSignals) {
    this.#deps = deps
    this.#active = active
    this.#signals = signals
    const rates = active.connector.rates ?? NO_RATES
    this.#limiter = new LineLimiter(rates, readState(leased.rates))
    const owner = { portalId: active.record.portalId, lineId: active.record.id }
    this.#places = new SendPlaces(deps.sends, owner, () => this.#wakeUp?.())
  }

  /** Every message of the line up to this number was read; 0 while some are not. */
  get seenUpTo(): number {
    return this.#isRead.dialogue && this.#isRead.bulk ? this.#seenTail : 0
  }

  /** The state of the rates, for the line's next holder, as JSON. */
  get rates(): string | undefined {
    const state = this.#limiter.state(this.#deps.clock.now())
    return state && JSON.stringify(state)
  }

  /** Messages of this line have been queued. */
  wake(): void {
    this.#lookAt = 0
    this.#wakeUp?.()
  }

  /** Resolves when nothing is left that could be sent soon. Throws StoreUnavailableError, LeaseLostError. */
  async run(): Promise<void> {
    const ended = new AbortController()
    const wakeUp = (): void => this.#wakeUp?.()
    for (const signal of [this.#signals.stop, this.#signals.breakOff]) {
      signal.addEventListener('abort', wakeUp, { signal: ended.signal })
    }
    try {
      await this.#work()
    } catch (error) {
      this.#halt(error)
    }
    this.#places.rest()
    await Promise.all(this.#running)
    ended.abort()
    if (this.#failure !== undefined) throw this.#failure
  }

  async #work(): Promise<void> {
    while (!this.#mustHalt() && !(await this.#deps.isOff())) {
      await this.#look()
      const next = this.#startReady()
      // Woken meanwhile: more may have been queued.
      if (this.#lookAt === 0) continue
      const waitMs = next === undefined ? undefined : next - this.#deps.clock.now()
      if (this.#running.size === 0 && (waitMs === undefined || waitMs > HOLD_MS)) {
        this.notBefore = next
        return
      }
      await this.#rest(waitMs)
    }
  }

  #mustHalt(): boolean {
    return this.#isHalted || this.#signals.stop.aborted || this.#signals.breakOff.aborted
  }

  #halt(failure?: unknown): void {
    this.#isHalted = true
    this.#failure ??= failure
    this.#wakeUp?.()
  }

  /** Reads what has been queued: all that is new of dialogue, bulk when there is little left of it. */
  async #look(): Promise<void> {
    const now = this.#deps.clock.now()
    if (now >= this.#lookAt) {
      this.#lookAt = now + LOOK_EVERY_MS
      const tail = await this.#deps.tailOf(this.#active.record.id)
      if (tail > this.#seenTail) {
        this.#seenTail = tail
        this.#isRead.dialogue = false
        this.#isRead.bulk = false
      }
    }
    if (!this.#isRead.dialogue) await this.#readPage('dialogue')
    if (!this.#isRead.bulk && this.#queues.count('bulk') < BULK_LOW_WATER) {
      await this.#readPage('bulk')
    }
    for (const { chatId, lane } of this.#queues.takeToRefill()) {
      const found = await this.#read({ lane, after: 0, limit: CHAT_WINDOW, chatId })
      this.#queues.refill(chatId, lane, found, found.length < CHAT_WINDOW)
    }
  }

  async #readPage(lane: OutboxLane): Promise<void> {
    const found = await this.#read({ lane, after: this.#readTo[lane], limit: PAGE })
    this.#readTo[lane] = found.at(-1)?.seq ?? this.#readTo[lane]
    this.#isRead[lane] = found.length < PAGE
    this.#queues.add(found)
  }

  async #read(page: {
    readonly lane: OutboxLane
    readonly after: number
    readonly limit: number
    readonly chatId?: string
  }): Promise<OutboxMessage[]> {
    const found = await readOutbox(this.#deps.store, { lineId: this.#active.record.id, ...page })
    return found.map((message) => this.#putOff(message))
  }

  /**
   * A process has died while it sent this. Where the channel tells what it has taken, that may still be on its way: sent again
   * at once, the message would come twice. If nobody was there for the channel since, it tells again what nobody took.
   */
  #putOff(message: OutboxMessage): OutboxMessage {
    const { clock, startedAt } = this.#deps
    const { tellsWithinMs = 0 } = this.#active.connector
    if (message.begunAt === undefined) return message
    // A clock that was ahead must not put it off for ever.
    if (message.begunAt > clock.now()) return message
    const tellsAt = Math.max(message.begunAt, startedAt) + tellsWithinMs
    return { ...message, dueAt: Math.max(message.dueAt, tellsAt) }
  }

  /** Starts as many sends as may go now. Gives when the next one may, if any waits. */
  #startReady(): number | undefined {
    const { clock } = this.#deps
    const now = clock.now()
    this.#queues.wake(now)
    let lineWaitMs = 0
    while (this.#queues.hasReady && this.#running.size < MAX_CHATS && !this.#mustHalt()) {
      lineWaitMs = this.#limiter.waitOfLine(now)
      if (lineWaitMs > 0) break
      // Woken when its turn comes; held until then, however long that takes.
      if (!this.#places.tryTake()) return now + LOOK_EVERY_MS
      const message = this.#queues.next()
      if (!message || !this.#begin(message, now)) this.#places.giveBack()
    }
    this.#places.rest()
    return lineWaitMs > 0 ? now + lineWaitMs : this.#queues.nextWakeAt
  }

  /** False if the message has to wait. */
  #begin(message: OutboxMessage, now: number): boolean {
    const chatWaitMs = this.#limiter.waitOfChat(message.chatId, now)
    if (chatWaitMs > 0) this.#queues.wait(message, now + chatWaitMs, 'chat')
    else if (message.dueAt > now) this.#queues.wait(message, message.dueAt, 'message')
    else this.#start(message, now)
    return chatWaitMs === 0 && message.dueAt <= now
  }

  #start(message: OutboxMessage, now: number): void {
    const permit = this.#limiter.reserve(message.chatId, now)
    this.#queues.begin(message)
    const run = new MessageRun(this.#deps, {
      active: this.#active,
      message,
      permit,
      admit: (chatId) => this.#admit(chatId),
    })
    const work = run
      .run(this.#signals.breakOff)
      .then((end) => this.#after(message, end))
      .catch((error: unknown) => this.#halt(error))
      .finally(() => {
        permit.drop()
        this.#places.giveBack()
        this.#running.delete(work)
        this.#wakeUp?.()
      })
    this.#running.add(work)
  }

  #admit(chatId: string): number {
    const now = this.#deps.clock.now()
    const waitMs = Math.max(this.#limiter.waitOfLine(now), this.#limiter.waitOfChat(chatId, now))
    if (waitMs === 0) this.#limiter.take(chatId, now)
    return waitMs
  }

  async #after(message: OutboxMessage, end: TryEnd): Promise<void> {
    const now = this.#deps.clock.now()
    if (end.kind === 'done') {
      this.#queues.finish(message)
    } else if (end.kind === 'retry') {
      const { delayMs, isRateLimit, scope } = end.verdict
      if (isRateLimit) this.#limiter.refused(message.chatId, delayMs, scope, now)
      else if (scope === 'line') this.#limiter.hold(now + delayMs)
      const what = isRateLimit ? 'chat' : 'message'
      this.#queues.retry(end.message, now + delayMs, what)
    } else {
      this.#halt()
      if (end.kind === 'pause') await this.#deps.pause(this.#active, end.reason, end.field)
    }
  }

  /** Waits until a send has ended, something has been queued, or `waitMs` are over. */
  #rest(waitMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const pauseMs = Math.min(waitMs ?? LOOK_EVERY_MS, LOOK_EVERY_MS)
      const wakeUp = (): void => {
        timer.cancel()
        this.#wakeUp = undefined
        resolve()
      }
      const timer = this.#deps.clock.after(pauseMs, wakeUp)
      this.#wakeUp = wakeUp
    })
  }
}

function readState(rates: string | undefined): LimiterState | undefined {
  return rates === undefined ? undefined : (JSON.parse(rates) as LimiterState)
}
