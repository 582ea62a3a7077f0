import {
  type ChatwootModel,
  type Conversation,
  Invalid,
  type Message,
  type NewMessage,
} from './model.ts'
import { readForm } from './multipart.ts'
import type { Views } from './views.ts'

export interface ApiCall {
  readonly method: string
  /** Behind the account's. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface ApiAnswer {
  readonly status: number
  readonly body: object
}

export interface ApiEvents {
  created(message: Message): void
  updated(message: Message): void
}

const CONVERSATIONS_PER_PAGE = 25
const CONTACTS_PER_PAGE = 15

type Handler = (ids: readonly number[], call: ApiCall) => object | undefined

/** The application API: of each route what the real one does with these parameters. */
export class ChatwootApiRoutes {
  /** A Chatwoot from before statuses could be set. */
  hasStatuses = true
  readonly #model: ChatwootModel
  readonly #views: Views
  readonly #events: ApiEvents
  readonly #routes: readonly (readonly [string, RegExp, Handler])[]

  constructor(model: ChatwootModel, views: Views, events: ApiEvents) {
    this.#model = model
    this.#views = views
    this.#events = events
    this.#routes = [
      ['GET', /^\/inboxes$/, () => ({ payload: model.inboxes.map((one) => views.inbox(one)) })],
      ['POST', /^\/inboxes$/, (_, call) => this.#addInbox(call)],
      ['GET', /^\/inboxes\/(\d+)$/, ([id]) => this.#inbox(id)],
      ['PATCH', /^\/inboxes\/(\d+)$/, ([id], call) => this.#changeInbox(id, call)],
      ['GET', /^\/contacts\/search$/, (_, call) => this.#search(call)],
      ['POST', /^\/contacts$/, (_, call) => this.#addContact(call)],
      ['PUT', /^\/contacts\/(\d+)$/, ([id], call) => this.#changeContact(id, call)],
      ['POST', /^\/contacts\/(\d+)\/contact_inboxes$/, ([id], call) => this.#join(id, call)],
      ['GET', /^\/contacts\/(\d+)\/conversations$/, ([id]) => this.#conversationsOf(id)],
      ['GET', /^\/conversations$/, (_, call) => this.#conversations(call)],
      ['POST', /^\/conversations$/, (_, call) => this.#addConversation(call)],
      ['GET', /^\/conversations\/(\d+)$/, ([id]) => this.#conversation(id)],
      ['GET', /^\/conversations\/(\d+)\/messages$/, ([id], call) => this.#messages(id, call)],
      ['POST', /^\/conversations\/(\d+)\/messages$/, ([id], call) => this.#post(id, call)],
      ['PATCH', /^\/conversations\/(\d+)\/messages\/(\d+)$/, (ids, call) => this.#patch(ids, call)],
      ['DELETE', /^\/conversations\/(\d+)\/messages\/(\d+)$/, (ids) => this.#delete(ids)],
    ]
  }

  answer(call: ApiCall): ApiAnswer {
    for (const [method, path, handle] of this.#routes) {
      const match = call.method === method ? path.exec(call.path) : null
      if (!match) continue
      try {
        const body = handle(match.slice(1).map(Number), call)
        return body ? { status: 200, body } : notFound()
      } catch (error) {
        if (!(error instanceof Invalid)) throw error
        return { status: 422, body: { message: error.message } }
      }
    }
    return notFound()
  }

  #addInbox(call: ApiCall): object {
    const { name, channel } = readJson(call)
    const { webhook_url } = channel as { webhook_url: string }
    return this.#views.inbox(this.#model.addInbox(String(name), webhook_url))
  }

  #inbox(id: number | undefined): object | undefined {
    const inbox = this.#model.inboxes.find((one) => one.id === id)
    return inbox && this.#views.inbox(inbox)
  }

  #changeInbox(id: number | undefined, call: ApiCall): object | undefined {
    const inbox = this.#model.inboxes.find((one) => one.id === id)
    const { channel } = readJson(call)
    if (inbox) inbox.webhook_url = (channel as { webhook_url: string }).webhook_url
    return inbox && this.#views.inbox(inbox)
  }

  /** LIKE: an identifier that only begins so is found, too. */
  #search({ query }: ApiCall): object {
    const q = query.get('q') ?? ''
    const page = Number(query.get('page') ?? 1)
    const found = this.#model.contacts.filter(({ identifier }) => identifier.includes(q))
    const from = (page - 1) * CONTACTS_PER_PAGE
    const shown = found.slice(from, from + CONTACTS_PER_PAGE)
    return { meta: { count: found.length }, payload: shown.map((one) => this.#views.contact(one)) }
  }

  #addContact(call: ApiCall): object {
    const contact = this.#model.addContact(readJson(call))
    const [contact_inbox] = contact.contact_inboxes
    return { payload: { contact: this.#views.contact(contact), contact_inbox } }
  }

  #changeContact(id: number | undefined, call: ApiCall): object | undefined {
    const contact = this.#model.contacts.find((one) => one.id === id)
    if (contact) contact.fields = { ...contact.fields, ...readJson(call) }
    return contact && { payload: this.#views.contact(contact) }
  }

  #join(id: number | undefined, call: ApiCall): object | undefined {
    const contact = this.#model.contacts.find((one) => one.id === id)
    const { inbox_id, source_id } = readJson(call)
    return contact && this.#model.joinInbox(contact, Number(inbox_id), source_id)
  }

  #conversationsOf(contact: number | undefined): object {
    const own = this.#model.conversations.filter(({ contact_id }) => contact_id === contact)
    return { payload: own.slice(-20).map((one) => this.#views.conversation(one)) }
  }

  #conversations({ query }: ApiCall): object {
    const inbox = query.get('inbox_id')
    const status = query.get('status') ?? 'open'
    const page = Number(query.get('page') ?? 1)
    const found = this.#model.conversations
      .filter((one) => inbox === null || one.inbox_id === Number(inbox))
      .filter((one) => status === 'all' || one.status === status)
      .toSorted((one, other) => other.last_activity_at - one.last_activity_at || other.id - one.id)
    const from = (page - 1) * CONVERSATIONS_PER_PAGE
    const shown = found.slice(from, from + CONVERSATIONS_PER_PAGE)
    return { data: { meta: {}, payload: shown.map((one) => this.#views.conversation(one)) } }
  }

  #addConversation(call: ApiCall): object | undefined {
    const { inbox_id, source_id } = readJson(call)
    const made = this.#model.addConversation(Number(inbox_id), String(source_id))
    return made && this.#views.conversation(made)
  }

  #find(id: number | undefined): Conversation | undefined {
    return this.#model.conversations.find((one) => one.id === id)
  }

  #conversation(id: number | undefined): object | undefined {
    const found = this.#find(id)
    return found && this.#views.conversation(found)
  }

  #messages(id: number | undefined, { query }: ApiCall): object | undefined {
    if (id === undefined || !this.#find(id)) return undefined
    const all = this.#model.of(id)
    const after = query.get('after')
    const before = query.get('before')
    const shown =
      after === null
        ? all.filter((one) => before === null || one.id < Number(before)).slice(-20)
        : all.filter((one) => one.id > Number(after)).slice(0, 100)
    return { meta: {}, payload: shown.map((one) => this.#views.message(one)) }
  }

  #post(id: number | undefined, call: ApiCall): object | undefined {
    const conversation = this.#find(id)
    if (!conversation) return undefined
    const message = this.#model.addMessage(conversation, readMessage(call))
    this.#events.created(message)
    return this.#views.message(message)
  }

  #message([conversation, id]: readonly number[]): Message | undefined {
    return this.#model.messages.find((one) => one.id === id && one.conversation_id === conversation)
  }

  #patch(ids: readonly number[], call: ApiCall): object | undefined {
    const message = this.hasStatuses ? this.#message(ids) : undefined
    if (!message) return undefined
    const { status, external_error } = readJson(call)
    message.status = String(status)
    const { external_error: _, ...rest } = message.content_attributes
    message.content_attributes = external_error === undefined ? rest : { ...rest, external_error }
    this.#events.updated(message)
    return this.#views.message(message)
  }

  #delete(ids: readonly number[]): object | undefined {
    const message = this.#message(ids)
    if (!message) return undefined
    message.content = 'This message was deleted'
    message.content_attributes = { deleted: true }
    message.attachments = []
    this.#events.updated(message)
    return this.#views.message(message)
  }
}

function notFound(): ApiAnswer {
  return { status: 404, body: { error: 'Resource could not be found' } }
}

function readJson({ body }: ApiCall): Record<string, unknown> {
  return JSON.parse(body.toString('utf8')) as Record<string, unknown>
}

export function readMessage(call: ApiCall): NewMessage {
  const type = String(call.headers['content-type'])
  return type.startsWith('multipart/form-data') ? readForm(call.body, type) : readJson(call)
}
