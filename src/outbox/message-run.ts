import { setImmediate as turn } from 'node:timers/promises'
import { type Clock, sleep } from '../core/clock.ts'
import type { SendContext, SentMessage } from '../core/connector.ts'
import { type EarlyStatus, partsTaken } from '../core/early-statuses.ts'
import {
  DeliveryError,
  LeaseLostError,
  StoreUnavailableError,
  TransportError,
} from '../core/errors.ts'
import type { MessageStatusEvent } from '../core/event.ts'
import { given } from '../core/given.ts'
import { outId } from '../core/ids.ts'
import type { Journal } from '../core/journal.ts'
import type { JsonObject } from '../core/json.ts'
import type { Log } from '../core/log.ts'
import { chatName, lineName } from '../core/log-names.ts'
import type { SendMeter } from '../core/meters.ts'
import type { NewEvent } from '../core/stored-event.ts'
import type { Tracer, TraceSpan } from '../core/tracing.ts'
import type { OutboxPayload } from '../core/written-message.ts'
import type { OutboxMessage } from '../db/outbox/messages.ts'
import type { BegunSend, SendSettlement, SendStart } from '../db/outbox/settle.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { type AnswerRecorder, type HeardAnswer, writeAnswer } from './channel-answer.ts'
import { keptIds } from './kept-ids.ts'
import type { Permit } from './line-limiter.ts'
import { errorFields, noteEnd, noteTry, type Tried } from './note-send.ts'
import { toOriginal } from './original.ts'
import { toOutbound } from './payload.ts'
import { GIVE_UP_AFTER_MS, judgeFailure, type Verdict } from './verdict.ts'

/** Characters: others have their turn in the middle of what is longer. */
const LONG_PAYLOAD = 16_384

/** What sending needs, whatever the line and the message. */
export interface SendDeps {
  readonly clock: Clock
  readonly log: Log
  readonly journal?: Journal
  readonly meter?: SendMeter
  readonly tracer?: Tracer
  /** The event as the line's portal will read it. */
  render(event: MessageStatusEvent, active: ActiveLine): NewEvent
  begin(start: SendStart): Promise<BegunSend>
  /** What went out to a chat under this id of the channel's, newest first. Throws StoreUnavailableError. */
  findSentUnder?(lineId: number, chatId: string, messageId: string): Promise<OutboxMessage[]>
  /** False if the line isn't ours any more. */
  settle(settlement: SendSettlement): Promise<boolean>
  /** For messages whose end somebody waits for: what the channel answers meanwhile. */
  readonly answers?: AnswerRecorder
}

/** One message to be sent. */
export interface MessageJob {
  readonly active: ActiveLine
  readonly message: OutboxMessage
  /** For the first call. */
  readonly permit: Permit
  /** How long the channel's rates let the chat's next call wait; counts it when there is nothing to wait for. */
  admit(chatId: string): number
}

/** What is to happen after a try: nothing more, another one, or no sending at all for now. */
export type TryEnd =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'retry'
      readonly verdict: Extract<Verdict, { kind: 'retry' }>
      /** As the next try finds it. */
      readonly message: OutboxMessage
    }
  | { readonly kind: 'pause'; readonly reason: string; readonly field?: string }
  | { readonly kind: 'released' }

type End = Pick<SendSettlement, 'state' | 'isUncertain' | 'parts' | 'error' | 'startedAt'> & {
  readonly isNoAccount?: true
}

type NewMessage = Extract<OutboxPayload, { readonly message: unknown }>

/** Carries one message through one try: begun, handed to the channel, settled together with the status for its portal. */
export class MessageRun {
  readonly #deps: SendDeps
  readonly #active: ActiveLine
  readonly #message: OutboxMessage
  readonly #permit: Permit
  readonly #admit: MessageJob['admit']
  readonly #parts: (readonly string[])[]
  readonly #payload: OutboxPayload
  readonly #heard: HeardAnswer = {}
  #span: TraceSpan | undefined

