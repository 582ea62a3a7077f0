/** What the fake keeps, in Chatwoot's own words. */
export interface Inbox {
  readonly id: number
  readonly name: string
  webhook_url: string
  /** Absent in an old Chatwoot. */
  readonly secret?: string
  isSingle: boolean
}

export interface ContactInbox {
  readonly source_id: string
  readonly inbox: { readonly id: number }
}

export interface Contact {
  readonly id: number
  identifier: string
  fields: Record<string, unknown>
  readonly contact_inboxes: ContactInbox[]
}

export interface Conversation {
  readonly id: number
  readonly inbox_id: number
  readonly contact_id: number
  readonly source_id: string
  status: 'open' | 'resolved' | 'pending' | 'snoozed'
  last_activity_at: number
}

export interface Attachment {
  readonly id: number
  readonly name: string
  readonly mime: string
  readonly bytes: Buffer
}

export interface Message {
  readonly id: number
  readonly conversation_id: number
  readonly message_type: 'incoming' | 'outgoing' | 'activity' | 'template'
  readonly private: boolean
  readonly source_id: string | null
  readonly created_at: number
  content: string
  content_type: string
  content_attributes: Record<string, unknown>
  attachments: Attachment[]
  status: string
}

export const MESSAGE_TYPES = { incoming: 0, outgoing: 1, activity: 2, template: 3 } as const

export interface NewMessage {
  readonly content?: string
  readonly message_type?: Message['message_type']
  readonly private?: boolean
  readonly source_id?: string | null
  readonly content_type?: string
  readonly content_attributes?: Record<string, unknown>
  readonly attachments?: readonly Omit<Attachment, 'id'>[]
}

/** A contact can't be made: Chatwoot's words. */
export class Invalid extends Error {
  override name = 'Invalid'
}

/** The account's data and the rules that hold for it, without HTTP. */
export class ChatwootModel {
  readonly inboxes: Inbox[] = []
  readonly contacts: Contact[] = []
  conversations: Conversation[] = []
  messages: Message[] = []
  readonly #isNew: boolean
  #last = 100

  constructor(isNew: boolean) {
    this.#isNew = isNew
  }

  id(): number {
    return ++this.#last
  }

  now(): number {
    return Math.floor(Date.now() / 1000)
  }

  addInbox(name: string, webhook_url: string): Inbox {
    if (/[<>/\\@]/.test(name)) throw new Invalid('Name should not have such characters')
    const id = this.id()
    const secret = this.#isNew ? { secret: `PLANTED-inbox-secret-${id}` } : {}
    const inbox = { id, name, webhook_url, isSingle: false, ...secret }
    this.inboxes.push(inbox)
    return inbox
  }

  addContact(fields: Record<string, unknown>): Contact {
    const { inbox_id, source_id, identifier, ...rest } = fields
    const isTaken = (key: string): boolean =>
      rest[key] !== undefined && this.contacts.some((one) => one.fields[key] === rest[key])
    if (this.contacts.some((one) => one.identifier === identifier)) {
      throw new Invalid('Identifier has already been taken')
    }
    if (isTaken('email')) throw new Invalid('Email has already been taken')
    if (isTaken('phone_number')) throw new Invalid('Phone number has already been taken')
    const contact = {
      id: this.id(),
      identifier: String(identifier),
      fields: rest,
      contact_inboxes: [],
    }
    if (inbox_id !== undefined) this.joinInbox(contact, Number(inbox_id), source_id)
    this.contacts.push(contact)
    return contact
  }

  joinInbox(contact: Contact, inbox: number, source: unknown): ContactInbox {
    const source_id = typeof source === 'string' ? source : crypto.randomUUID()
    const isTaken = this.contacts.some((one) =>
      one.contact_inboxes.some((own) => own.inbox.id === inbox && own.source_id === source_id),
    )
    if (isTaken) throw new Invalid('Source has already been taken')
    const made = { source_id, inbox: { id: inbox } }
    contact.contact_inboxes.push(made)
    return made
  }

  /** Two at once are two conversations: nothing holds them apart. */
  addConversation(inbox_id: number, source_id: string): Conversation | undefined {
    const contact = this.contacts.find((one) =>
      one.contact_inboxes.some((own) => own.inbox.id === inbox_id && own.source_id === source_id),
    )
    const inbox = this.inboxes.find(({ id }) => id === inbox_id)
    if (!contact || !inbox) return undefined
    const old = this.conversations.filter((one) => one.contact_id === contact.id).at(-1)
    if (inbox.isSingle && old) return old
    const made: Conversation = {
      ...{ id: this.id(), inbox_id, contact_id: contact.id, source_id },
      ...{ status: 'open', last_activity_at: this.now() },
    }
    this.conversations.push(made)
    return made
  }

  addMessage(conversation: Conversation, fields: NewMessage): Message {
    const { attachments = [], content = '' } = fields
    if (attachments.length > 15) throw new Invalid('Attachments exceeded maximum allowed')
    const message: Message = {
      id: this.id(),
      conversation_id: conversation.id,
      message_type: fields.message_type ?? 'outgoing',
      private: fields.private ?? false,
      source_id: fields.source_id ?? null,
      created_at: this.now(),
      content,
      content_type: fields.content_type ?? 'text',
      content_attributes: { ...fields.content_attributes },
      attachments: attachments.map((one) => ({ id: this.id(), ...one })),
      status: 'sent',
    }
    this.messages.push(message)
    conversation.last_activity_at = message.created_at
    if (message.message_type === 'incoming' && conversation.status === 'resolved') {
      conversation.status = 'open'
    }
    return message
  }

  of(conversation: number): Message[] {
    return this.messages.filter(({ conversation_id }) => conversation_id === conversation)
  }
}
