import { makeId, type Store } from './kept.ts'
import type { ChatFile, Config, Message, Post } from './types.ts'

const MOST_WAIT_MS = 30_000
/** The hub says something every 20 s. */
const SILENCE_MS = 50_000

export interface LineEvents {
  /** Messages or their states have changed. */
  onChange(): void
  /** Somebody has written: to be said aloud and counted. */
  onMessage(message: Message): void
  onTyping(): void
  /** Whether the hub can be reached. */
  onLine(isOn: boolean): void
}

interface Incoming {
  readonly id: string
  readonly event: string
  readonly data: { readonly message?: Partial<Message> & { readonly id: string } }
}

/** The way to the hub: what is written goes out in order and once, what comes is read on from the last event. */
export class Line {
  readonly #base: string
  readonly #hook: string
  readonly #store: Store
  readonly #events: LineEvents
  #sending = false
  #retryMs = 1000
  #retry: ReturnType<typeof setTimeout> | undefined
  #reading: AbortController | undefined
  #opening: Promise<void> | undefined
  #isBegun = false
  /** Of several that were begun the last one goes on. */
  #loop = 0
  /** Too many tabs are open: what comes, comes to another one, and by the browser's store from there. */
  #isReplaced = false

  constructor(base: string, store: Store, events: LineEvents) {
    const url = new URL(base)
    const hash = url.pathname.split('/').at(-1) ?? ''
    this.#base = base
    this.#hook = `${base.slice(0, base.lastIndexOf('/webchat/'))}/webhook?hash=${hash}`
    this.#store = store
    this.#events = events
    const wake = (): void => {
      if (!this.#isBegun || document.visibilityState === 'hidden') return
      this.#retryMs = 1000
      void this.#flush()
      this.#isReplaced = false
      if (!this.#reading) void this.#read()
    }
    addEventListener('online', wake)
    addEventListener('pageshow', wake)
    document.addEventListener('visibilitychange', wake)
  }

  async config(): Promise<Config> {
    const response = await fetch(`${this.#base}/config`)
    if (!response.ok) throw new Error(String(response.status))
    return await response.json()
  }

  /** The visitor takes part: from now on the page listens. */
  begin(): void {
    if (this.#isBegun) return
    this.#isBegun = true
    void this.#read()
    void this.#flush()
  }

  post(type: string, fields: Record<string, unknown> = {}): Post {
    const post = { type, id: makeId(), ...fields }
    this.#store.change({ queue: [...this.#store.kept.queue, post] })
    this.begin()
    void this.#flush()
    return post
  }

  async upload(file: File): Promise<ChatFile & { readonly id: string }> {
    await this.#session()
    const url = `${this.#base}/files?name=${encodeURIComponent(file.name)}`
    const headers = { ...this.#auth(), 'content-type': 'application/octet-stream' }
    const response = await fetch(url, { method: 'POST', headers, body: file })
    if (!response.ok) throw new Error(String(response.status))
    return await response.json()
  }

  #auth(): Record<string, string> {
    return { authorization: `Bearer ${this.#store.kept.token}` }
  }

  /** Whoever needs a token waits for the same one: two would be two visitors. */
  async #session(): Promise<void> {
    if (this.#store.kept.token !== '') return
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  async #open(): Promise<void> {
    const response = await fetch(`${this.#base}/session`, { method: 'POST' })
    if (!response.ok) throw response
    const { token } = await response.json()
    this.#store.change({ token, last: '' })
  }

  async #flush(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    try {
      for (;;) {
        const [first] = this.#store.kept.queue
        if (!first) break
        await this.#session()
        await this.#send(first)
        const { queue } = this.#store.kept
        this.#store.change({ queue: queue.filter(({ id }) => id !== first.id) })
        this.#retryMs = 1000
        this.#events.onLine(true)
        this.#events.onChange()
      }
    } catch (error) {
      await this.#later(error)
    } finally {
      this.#sending = false
    }
  }

  async #send(post: Post): Promise<void> {
    const { name, contact } = this.#store.kept
    const user = { name, contact, language: navigator.language }
    const response = await fetch(this.#hook, {
      method: 'POST',
      headers: { ...this.#auth(), 'content-type': 'application/json' },
      body: JSON.stringify({ ...post, user }),
      keepalive: true,
    })
    if (response.ok) return this.#mark(post.id, undefined)
    // What is refused as such is refused the next time, too.
    if (response.status === 400 || response.status === 413) return this.#mark(post.id, 'failed')
    throw response
  }