  constructor(deps: SendDeps, { active, message, permit, admit }: MessageJob) {
    this.#deps = deps
    this.#active = active
    this.#message = message
    this.#permit = permit
    this.#admit = admit
    this.#parts = [...message.parts]
    this.#payload = JSON.parse(message.payload) as OutboxPayload
  }

  get #isAwaited(): boolean {
    return 'message' in this.#payload && this.#payload.isAwaited === true
  }

  /** Throws LeaseLostError, StoreUnavailableError. `breakOff` ends a call that is under way. */
  async run(breakOff: AbortSignal): Promise<TryEnd> {
    const { record } = this.#active
    const { lineId, seq } = this.#message
    this.#span = this.#deps.tracer?.begin('message', {
      'hub.line': lineId,
      'hub.connector': record.connector,
      'hub.out': outId(lineId, seq),
      'hub.attempt': this.#message.attempt + 1,
    })
    try {
      const end = await this.#run(breakOff)
      this.#span?.end()
      return end
    } catch (error) {
      this.#span?.end('broken off')
      throw error
    }
  }

  async #run(breakOff: AbortSignal): Promise<TryEnd> {
    const { clock } = this.#deps
    const message = this.#message
    // Left in `sending`: a process died between the channel's answer and the commit. It may have been sent.
    const isDoubtful = message.isUncertain || message.state === 'sending'
    const begun = await this.#deps.begin({ message, isUncertain: isDoubtful })
    if (!begun.isOurs) throw lost()
    const isCleared = this.#isCleared(begun.early)
    const known = this.#parts.flat().length
    const startedAt = clock.now()
    const attempt = message.attempt + 1
    let messageIds: readonly string[]
    const sending = this.#span?.child('send')
    try {
      this.#refuseOld()
      ;({ messageIds } = await this.#hand(attempt, begun.conversation, breakOff))
      sending?.end()
      this.#tried(attempt, startedAt, { kind: 'sent' })
    } catch (error) {
      const verdict = judgeFailure(error, attempt, this.#ageMs(), Math.random(), {
        ...given({ tellsWithinMs: this.#active.connector.tellsWithinMs }),
        isAwaited: this.#isAwaited,
      })
      sending?.end(verdict.kind)
      this.#tried(attempt, startedAt, verdict, error)
      return await this.#conclude(verdict, isDoubtful)
    }
    // A part that this try has sent may have been sent by the one before, too.
    const isSure = this.#active.connector.isIdempotent || (isCleared && messageIds.length === known)
    const isUncertain = isDoubtful && !isSure
    await this.#settle({ state: 'sent', isUncertain, parts: [messageIds], startedAt })
    noteEnd(this.#deps.journal, this.#active, this.#message, { status: 'sent', messageIds })
    return { kind: 'done' }
  }

  /**
   * Parts that a status shows to be at the channel must not be sent again. True if that leaves no doubt about them; of several
   * tries whose answers were lost more than one may have come through.
   */
  #isCleared(early: readonly EarlyStatus[] = []): boolean {
    const taken = partsTaken(early, this.#parts.length + 1)
    this.#parts.push(...taken)
    return (
      this.#message.attempt === 1 && taken.length > 0 && taken.every(({ length }) => length === 1)
    )
  }

  #ageMs(): number {
    return this.#deps.clock.now() - this.#message.createdAt
  }

  /** It waited for a whole day behind others, or for a person: it would not be understood any more. */
  #refuseOld(): void {
    // A status shows that the channel has the message, or its beginning.
    const isThere = this.#parts.length > this.#message.parts.length
    if (isThere || this.#ageMs() < GIVE_UP_AFTER_MS) return
    throw reject('HUB_EXPIRED', 'it could not be sent within 24 h')
  }

  async #hand(
    attempt: number,
    conversation: JsonObject | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly messageIds: readonly string[] }> {
    const { connector, line } = this.#active
    const { chatId, lineId, seq } = this.#message
    const call: SendContext = {
      signal,
      out: outId(lineId, seq),
      attempt,
      done: [...this.#parts],
      partSent: (messageIds) => this.#partSent(messageIds, signal),
      ...given({ conversation }),
    }
    const payload = this.#payload
    this.#permit.use(this.#deps.clock.now())
    if ('message' in payload) return await this.#send(payload, call)
    const { messageId } = payload
    if ('text' in payload) {
      if (!connector.update) throw cannot('edit')
      const { text, buttons } = payload
      const changed = { text: [], ...toOutbound({ text, buttons }, payload.format) }
      const original = buttons ? undefined : await this.#findOriginal(messageId)
      return await connector.update(chatId, messageId, changed, line, {
        ...call,
        ...given({ original }),
      })
    }
    if (!connector.remove) throw cannot('delete')
    await connector.remove(chatId, messageId, line, call)
    return { messageIds: [messageId] }
  }

  async #send(
    { message, format }: NewMessage,
    call: SendContext,
  ): Promise<{ readonly messageIds: readonly string[] }> {
    const { connector, line } = this.#active
    const { chatId, payload } = this.#message
    const outbound = toOutbound(message, format)
    if (outbound.template && !connector.sendsTemplates) {
      throw reject('HUB_UNSUPPORTED', 'this channel has no templates')
    }
    // Reading a long text takes a while, and so does cutting it into parts.
    if (payload.length > LONG_PAYLOAD) await turn()
    const send = () => connector.send(chatId, outbound, line, call)
    const { answers } = this.#deps
    return this.#isAwaited && answers ? await answers.record(this.#heard, send) : await send()
  }

  /** Where the channel would take the buttons away with the old text. */
  async #findOriginal(messageId: string): Promise<SentMessage | undefined> {
    if (!this.#active.connector.editDropsButtons) return undefined
    const { lineId, chatId } = this.#message
    return toOriginal((await this.#deps.findSentUnder?.(lineId, chatId, messageId)) ?? [])
  }

  async #partSent(messageIds: readonly string[], signal: AbortSignal): Promise<void> {
    this.#parts.push(messageIds)
    for (;;) {
      if (signal.aborted) throw new TransportError('ABORTED', 'not-sent')
      const waitMs = this.#admit(this.#message.chatId)
      if (waitMs === 0) return
      await sleep(this.#deps.clock, waitMs, signal)
    }
  }

  async #conclude(verdict: Verdict, wasUncertain: boolean): Promise<TryEnd> {
    if (verdict.kind === 'reject') {
      const { code, message, isNoAccount } = verdict
      const error = { code, message }
      const parts = this.#parts
      const end: End = { state: 'failed', isUncertain: wasUncertain, parts, error }
      await this.#settle(isNoAccount ? { ...end, isNoAccount } : end)
      const status = isNoAccount ? 'noAccount' : 'failed'
      const messageIds = parts.flat()
      noteEnd(this.#deps.journal, this.#active, this.#message, { status, messageIds, code })
      return { kind: 'done' }
    }
    const delayMs = verdict.kind === 'retry' ? verdict.delayMs : 0
    const isUncertain = wasUncertain || verdict.isUncertain
    const parts = this.#parts
    if (verdict.kind === 'pause' && this.#isAwaited) {
      // Nobody knows when a person acts.
      const { code, message, field } = verdict
      await this.#settle({ state: 'failed', isUncertain, parts, error: { code, message } })
      return { kind: 'pause', reason: message, ...given({ field }) }
    }
    const dueAt = this.#deps.clock.now() + delayMs
    await this.#settle({ state: 'queued', isUncertain, parts }, dueAt)
    if (verdict.kind === 'retry') {
      const attempt = this.#message.attempt + 1
      const message = {
        ...this.#message,
        state: 'queued' as const,
        isUncertain,
        parts,
        dueAt,
        attempt,
      }
      return { kind: 'retry', verdict, message }
    }
    return verdict.kind === 'pause'
      ? { kind: 'pause', reason: verdict.message, ...given({ field: verdict.field }) }
      : { kind: 'released' }
  }

  async #settle(end: End, dueAt = this.#deps.clock.now()): Promise<void> {
    const fitted = { ...end, parts: keptIds(end.parts) }
    let isOurs: boolean
    const commit = this.#span?.child('commit')
    try {
      isOurs = await this.#write(fitted, dueAt)
      commit?.end()
    } catch (error) {
      commit?.end('failed')
      if (error instanceof StoreUnavailableError || error instanceof LeaseLostError) throw error
      isOurs = await this.#writePlainly(error)
    }
    if (!isOurs) throw lost()
  }

  async #write(full: End, dueAt: number): Promise<boolean> {
    const { lineId, seq, key } = this.#message
    const { isNoAccount: _, ...end } = full
    const status = this.#renderStatus(full)
    const settlement = { lineId, seq, dueAt, ...end, ...given({ key, status }) }
    const isOurs = await this.#deps.settle(settlement)
    if (isOurs && status) {
      this.#deps.meter?.eventStored(this.#active.record.connector, status.type)
    }
    return isOurs
  }

  /**
   * The store refuses what it is to keep of this try. Left as it is the message would be sent again and again, so it ends
   * here, without anything that came from outside.
   */
  async #writePlainly(cause: unknown): Promise<boolean> {
    const { lineId, seq, chatId } = this.#message
    const line = lineName(this.#active.record)
    const name = { lineId, line, out: outId(lineId, seq), chat: chatName(chatId) }
    this.#deps.log.error(
      { event: 'outbox.settle-refused', ...name, err: cause },
      'the store can not keep how a message ended: it counts as failed',
    )
    const error = { code: 'HUB_UNSTORABLE', message: "the channel's answer could not be stored" }
    const end: End = { state: 'failed', isUncertain: true, parts: [], error }
    return await this.#write(end, this.#deps.clock.now())
  }

  #renderStatus({ state, isUncertain, parts, error, isNoAccount }: End): NewEvent | undefined {
    if (state === 'queued') return undefined
    const { chatId, key, lineId, seq } = this.#message
    const event: MessageStatusEvent = {
      type: 'message.status',
      at: this.#deps.clock.now(),
      chat: { id: chatId },
      status: isNoAccount ? 'noAccount' : state,
      messageIds: parts.flat(),
      out: outId(lineId, seq),
      ...given({ key, uncertain: isUncertain, error }),
    }
    const rendered = this.#deps.render(event, this.#active)
    if (!this.#isAwaited) return rendered
    return { ...rendered, note: writeAnswer(this.#heard, this.#active) }
  }

  /** Says in log and journal how a try ended. */
  #tried(attempt: number, startedAt: number, verdict: Tried, error?: unknown): void {
    const { record } = this.#active
    const { chatId, kind } = this.#message
    const now = this.#deps.clock.now()
    const ms = now - startedAt
    noteTry(this.#deps.journal, this.#active, this.#message, { verdict, ms, now })
    const isRateLimit = verdict.kind === 'retry' && verdict.isRateLimit
    this.#span?.set({ 'hub.outcome': verdict.kind })
    this.#deps.meter?.sendTried(record.connector, verdict.kind, ms, isRateLimit)
    const fields = {
      event: 'send.attempted',
      lineId: record.id,
      line: lineName(record),
      connector: record.connector,
      out: outId(this.#message.lineId, this.#message.seq),
      chat: chatName(chatId),
      kind,
      attempt,
      durationMs: ms,
      outcome: verdict.kind,
      ...errorFields(error, this.#active, this.#message),
    }
    this.#deps.log.info(fields, 'a message was handed to its channel')
  }
}

function lost(): LeaseLostError {
  return new LeaseLostError('another process sends for this line now')
}

function cannot(verb: string): DeliveryError {
  return reject('HUB_UNSUPPORTED', `this channel can't ${verb} messages`)
}

function reject(channelCode: string, message: string): DeliveryError {
  return new DeliveryError(message, { disposition: 'reject', outcome: 'not-sent', channelCode })
}
