import { BoundedMap } from '../../../core/bounded-map.ts'
import type { LineMemory } from '../../../core/dialect-memory.ts'
import type { StoredEvent } from '../../../core/inbox.ts'
import { isRecord } from '../../../core/json.ts'
import { type RenderedPerson, readStored } from '../../../core/stored-event.ts'
import { personIn } from './items.ts'
import { isAlias, toPortalChat } from './portal-ids.ts'

const MAX_KNOWN = 20_000
/** Characters of JSON; nobody's data comes near it. */
const MAX_PERSON = 8000

/**
 * Who was last seen in each chat. The portal files messages under chat and person, while a status, or what the company
 * itself writes, names the chat alone; sent under another person it would open a second dialog.
 */
export class People {
  readonly #memory: LineMemory
  /** What is known to be stored, so that a busy chat costs no statement. */
  readonly #known = new BoundedMap<string, string>(MAX_KNOWN)

  constructor(memory: LineMemory) {
    this.#memory = memory
  }

  /**
   * Whoever is needed for these events, those that the events themselves name included; what is new is stored before anything
   * is sent. Throws StoreUnavailableError.
   */
  async of(
    lineId: number,
    events: readonly StoredEvent[],
  ): Promise<(chatId: string) => RenderedPerson | undefined> {
    const seen = new Map<string, RenderedPerson>()
    const unnamed = new Set<string>()
    for (const event of events) {
      const named = personIn(event)
      if (named) seen.set(named.chatId, named.user)
      else {
        const chatId = chatOf(event)
        if (chatId !== undefined && !seen.has(chatId)) unnamed.add(chatId)
      }
    }
    const stored = await this.#read(lineId, [...unnamed])
    await this.#write(lineId, seen)
    return (chatId) => stored.get(chatId) ?? seen.get(chatId)
  }

  /** The chat that an alias stands for. Throws StoreUnavailableError. */
  async chatBehind(lineId: number, alias: string): Promise<string | undefined> {
    const name = aliasName(alias)
    return (await this.#memory.read(lineId, [name])).get(name)
  }

  /** Who is known of a chat. Throws StoreUnavailableError. */
  async find(lineId: number, chatId: string): Promise<RenderedPerson | undefined> {
    return (await this.#read(lineId, [chatId])).get(chatId)
  }

  async #read(lineId: number, chats: readonly string[]): Promise<Map<string, RenderedPerson>> {
    if (chats.length === 0) return new Map()
    const names = new Map(chats.map((chat) => [personName(chat), chat]))
    const values = await this.#memory.read(lineId, [...names.keys()])
    return new Map(
      [...values].flatMap(([name, json]) => {
        const chat = names.get(name)
        const person = readPerson(json)
        return chat === undefined || !person ? [] : [[chat, person] as const]
      }),
    )
  }

  async #write(lineId: number, seen: ReadonlyMap<string, RenderedPerson>): Promise<void> {
    const fresh = new Map<string, string>()
    const entries = [...seen].flatMap(([chatId, person]) => {
      const key = `${lineId}:${chatId}`
      const value = JSON.stringify(person)
      if (this.#known.get(key) === value || value.length > MAX_PERSON) return []
      fresh.set(key, value)
      const alias = toPortalChat(chatId)
      const aliased = isAlias(alias) ? [{ name: aliasName(alias), value: chatId, isLasting }] : []
      return [{ name: personName(chatId), value, isLasting }, ...aliased]
    })
    if (entries.length === 0) return
    await this.#memory.write(lineId, entries)
    for (const [key, value] of fresh) this.#known.set(key, value)
  }
}

const isLasting = true as const

function personName(chatId: string): string {
  return `person:${chatId}`
}

function aliasName(alias: string): string {
  return `alias:${alias}`
}

function chatOf(event: StoredEvent): string | undefined {
  return readStored(event).chat?.id
}

function readPerson(json: string): RenderedPerson | undefined {
  try {
    const value: unknown = JSON.parse(json)
    const isPerson = isRecord(value) && typeof value['id'] === 'string'
    return isPerson ? (value as unknown as RenderedPerson) : undefined
  } catch {
    return undefined
  }
}
