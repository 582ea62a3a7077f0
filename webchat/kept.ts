import type { Kept, Message } from './types.ts'

const MOST_MESSAGES = 200
const EMPTY: Kept = {
  token: '',
  last: '',
  name: '',
  contact: '',
  isStarted: false,
  isOpen: false,
  unread: [],
  messages: [],
  queue: [],
}

/** The chat in the browser's own store; where that is switched off, in memory. */
export class Store {
  readonly #key: string
  kept: Kept

  constructor(hash: string, onChange: () => void) {
    this.#key = `hub-webchat-${hash}`
    this.kept = this.#read()
    // Another tab of the same site has changed it.
    addEventListener('storage', ({ key }) => {
      if (key !== this.#key) return
      this.kept = { ...this.#read(), isOpen: this.kept.isOpen }
      onChange()
    })
  }

  change(change: Partial<Kept>): void {
    this.kept = { ...this.#read(), ...change }
    this.#write()
  }

  /** Puts a message in, or in the place of the one with its id. */
  put(message: Message): void {
    const { messages } = this.#read()
    const at = messages.findIndex(({ id }) => id === message.id)
    const all = at < 0 ? [...messages, message] : messages.with(at, message)
    this.change({ messages: all.slice(-MOST_MESSAGES) })
  }

  #read(): Kept {
    try {
      const text = localStorage.getItem(this.#key)
      return text === null ? (this.kept ?? { ...EMPTY }) : { ...EMPTY, ...JSON.parse(text) }
    } catch {
      return this.kept ?? { ...EMPTY }
    }
  }

  #write(): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.kept))
    } catch {
      // Nothing can be kept: the chat lasts as long as the page.
    }
  }
}

/** Random, also on pages without https, where browsers have no `randomUUID`. */
export function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
