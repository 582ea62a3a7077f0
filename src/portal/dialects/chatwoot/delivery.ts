import { eventId } from '../../../core/ids.ts'
import { isOwnEvent, type StoredEvent } from '../../../core/inbox.ts'
import { type RenderedChat, type RenderedEvent, readStored } from '../../../core/stored-event.ts'
import { Chats } from './chats.ts'
import { ChatwootError, isGone, isRefusal } from './failure.ts'
import type { KnownInbox } from './inbox-book.ts'
import { type LineNotes, noteNames, type Place } from './line-notes.ts'
import { type NewMessage, toMessage } from './message-text.ts'
import { Messages, type MessagesDeps } from './messages.ts'
import { Statuses } from './statuses.ts'

export type Carried = 'taken' | { readonly refused: string }

export interface DeliveryDeps extends MessagesDeps {
  readonly inbox: KnownInbox
  readonly notes: LineNotes
}

/** Events of one line on their way into its inbox, one after the other. Throws ChatwootError, StoreUnavailableError. */
export class Delivery {
  readonly #deps: DeliveryDeps
  readonly #chats: Chats
  readonly #messages: Messages
  readonly #statuses: Statuses
  /** The last event that an attempt was made with before: up to there anything may have been posted. */
  #begun = 0

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
    this.#chats = new Chats(deps.api, deps.inbox, deps.notes)
    this.#messages = new Messages(deps)
    this.#statuses = new Statuses(this.#messages, deps.notes, deps.texts)
  }

  /**
   * To be called before the first is carried. What is written down here lives through the end of the process: an event that
   * comes again is looked for in Chatwoot before it is posted.
   */
  async begin(events: readonly StoredEvent[], attempt: number): Promise<void> {
    const { notes } = this.#deps
    const last = Math.max(...events.map(({ seq }) => seq))
    const begun = Number((await notes.readOne(noteNames.begun)) ?? 0)
    this.#begun = attempt > 1 ? Math.max(begun, last) : begun
    if (last <= begun) return
    await notes.write([{ name: noteNames.begun, value: String(last), isLasting: true }])
  }

  async carry(stored: StoredEvent): Promise<Carried> {
    if (isOwnEvent(stored.type)) return 'taken'
    const event = readStored(stored)
    try {
      await this.#carry(event, stored)
      return 'taken'
    } catch (error) {
      if (isRefusal(error)) return { refused: error.reason }
      throw error
    }
  }

  async #carry(event: RenderedEvent, stored: StoredEvent): Promise<void> {
    const { notes, texts } = this.#deps
    const id = eventId(notes.lineId, stored.seq)
    if (event.type === 'message.deleted') return await this.#delete(event, stored, id)
    const message =
      event.type === 'message.status'
        ? await this.#statuses.carry(event, id)
        : toMessage(event, id, texts)
    if (message && event.chat) await this.#show(message, event, event.chat, stored)
  }

  async #show(
    message: NewMessage,
    event: RenderedEvent,
    chat: RenderedChat,
    stored: StoredEvent,
  ): Promise<void> {
    const { notes } = this.#deps
    const place = await this.#chats.place(event, chat)
    const shown = await this.#postOnce(message, event, chat, { place, stored })
    await notes.write([
      { name: noteNames.own(shown), value: '1' },
      { name: noteNames.shown(chat.id, message.source), value: String(shown) },
    ])
  }

  async #postOnce(
    message: NewMessage,
    event: RenderedEvent,
    chat: RenderedChat,
    { place, stored }: { readonly place: Place; readonly stored: StoredEvent },
  ): Promise<number> {
    try {
      const known =
        stored.seq <= this.#begun ? await this.#find(chat, message, place, stored) : undefined
      return known ?? (await this.#messages.post(place.conversation, message))
    } catch (error) {
      if (!isGone(error)) throw error
      const renewed = await this.#chats.renew(event, chat, place)
      if (renewed) return await this.#messages.post(renewed.conversation, message)
      throw asFailure(error)
    }
  }

  async #find(
    chat: RenderedChat,
    { source }: NewMessage,
    { conversation }: Place,
    { createdAt }: StoredEvent,
  ): Promise<number | undefined> {
    const known = await this.#deps.notes.readOne(noteNames.shown(chat.id, source))
    if (known !== undefined) return Number(known)
    return await this.#messages.find(conversation, source, createdAt / 1000)
  }

  /** Chatwoot shows in its place that it was deleted. What isn't known there any more is said in words. */
  async #delete(
    event: Extract<RenderedEvent, { type: 'message.deleted' }>,
    stored: StoredEvent,
    id: string,
  ): Promise<void> {
    const { notes, texts } = this.#deps
    const { chat, message } = event
    const place = await this.#chats.place(event, chat)
    const known = await notes.readOne(noteNames.shown(chat.id, message.id))
    const shown =
      known === undefined
        ? await this.#messages.find(place.conversation, message.id, 0, true)
        : Number(known)
    if (shown !== undefined && (await this.#messages.delete(place.conversation, shown))) return
    const note = { content: texts.deleted, kind: 'note', source: id, replyTo: message.id } as const
    await this.#show(note, event, chat, stored)
  }
}

/** The conversation is there, and yet its messages aren't: not known, and worth another try. */
function asFailure(error: ChatwootError): ChatwootError {
  const { answer } = error
  return answer.kind === 'failed'
    ? new ChatwootError({ ...answer, error: 'HTTP 404 for a conversation that is there' })
    : error
}
