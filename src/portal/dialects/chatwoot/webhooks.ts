import type { DoorContext } from '../../../core/dialect.ts'
import { hintOf, readMessage } from './agent-message.ts'
import type { AgentLine, AgentMessages } from './agent-messages.ts'
import { LineNotes, noteNames } from './line-notes.ts'
import { PendingChanges } from './pending-changes.ts'
import { type Fields, fieldsOf, idOf } from './shapes.ts'
import type { ChatwootSpeaker } from './speaker.ts'

/** What Chatwoot posts, by its `event`. What isn't named here is answered, and nothing is done. */
export class Webhooks {
  readonly #context: DoorContext<ChatwootSpeaker>
  readonly #agents: AgentMessages

  constructor(context: DoorContext<ChatwootSpeaker>, agents: AgentMessages) {
    this.#context = context
    this.#agents = agents
  }

  /** Throws what remote methods throw. */
  async take(line: AgentLine, hook: Fields): Promise<void> {
    switch (hook['event']) {
      case 'message_created':
        return await this.#created(line, hook)
      case 'message_updated':
        return await this.#updated(line, hook)
      case 'conversation_typing_on':
        return this.#typing(line, hook)
      case 'conversation_status_changed':
        return await this.#statusChanged(line, hook)
    }
  }

  async #created(line: AgentLine, hook: Fields): Promise<void> {
    const conversation = fieldsOf(hook['conversation'])
    const message = readMessage(hook, idOf(conversation))
    if (message) await this.#agents.take(line, message, hintOf(conversation))
  }

  async #updated(line: AgentLine, hook: Fields): Promise<void> {
    const message = readMessage(hook, idOf(hook['conversation']))
    if (!message || (await this.#agents.change(line, message))) return
    const { memory, clock } = this.#context
    await new PendingChanges(memory.portals).add(line.portal.id, {
      lineId: line.known.lineId,
      conversation: message.conversation,
      message: message.id,
      at: clock.now(),
    })
  }

  #typing(line: AgentLine, hook: Fields): void {
    const conversation = idOf(hook['conversation'])
    if (conversation === undefined || hook['is_private'] === true) return
    this.#agents.showTyping(line, conversation)
  }

  /** The next message of the person goes where Chatwoot's own channels put it: into a new conversation, or the one it is set to. */
  async #statusChanged({ known }: AgentLine, hook: Fields): Promise<void> {
    const id = idOf(hook)
    if (id === undefined) return
    const notes = new LineNotes(this.#context.memory, known.lineId)
    const chat = await notes.readOne(noteNames.conversation(id))
    const place = chat === undefined ? undefined : await notes.place(chat)
    if (chat === undefined || place?.conversation !== id) return
    const { isResolved: was, ...rest } = place
    const isResolved = hook['status'] === 'resolved'
    if (isResolved === (was === true)) return
    await notes.setPlace(chat, isResolved ? { ...rest, isResolved } : rest)
  }
}
