import { given } from '../../../core/given.ts'
import type { RenderedChat, RenderedEvent } from '../../../core/stored-event.ts'
import type { ChatwootApi } from './application-api.ts'
import { ChatwootError, isGone, isRefusal } from './failure.ts'
import type { KnownInbox } from './inbox-book.ts'
import type { LineNotes, Place } from './line-notes.ts'
import { type ContactData, shortId, type Who, whoIs } from './people.ts'
import { type Fields, fieldsOf, idOf, listOf, textOf } from './shapes.ts'

/** Contacts that a search gives at once. */
const PAGE = 15
/** Of a search for an identifier that many others begin with. */
const MAX_PAGES = 20

/**
 * The contact and conversation of each chat of a line. One delivery of a line is under way at a time, so nobody makes the
 * same ones beside this; what a killed process had made is found by the contact's identifier. Throws as ChatwootApi.
 */
export class Chats {
  readonly #api: ChatwootApi
  readonly #inbox: KnownInbox
  readonly #notes: LineNotes
  readonly #places = new Map<string, Place>()

  constructor(api: ChatwootApi, inbox: KnownInbox, notes: LineNotes) {
    this.#api = api
    this.#inbox = inbox
    this.#notes = notes
  }

  async place(event: RenderedEvent, chat: RenderedChat): Promise<Place> {
    const who = whoIs(event, chat)
    const known = this.#places.get(chat.id) ?? (await this.#notes.place(chat.id))
    if (!known) return await this.#find(chat.id, who)
    if (known.isResolved) return await this.#find(chat.id, who, known)
    if (who.version === undefined || who.version === known.person) {
      this.#places.set(chat.id, known)
      return known
    }
    return await this.#update(chat.id, known, who)
  }

  /** Of the chat, and where it is looked for after Chatwoot has said that there is no such conversation any more. */
  async renew(event: RenderedEvent, chat: RenderedChat, gone: Place): Promise<Place | undefined> {
    const isThere = (await this.#api.find(`/conversations/${gone.conversation}`)) !== undefined
    if (isThere) return undefined
    this.#places.delete(chat.id)
    return await this.#find(chat.id, whoIs(event, chat))
  }

  /** The hub's own, for what is to be told when there is no conversation. */
  async own(name: string): Promise<number> {
    const identifier = `openlines-hub:${this.#inbox.connector}:${this.#inbox.line}`
    const { contact, source } = await this.#contact(identifier, 'openlines-hub', { data: { name } })
    return await this.#conversation(contact, source)
  }

  async #find(chatId: string, who: Who, known?: Place): Promise<Place> {
    const { connector, line } = this.#inbox
    const identifier = shortId(`${connector}:${line}:${chatId}`)
    const found = known ?? (await this.#contact(identifier, shortId(chatId), who))
    const conversation = await this.#conversation(found.contact, found.source)
    const { contact, source } = found
    const person = known ? known.person : who.version
    return await this.#keep(chatId, { contact, source, conversation, ...given({ person }) })
  }

  async #keep(chatId: string, place: Place): Promise<Place> {
    await this.#notes.setPlace(chatId, place)
    this.#places.set(chatId, place)
    return place
  }

  async #update(chatId: string, known: Place, { data, version }: Who): Promise<Place> {
    const path = `/contacts/${known.contact}`
    const change = (contact: object): Promise<unknown> => this.#api.put(path, contact)
    try {
      await change(data)
    } catch (error) {
      // Gone: a message will show it. Refused: the number or address is another contact's already.
      if (isRefusal(error)) await change(withoutUnique(data)).catch(ignoreRefusal)
      else if (!isGone(error)) throw error
    }
    return await this.#keep(chatId, { ...known, ...given({ person: version }) })
  }

  async #contact(
    identifier: string,
    source: string,
    who: Who,
  ): Promise<Pick<Place, 'contact' | 'source'>> {
    const found = await this.#search(identifier)
    if (found) return await this.#inInbox(found, source)
    const whole = { inbox_id: this.#inbox.inbox, identifier, source_id: source, ...who.data }
    // What may be another's: the contact itself (made a moment ago), its number or address, its name in the inbox.
    for (const contact of [whole, withoutUnique(whole), withoutSource(withoutUnique(whole))]) {
      try {
        return await this.#inInbox(contactIn(await this.#api.post('/contacts', contact)), source)
      } catch (error) {
        if (!isRefusal(error)) throw error
        const other = await this.#search(identifier)
        if (other) return await this.#inInbox(other, source)
      }
    }
    throw new ChatwootError({ kind: 'failed', error: 'Chatwoot takes no contact for the chat' })
  }

  async #search(identifier: string): Promise<Fields | undefined> {
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = new URLSearchParams({ q: identifier, page: String(page) })
      const found = listOf(await this.#api.get(`/contacts/search?${query}`))
      const exact = found.find((contact) => contact['identifier'] === identifier)
      if (exact || found.length < PAGE) return exact
    }
    return undefined
  }

  /** A contact that is known from elsewhere has to be in this inbox, too. */
  async #inInbox(contact: Fields, source: string): Promise<Pick<Place, 'contact' | 'source'>> {
    const { inbox } = this.#inbox
    const id = idOf(contact)
    if (id === undefined) {
      throw new ChatwootError({ kind: 'failed', error: 'Chatwoot made a contact without an id' })
    }
    const inboxes = listOf(contact['contact_inboxes'])
    const own = inboxes.find((one) => idOf(one['inbox']) === inbox || one['inbox_id'] === inbox)
    const known = textOf(own?.['source_id'])
    if (known !== undefined) return { contact: id, source: known }
    const body = { inbox_id: inbox, source_id: source }
    const made = fieldsOf(await this.#api.post(`/contacts/${id}/contact_inboxes`, body))
    return { contact: id, source: textOf(made['source_id']) ?? source }
  }

  /** The one that is open. Where the inbox is set to one conversation for each person, Chatwoot itself gives the old one. */
  async #conversation(contact: number, source: string): Promise<number> {
    const { inbox } = this.#inbox
    const all = listOf(await this.#api.get(`/contacts/${contact}/conversations`))
    const open = all.filter((one) => one['inbox_id'] === inbox && one['status'] !== 'resolved')
    const ids = open.flatMap((one) => idOf(one) ?? [])
    if (ids.length > 0) return Math.max(...ids)
    const body = { source_id: source, inbox_id: inbox, contact_id: contact }
    const made = idOf(await this.#api.post('/conversations', body))
    if (made !== undefined) return made
    throw new ChatwootError({ kind: 'failed', error: 'Chatwoot made a conversation without an id' })
  }
}

/** The inbox's name of the contact stands beside it where it was just made. */
function contactIn(answer: unknown): Fields {
  const payload = fieldsOf(fieldsOf(answer)['payload'] ?? answer)
  const contact = fieldsOf(payload['contact'] ?? payload)
  const { contact_inbox: own } = payload
  const inboxes = [...listOf(contact['contact_inboxes']), ...(own ? [fieldsOf(own)] : [])]
  return { ...contact, contact_inboxes: inboxes }
}

function withoutUnique<T extends ContactData>(data: T): Omit<T, 'email' | 'phone_number'> {
  const { email: _, phone_number: __, ...rest } = data
  return rest
}

function withoutSource<T extends object>(data: T): object {
  const { source_id: _, ...rest } = data as T & { source_id?: string }
  return rest
}

function ignoreRefusal(error: unknown): void {
  if (!isRefusal(error) && !isGone(error)) throw error
}
