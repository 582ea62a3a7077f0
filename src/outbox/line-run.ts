import type { Clock } from '../core/clock.ts'
import type { SendContext } from '../core/connector.ts'
import { DeliveryError, LeaseLostError } from '../core/errors.ts'
import type { MessageStatusEvent } from '../core/event.ts'
import { outId } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'
import type { Log } from '../core/log.ts'
import type { Receipt } from '../core/message.ts'
import type { NewEvent } from '../db/inbox-append.ts'
import { beginSend, type OutboxMessage, readOutbox, type SendSettlement } from '../db/outbox.ts'
import type { Store } from '../db/store.ts'
import type { ActiveLine } from '../ingress/line-directory.ts'
import { parseText } from '../text/format.ts'
import { type OutboxPayload, toOutbound } from './payload.ts'
import { judgeFailure, type Verdict } from './verdict.ts'

export interface LineRunDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  findConversation(lineId: number, chatId: string): Promise<JsonObject | undefined>
  render(event: MessageStatusEvent, active: ActiveLine): NewEvent
  /** False if the line isn't ours any more. */
  settle(settlement: SendSettlement): Promise<boolean>
  /** The channel refuses the line's credentials: stops its sending until a person has acted. */
  pause(active: ActiveLine, reason: string): Promise<void>
}

export interface RunSignals {
  /** Begin nothing new. */
  readonly stop: AbortSignal
  /** Break off what is under way. */
  readonly breakOff: AbortSignal
}

/** Chats of one line that are sent to at once. */
const MAX_CHATS = 8
const READ_LIMIT = 200
/** Beyond this many chats that wait for their retry the rest of the line waits with them, for a moment. */
const MAX_WAITING_CHATS = 500

/**
 * Sends what one line has queued, while this process holds it: chats side by side, the messages of a chat one after
 * another in the order they were queued. A chat that has to wait holds up no other chat.
 */
export class LineRun {
  readonly #deps: LineRunDeps
  readonly #active: ActiveLine
  readonly #token: string
  readonly #signals: RunSignals
  readonly #running = new Map<string, Promise<void>>()
  readonly #waiting = new Set<string>()
  #isHalted = false
  /** The channel asked for the whole line to wait until then. */
  notBefore: number | undefined

  constructor(deps: LineRunDeps, active: ActiveLine, token: string, signals: RunSignals) {
    this.#deps = deps
    this.#active = active
    this.#token = token
    this.#signals = signals
  }

