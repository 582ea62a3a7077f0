import type { DialectMemory } from '../../../core/dialect-memory.ts'

/** Where a chat is shown in Chatwoot. */
export interface Place {
  readonly contact: number
  readonly conversation: number
  /** Names the contact in the inbox. */
  readonly source: string
  /** Digest of the person's data that the contact has. */
  readonly person?: string
  /** An agent has closed it. */
  readonly isResolved?: true
}

/** What became of an agent's message. */
export interface AgentNote {
  readonly chat: string
  /** Digest of its text. */
  readonly text: string
  /** The hub's `out_…`; absent: there was nothing to send, or it couldn't be sent. */
  readonly out?: string
  /** How often it was changed since: an agent may go back to an earlier text. */
  readonly changes?: number
}

type Entry = Parameters<DialectMemory['lines']['write']>[1][number]

/** The names of what is remembered of a line. Its chats stay for ever, its messages for 30 days. */
export const noteNames = {
  chat: (chatId: string) => `chat:${chatId}`,
  /** Whose chat a conversation is. */
  conversation: (id: number) => `conversation:${id}`,
  /** Chatwoot's id of a message of the channel. */
  shown: (chatId: string, messageId: string) => `shown:${chatId} ${messageId}`,
  /** A message that the hub has posted there. */
  own: (id: number) => `own:${id}`,
  agent: (id: number) => `agent:${id}`,
  /** The channel's ids of an agent's message. Apart from the rest, for others write it, maybe at the same time. */
  sent: (id: number) => `sent:${id}`,
  /** The newest message of a conversation that was looked at. */
  seen: (conversation: number) => `seen:${conversation}`,
  /** The last event that delivery was begun of. */
  begun: 'begun',
} as const

/** A line's entries in the dialect's memory. Throws StoreUnavailableError. */
export class LineNotes {
  readonly #memory: DialectMemory['lines']
  readonly lineId: number

  constructor({ lines }: DialectMemory, lineId: number) {
    this.#memory = lines
    this.lineId = lineId
  }

  async read(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return await this.#memory.read(this.lineId, names)
  }

  async readOne(name: string): Promise<string | undefined> {
    return (await this.read([name])).get(name)
  }

  async write(entries: readonly Entry[]): Promise<void> {
    await this.#memory.write(this.lineId, entries)
  }

  async place(chatId: string): Promise<Place | undefined> {
    return parse<Place>(await this.readOne(noteNames.chat(chatId)))
  }

  async setPlace(chatId: string, place: Place): Promise<void> {
    await this.write([
      { name: noteNames.chat(chatId), value: JSON.stringify(place), isLasting: true },
      { name: noteNames.conversation(place.conversation), value: chatId, isLasting: true },
    ])
  }

  async agent(id: number): Promise<AgentNote | undefined> {
    return parse<AgentNote>(await this.readOne(noteNames.agent(id)))
  }

  async sentIds(id: number): Promise<readonly string[]> {
    return parse<string[]>(await this.readOne(noteNames.sent(id))) ?? []
  }

  async setSentIds(id: number, ids: readonly string[]): Promise<void> {
    await this.write([{ name: noteNames.sent(id), value: JSON.stringify(ids) }])
  }

  async setAgent(id: number, note: AgentNote): Promise<void> {
    await this.write([{ name: noteNames.agent(id), value: JSON.stringify(note) }])
  }
}

function parse<T>(value: string | undefined): T | undefined {
  return value === undefined ? undefined : (JSON.parse(value) as T)
}
