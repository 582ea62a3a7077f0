import { addEarly, type EarlyStatus, writeEarly } from './early-statuses.ts'
import type { OutboundStatus } from './event.ts'
import { given } from './given.ts'
import { outId } from './ids.ts'
import { type ChannelStatus, isNotYetSent, type OutboxState, raiseState } from './statuses.ts'
import { amendStatus, errorOf, type NewEvent, type SendError } from './stored-event.ts'

/** An outgoing message that statuses may be about. */
export interface TrackedMessage {
  readonly lineId: number
  readonly seq: number
  readonly chatId: string
  /** The portal's own name of it. */
  readonly key?: string
  readonly state: OutboxState
  readonly early?: readonly EarlyStatus[]
}

/** The messages that the statuses of some updates may be about, by what leads to them. The same one may be in several lists. */
export interface CandidateMessages {
  /** By an id that the channel has given them: of one id the first to be queued comes first. */
  readonly byId: readonly (TrackedMessage & { readonly messageId: string })[]
  /** By what the channel gives back of the hub's own. */
  readonly byReference: readonly TrackedMessage[]
  /** Those of the watermarks' chats, in the order they were sent. */
  readonly byChat: readonly (TrackedMessage & {
    readonly sentAt: number
    readonly messageIds: readonly string[]
  })[]
}

/** What is to be written of messages after their statuses were resolved. */
export interface StatusChanges {
  readonly raised: readonly {
    readonly lineId: number
    readonly seq: number
    readonly state: OutboxState
    readonly error?: SendError
  }[]
  readonly early: readonly {
    readonly lineId: number
    readonly seq: number
    readonly early: readonly EarlyStatus[]
  }[]
  /** Ids that have turned out to be of messages of the hub's. */
  readonly found: readonly {
    readonly lineId: number
    readonly messageId: string
    readonly seq: number
  }[]
  /** The channel says that it has sent them, which is no more than its answer to the send has said. */
  readonly confirmed: readonly { readonly lineId: number; readonly seq: number }[]
}

interface Tracked {
  readonly lineId: number
  readonly seq: number
  readonly chatId: string
  readonly key: string | undefined
  state: OutboxState
  error: SendError | undefined
  early: readonly EarlyStatus[]
  isRaised: boolean
  isConfirmed: boolean
  hasNewEarly: boolean
}

interface SentMessage {
  readonly message: Tracked
  readonly sentAt: number
  readonly messageIds: readonly string[]
}

/**
 * Turns what channels say of messages into the events that portals get: one per message of the hub's, with `out` and `key`,
 * and none where nothing changes. A status of a message that isn't settled yet is kept beside the message instead. Ids that
 * the hub has not sent stay in an event without `out`. Updates are to be resolved in the order in which they are stored.
 */
export class StatusResolver {
  readonly #messages = new Map<string, Tracked>()
  /** Several where the channel counts ids chat by chat, or where a message was edited. */
  readonly #byId = new Map<string, Tracked[]>()
  /** By line and chat, in the order in which the messages were queued. */
  readonly #byChat = new Map<string, SentMessage[]>()
  readonly #found: StatusChanges['found'][number][] = []