  #mark(id: string, state: Message['state']): void {
    const found = this.#store.kept.messages.find((message) => message.id === id)
    if (!found) return
    const { state: _, ...rest } = found
    this.#store.put(state ? { ...rest, state } : rest)
  }

  async #later(error: unknown): Promise<void> {
    let waitMs = this.#retryMs
    if (error instanceof Response) {
      waitMs = Number(error.headers.get('retry-after') ?? 0) * 1000 || waitMs
      // Its time is over, or the line was connected anew: another chat begins.
      if (error.status === 401) this.#store.change({ token: '', last: '' })
      else if (error.status !== 429) this.#events.onLine(false)
    } else this.#events.onLine(false)
    this.#retryMs = Math.min(MOST_WAIT_MS, this.#retryMs * 2)
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#flush(), waitMs)
  }

  /** Reads for as long as the page lives. */
  async #read(): Promise<void> {
    const loop = ++this.#loop
    for (let waitMs = 1000; ; waitMs = Math.min(MOST_WAIT_MS, waitMs * 2)) {
      const reading = new AbortController()
      this.#reading = reading
      try {
        await this.#session()
        if (await this.#stream(reading)) waitMs = 500
      } catch (error) {
        const status = error instanceof Response ? error.status : 0
        if (status === 401) this.#store.change({ token: '', last: '' })
        this.#events.onLine(false)
      }
      this.#reading = undefined
      if (this.#isReplaced) return
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())))
      if (loop !== this.#loop) return
    }
  }

  /** Gives whether anything has come at all. */
  async #stream(reading: AbortController): Promise<boolean> {
    const { last } = this.#store.kept
    const headers = { ...this.#auth(), ...(last ? { 'last-event-id': last } : {}) }
    let alarm = setTimeout(() => reading.abort(), SILENCE_MS)
    try {
      const url = `${this.#base}/events`
      const response = await fetch(url, { headers, cache: 'no-store', signal: reading.signal })
      if (!response.ok || !response.body) throw response
      this.#events.onLine(true)
      void this.#flush()
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return true
        clearTimeout(alarm)
        alarm = setTimeout(() => reading.abort(), SILENCE_MS)
        const blocks = (rest + value).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
      }
    } finally {
      clearTimeout(alarm)
    }
  }

  #take(block: string): void {
    const field = (name: string): string =>
      new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
    const data = field('data')
    if (data === '') return
    if (field('event') === 'stream.replaced') {
      this.#isReplaced = true
      return
    }
    const event: Incoming = { id: field('id'), event: field('event'), data: JSON.parse(data) }
    const isNew = Number(event.id) > Number(this.#store.kept.last || 0)
    if (isNew) this.#store.change({ last: event.id })
    this.#carryOut(event)
  }

  #carryOut({ event, data: { message } }: Incoming): void {
    const { messages } = this.#store.kept
    const known = message && messages.find(({ id }) => id === message.id)
    if (event === 'chat.typing') this.#events.onTyping()
    else if (event === 'chat.read') {
      const seen = messages.map((one) => (one.isMine ? { ...one, isRead: true } : one))
      this.#store.change({ messages: seen })
    } else if (event === 'message.deleted') {
      this.#store.change({ messages: messages.filter(({ id }) => id !== message?.id) })
    } else if (event === 'message.updated' && known) {
      const { rich: _, ...rest } = known
      this.#store.put({ ...rest, ...message, isEdited: true })
    } else if (event === 'message.new' && message && !known) {
      const date = message.date ?? new Date().toISOString()
      const whole = { text: '', ...message, date, isMine: false }
      this.#store.put(whole)
      this.post('message.status', { status: 'delivered', messageIds: [whole.id] })
      this.#events.onMessage(whole)
    }
    this.#events.onChange()
  }
}
