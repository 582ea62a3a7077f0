import type { OutboundStatus } from '../../../core/event.ts'
import type { RenderedStatus } from '../../../core/stored-event.ts'
import { parseAgentKey } from './agent-keys.ts'
import { ChatwootError } from './failure.ts'
import type { LineNotes } from './line-notes.ts'
import type { NewMessage } from './message-text.ts'
import type { Messages } from './messages.ts'
import type { Texts } from './texts.ts'

const STATUSES: Readonly<Record<OutboundStatus, string>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  noAccount: 'failed',
}

/** What became of agents' messages. Throws as ChatwootApi. */
export class Statuses {
  readonly #messages: Messages
  readonly #notes: LineNotes
  readonly #texts: Texts

  constructor(messages: Messages, notes: LineNotes, texts: Texts) {
    this.#messages = messages
    this.#notes = notes
    this.#texts = texts
  }

  /** Gives a note where the message itself can't show it and agents have to know; else undefined. */
  async carry(event: RenderedStatus, id: string): Promise<NewMessage | undefined> {
    const key = parseAgentKey(event.key)
    const status = STATUSES[event.status]
    const words = this.#wordsOf(event)
    const isFailed = status === 'failed'
    if (key && !key.isChange) {
      await this.#remember(key.message, event)
      if (await this.#set(key, { status, ...(isFailed ? { external_error: words } : {}) })) return
    }
    return isFailed
      ? { content: `${this.#texts.notSent} ${words}`, kind: 'note', source: id }
      : undefined
  }

  /** The channel's ids: by them it is edited and deleted there. */
  async #remember(message: number, { messageIds }: RenderedStatus): Promise<void> {
    if (messageIds.length === 0) return
    const known = await this.#notes.sentIds(message)
    if (known.length !== messageIds.length) await this.#notes.setSentIds(message, messageIds)
  }

  /** False: there is no such message any more, or this version of Chatwoot lets nobody set a status. */
  async #set(
    { conversation, message }: { readonly conversation: number; readonly message: number },
    status: { readonly status: string; readonly external_error?: string },
  ): Promise<boolean> {
    try {
      await this.#messages.setStatus(conversation, message, status)
      return true
    } catch (error) {
      if (error instanceof ChatwootError && (error.status === 404 || error.status === 403))
        return false
      throw error
    }
  }

  #wordsOf({ status, error }: RenderedStatus): string {
    if (status === 'noAccount') return this.#texts.noAccount
    return error ? `${error.message} (${error.code})` : status
  }
}