  constructor({ byId, byReference, byChat }: CandidateMessages) {
    for (const one of byId) this.#addId(one.lineId, one.messageId, this.#track(one))
    for (const one of byReference) this.#track(one).early = one.early ?? []
    for (const one of byChat) {
      const { sentAt, messageIds } = one
      const key = `${one.lineId}:${one.chatId}`
      const known = this.#byChat.get(key)
      const sent = { message: this.#track(one), sentAt, messageIds }
      if (known) known.push(sent)
      else this.#byChat.set(key, [sent])
    }
  }

  /** The events of one update as they are to be stored. */
  resolve(
    lineId: number,
    events: readonly NewEvent[],
    statuses: readonly ChannelStatus[],
  ): NewEvent[] {
    const byIndex = new Map(statuses.map((status) => [status.index, status]))
    return events.flatMap((event, index) => {
      const status = byIndex.get(index)
      if (!status) return [event]
      return status.watermark
        ? this.#resolveWatermark(lineId, event, status.status, status.watermark)
        : this.#resolveIds(lineId, event, status)
    })
  }

  get changes(): StatusChanges {
    const all = [...this.#messages.values()]
    return {
      raised: all
        .filter(({ isRaised }) => isRaised)
        .map(({ lineId, seq, state, error }) => ({ lineId, seq, state, ...given({ error }) })),
      early: all
        .filter(({ hasNewEarly }) => hasNewEarly)
        .map(({ lineId, seq, early }) => ({ lineId, seq, early })),
      found: this.#found,
      confirmed: all
        .filter(({ isConfirmed, isRaised }) => isConfirmed && !isRaised)
        .map(({ lineId, seq }) => ({ lineId, seq })),
    }
  }

  /** One object per message, however many ids, references and watermarks lead to it. */
  #track({ lineId, seq, chatId, key, state }: TrackedMessage): Tracked {
    const id = `${lineId}:${seq}`
    const before = this.#messages.get(id)
    if (before) return before
    const tracked: Tracked = {
      lineId,
      seq,
      chatId,
      key,
      state,
      error: undefined,
      early: [],
      isRaised: false,
      isConfirmed: false,
      hasNewEarly: false,
    }
    this.#messages.set(id, tracked)
    return tracked
  }

  /** One event per message, and one for all ids that lead to none. */
  #resolveIds(lineId: number, event: NewEvent, status: ChannelStatus): NewEvent[] {
    const groups = new Map<Tracked | undefined, string[]>()
    for (const id of status.messageIds) {
      const message =
        this.#findById(lineId, id, status) ?? this.#findByReference(lineId, id, status)
      const group = groups.get(message)
      if (group) group.push(id)
      else groups.set(message, [id])
    }
    // Each of them gets its own ids; with all of them in it, a status of thousands would be read thousands of times.
    const bare = groups.size > 1 ? amendStatus(event, { messageIds: [] }) : event
    return [...groups].flatMap(([message, messageIds]) => {
      if (!message) return [amendStatus(bare, { messageIds })]
      if (!isNotYetSent(message.state)) {
        return this.#raise(message, bare, status.status, messageIds)
      }
      return this.#keepForLater(message, bare, status, messageIds)
        ? []
        : [amendedFor(message, bare, messageIds)]
    })
  }

  #addId(lineId: number, messageId: string, message: Tracked): void {
    const key = `${lineId}:${messageId}`
    const known = this.#byId.get(key)
    if (known) known.push(message)
    else this.#byId.set(key, [message])
  }

  #findById(
    lineId: number,
    messageId: string,
    { isSameChat = () => true }: ChannelStatus,
  ): Tracked | undefined {
    return this.#byId.get(`${lineId}:${messageId}`)?.find(({ chatId }) => isSameChat(chatId))
  }

  /** The message that the channel says an unknown id is of, unless that went to another chat. Once it is settled, the id leads to it from now on. */
  #findByReference(
    lineId: number,
    messageId: string,
    { reference, isSameChat = () => true }: ChannelStatus,
  ): Tracked | undefined {
    const message = reference && this.#messages.get(`${lineId}:${reference.seq}`)
    if (message && !isSameChat(message.chatId)) return undefined
    if (message && !isNotYetSent(message.state)) {
      this.#addId(lineId, messageId, message)
      this.#found.push({ lineId, messageId, seq: message.seq })
    }
    return message
  }

  /** Until the message is settled. False if there is no room for it: then its portal gets it too early. */
  #keepForLater(
    message: Tracked,
    event: NewEvent,
    { status, reference }: ChannelStatus,
    ids: readonly string[],
  ): boolean {
    const { payload } = amendStatus(event, { chatId: message.chatId })
    const part = reference?.part ?? 1
    const early = ids.reduce(
      (all, id) => addEarly(all, { part, id, status, payload }),
      message.early,
    )
    if (writeEarly(early) === undefined) return false
    message.early = early
    message.hasNewEarly = true
    return true
  }

  /** One event per message of the chat that was sent by then. */
  #resolveWatermark(
    lineId: number,
    event: NewEvent,
    status: OutboundStatus,
    { chatId, until }: NonNullable<ChannelStatus['watermark']>,
  ): NewEvent[] {
    return (this.#byChat.get(`${lineId}:${chatId}`) ?? [])
      .filter(({ sentAt }) => sentAt <= until)
      .flatMap(({ message, messageIds }) => this.#raise(message, event, status, messageIds))
  }

  #raise(
    message: Tracked,
    event: NewEvent,
    status: OutboundStatus,
    messageIds: readonly string[],
  ): NewEvent[] {
    const next = raiseState(message.state, status)
    if (!next) {
      message.isConfirmed ||= status === 'sent'
      return []
    }
    message.state = next
    message.error = errorOf(event)
    message.isRaised = true
    return [amendedFor(message, event, messageIds)]
  }
}

/** The event with the ids and the chat by which the portal finds its message. */
function amendedFor(
  { lineId, seq, chatId, key }: Tracked,
  event: NewEvent,
  messageIds: readonly string[],
): NewEvent {
  return amendStatus(event, { chatId, messageIds, out: outId(lineId, seq), ...given({ key }) })
}