  /** Resolves when nothing is left that could be sent now. Throws StoreUnavailableError, LeaseLostError. */
  async run(): Promise<void> {
    let failure: unknown
    try {
      await this.#fillUntilDone()
    } catch (error) {
      failure = error
      this.#isHalted = true
    }
    await Promise.all(this.#running.values())
    if (failure !== undefined) throw failure
  }

  async #fillUntilDone(): Promise<void> {
    const { store, clock } = this.#deps
    while (!this.#mustHalt()) {
      const except = [...this.#running.keys(), ...this.#waiting]
      const messages = await readOutbox(store, this.#active.record.id, except, READ_LIMIT)
      for (const [chatId, queue] of byChat(messages)) {
        if (this.#running.size >= MAX_CHATS) break
        if ((queue[0]?.dueAt ?? 0) > clock.now()) this.#waiting.add(chatId)
        else this.#startChat(chatId, queue)
      }
      if (this.#running.size > 0) await Promise.race(this.#running.values())
      else if (messages.length === 0) return
    }
  }

  #mustHalt(): boolean {
    const isCrowded = this.#waiting.size > MAX_WAITING_CHATS
    const isEnding = this.#signals.stop.aborted || this.#signals.breakOff.aborted
    return this.#isHalted || isEnding || isCrowded || this.notBefore !== undefined
  }

  #startChat(chatId: string, queue: readonly OutboxMessage[]): void {
    const work = this.#runChat(queue)
      .catch((error: unknown) => {
        this.#isHalted = true
        this.#deps.log.warn(
          { event: 'outbox.halted', lineId: this.#active.record.id, err: error },
          'sending of a line was broken off',
        )
      })
      .finally(() => this.#running.delete(chatId))
    this.#running.set(chatId, work)
  }

  async #runChat(queue: readonly OutboxMessage[]): Promise<void> {
    for (const message of queue) {
      if (this.#mustHalt()) return
      const isDone = await this.#sendOne(message)
      if (!isDone) {
        this.#waiting.add(message.chatId)
        return
      }
    }
  }

  /** True if the message has come to its end, sent or failed. */
  async #sendOne(message: OutboxMessage): Promise<boolean> {
    const { store, clock } = this.#deps
    // Left in `sending`: a process died between the channel's answer and the commit. It may have been sent.
    const isUncertain = message.isUncertain || message.state === 'sending'
    const isOurs = await beginSend(store, this.#token, message, isUncertain, clock.now())
    if (!isOurs) throw new LeaseLostError('another process sends for this line now')
    const startedAt = clock.now()
    const attempt = message.attempt + 1
    try {
      const receipt = await this.#hand(message, attempt)
      this.#logAttempt(message, attempt, startedAt, 'sent')
      await this.#settle(message, { state: 'sent', isUncertain, messageIds: receipt.messageIds })
      return true
    } catch (error) {
      if (error instanceof LeaseLostError) throw error
      const ageMs = clock.now() - message.createdAt
      const verdict = judgeFailure(error, attempt, ageMs, Math.random())
      this.#logAttempt(message, attempt, startedAt, verdict.kind, error)
      return await this.#fail(message, verdict, isUncertain)
    }
  }

  async #hand(message: OutboxMessage, attempt: number): Promise<Receipt> {
    const { connector, line } = this.#active
    const conversation = await this.#deps.findConversation(line.id, message.chatId)
    const call: SendContext = {
      signal: this.#signals.breakOff,
      out: outId(message.lineId, message.seq),
      attempt,
      ...(conversation ? { conversation } : {}),
    }
    const payload = JSON.parse(message.payload) as OutboxPayload
    if ('message' in payload) {
      const outbound = toOutbound(payload.message, payload.format)
      return await connector.send(message.chatId, outbound, line, call)
    }
    const { messageId } = payload
    if ('text' in payload) {
      if (!connector.update) throw cannot('edit')
      const changed = { text: parseText(payload.text, payload.format) }
      return await connector.update(message.chatId, messageId, changed, line, call)
    }
    if (!connector.remove) throw cannot('delete')
    await connector.remove(message.chatId, messageId, line, call)
    return { messageIds: [messageId] }
  }

  async #fail(message: OutboxMessage, verdict: Verdict, wasUncertain: boolean): Promise<boolean> {
    const now = this.#deps.clock.now()
    if (verdict.kind === 'reject') {
      const { code, message: words } = verdict
      await this.#settle(message, {
        state: 'failed',
        isUncertain: wasUncertain,
        messageIds: [],
        error: { code, message: words },
      })
      return true
    }
    const delayMs = verdict.kind === 'retry' ? verdict.delayMs : 0
    const isUncertain = wasUncertain || verdict.isUncertain
    await this.#settle(message, { state: 'queued', isUncertain, messageIds: [] }, now + delayMs)
    if (verdict.kind === 'retry' && verdict.scope === 'line') this.notBefore = now + delayMs
    if (verdict.kind === 'pause') {
      this.#isHalted = true
      await this.#deps.pause(this.#active, verdict.message)
    }
    return false
  }

  async #settle(
    message: OutboxMessage,
    end: Pick<SendSettlement, 'state' | 'isUncertain' | 'messageIds' | 'error'>,
    dueAt = this.#deps.clock.now(),
  ): Promise<void> {
    const { lineId, seq } = message
    const news = this.#tell(message, end)
    const isOurs = await this.#deps.settle({
      lineId,
      seq,
      dueAt,
      ...end,
      ...(news ? { news } : {}),
    })
    if (!isOurs) throw new LeaseLostError('another process sends for this line now')
  }

  #tell(
    message: OutboxMessage,
    {
      state,
      isUncertain,
      messageIds,
      error,
    }: Pick<SendSettlement, 'state' | 'isUncertain' | 'messageIds' | 'error'>,
  ): NewEvent | undefined {
    if (state === 'queued') return undefined
    const event: MessageStatusEvent = {
      type: 'message.status',
      at: this.#deps.clock.now(),
      chat: { id: message.chatId },
      status: state,
      messageIds,
      out: outId(message.lineId, message.seq),
      ...(message.key === undefined ? {} : { key: message.key }),
      ...(isUncertain ? { uncertain: true } : {}),
      ...(error ? { error } : {}),
    }
    return this.#deps.render(event, this.#active)
  }

  #logAttempt(
    message: OutboxMessage,
    attempt: number,
    startedAt: number,
    outcome: string,
    error?: unknown,
  ): void {
    const { record } = this.#active
    const fields = {
      event: 'send.attempted',
      lineId: record.id,
      connector: record.connector,
      out: outId(message.lineId, message.seq),
      kind: message.kind,
      attempt,
      durationMs: this.#deps.clock.now() - startedAt,
      outcome,
      ...(error === undefined ? {} : { err: error }),
    }
    this.#deps.log.info(fields, 'a message was handed to its channel')
  }
}

function cannot(verb: string): DeliveryError {
  return new DeliveryError(`this channel can't ${verb} messages`, {
    disposition: 'reject',
    outcome: 'not-sent',
    channelCode: 'HUB_UNSUPPORTED',
  })
}

function byChat(messages: readonly OutboxMessage[]): Map<string, OutboxMessage[]> {
  const chats = new Map<string, OutboxMessage[]>()
  for (const message of messages) {
    const queue = chats.get(message.chatId)
    if (queue) queue.push(message)
    else chats.set(message.chatId, [message])
  }
  return chats
}
