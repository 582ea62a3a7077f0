import { isRecord } from '#core/json.ts'

/** Lists of a change of WhatsApp's, each item of which is an update of its own. */
const LISTS = ['messages', 'message_echoes', 'statuses', 'calls', 'user_preferences'] as const
/** Where an item names the person it is about, by the phone number or by the id. */
const PARTIES = [
  'from',
  'from_user_id',
  'to',
  'to_user_id',
  'recipient_id',
  'recipient_user_id',
  'wa_id',
  'user_id',
]

/**
 * A change may gather messages and statuses of many people: each becomes a change by itself, with the contacts that are
 * its own. Others stay as they are. Linear.
 */
export function cutChange(change: unknown): unknown[] {
  const value = isRecord(change) ? change['value'] : undefined
  if (!isRecord(change) || !isRecord(value)) return [change]
  const head = Object.fromEntries(
    Object.entries(value).filter(([key]) => key !== 'contacts' && !isList(key, value)),
  )
  const contacts = Array.isArray(value['contacts']) ? (value['contacts'] as unknown[]) : undefined
  const book = new ContactBook(contacts ?? [])
  const pieces = LISTS.flatMap((name) => {
    const list = value[name]
    if (!Array.isArray(list)) return []
    return list.map((item: unknown) => ({
      ...change,
      value: { ...head, ...(contacts ? { contacts: book.of(item) } : {}), [name]: [item] },
    }))
  })
  return pieces.length > 0 ? pieces : [change]
}

function isList(key: string, value: Record<string, unknown>): boolean {
  return LISTS.some((name) => name === key) && Array.isArray(value[key])
}

class ContactBook {
  readonly #all: readonly unknown[]
  readonly #byId = new Map<string, unknown>()

  constructor(contacts: readonly unknown[]) {
    this.#all = contacts
    for (const contact of contacts) {
      if (!isRecord(contact)) continue
      for (const id of [contact['wa_id'], contact['user_id']]) {
        if (isId(id)) this.#byId.set(String(id), contact)
      }
    }
  }

  /** One contact alone is the item's, whatever number it shows: numbers of some countries are written in two ways. */
  of(item: unknown): unknown[] {
    if (this.#all.length === 1) return [...this.#all]
    if (!isRecord(item)) return []
    const ids = PARTIES.map((name) => item[name]).filter(isId)
    const found = ids.flatMap((id) => this.#byId.get(String(id)) ?? [])
    return [...new Set(found)]
  }
}

function isId(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}
