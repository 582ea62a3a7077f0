import type { ChatwootModel, Contact, Conversation, Inbox, Message } from './model.ts'
import { MESSAGE_TYPES } from './model.ts'

/** What the API and the webhooks show of the model. */
export class Views {
  readonly #model: ChatwootModel
  readonly #account: number
  /** Where files are. */
  readonly #url: () => string

  constructor(model: ChatwootModel, account: number, url: () => string) {
    this.#model = model
    this.#account = account
    this.#url = url
  }

  inbox({ id, name, webhook_url, secret, isSingle }: Inbox): object {
    return {
      ...{ id, name, webhook_url, channel_type: 'Channel::Api', inbox_identifier: `inbox-${id}` },
      lock_to_single_conversation: isSingle,
      ...(secret === undefined ? {} : { secret }),
    }
  }

  contact({ id, identifier, fields, contact_inboxes }: Contact): object {
    return { id, identifier, ...fields, contact_inboxes }
  }

  conversation(one: Conversation): object {
    const contact = this.#model.contacts.find(({ id }) => id === one.contact_id)
    const last = this.#model.of(one.id).at(-1)
    return {
      ...{ id: one.id, inbox_id: one.inbox_id, status: one.status },
      ...{ last_activity_at: one.last_activity_at, channel: 'Channel::Api' },
      contact_inbox: { source_id: one.source_id },
      meta: { sender: contact ? this.contact(contact) : {} },
      messages: last ? [this.message(last)] : [],
    }
  }

  /** As in lists: types are numbers, instants seconds. */
  message(one: Message): Record<string, unknown> {
    return {
      ...this.#common(one),
      message_type: MESSAGE_TYPES[one.message_type],
      created_at: one.created_at,
      conversation_id: one.conversation_id,
    }
  }

  /** As in webhooks: types are words, instants text. */
  hook(event: string, one: Message): Record<string, unknown> {
    const conversation = this.#model.conversations.find(({ id }) => id === one.conversation_id)
    const inbox = this.#model.inboxes.find(({ id }) => id === conversation?.inbox_id)
    return {
      event,
      ...this.#common(one),
      message_type: one.message_type,
      created_at: new Date(one.created_at * 1000).toISOString(),
      account: { id: this.#account, name: 'Fake' },
      inbox: { id: inbox?.id, name: inbox?.name },
      conversation: conversation ? this.conversation(conversation) : {},
    }
  }

  #common(one: Message): object {
    const { id, content, content_type, content_attributes, source_id, status } = one
    return {
      ...{ id, content, content_type, content_attributes, source_id, status, private: one.private },
      attachments: one.attachments.map(({ id: file, name, mime, bytes }) => ({
        id: file,
        message_id: id,
        file_type: mime.startsWith('image/') ? 'image' : 'file',
        data_url: `${this.#url()}/rails/active_storage/blobs/redirect/${file}/${encodeURIComponent(name)}`,
        file_size: bytes.length,
      })),
    }
  }
}
