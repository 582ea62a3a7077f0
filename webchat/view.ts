import { element, icon } from './dom.ts'
import type { Store } from './kept.ts'
import type { Line } from './line.ts'
import { messageRow, sameDay } from './message.ts'
import type { Texts } from './texts.ts'
import type { ChatButton, Config, Message } from './types.ts'
import { type Composer, makeAsk, makeComposer } from './write.ts'

const CHAT_ICON = 'M21 12a8 8 0 0 1-11.6 7.1L4 20.5l1.4-4.6A8 8 0 1 1 21 12z'
const CLOSE_ICON = 'M6 6l12 12M18 6L6 18'
const TYPING_MS = 6000

export interface ViewDeps {
  readonly config: Config
  readonly texts: Texts
  readonly store: Store
  readonly line: Line
  readonly isPage: boolean
  readonly frame: HTMLElement
}

/** What is seen of the chat. */
export class View {
  readonly #deps: ViewDeps
  readonly #launcher: HTMLButtonElement
  readonly #badge = element('span', { class: 'badge', 'aria-hidden': 'true', hidden: true })
  readonly #panel: HTMLElement
  readonly #note = element('p', { class: 'note', role: 'status', hidden: true })
  readonly #log: HTMLElement
  readonly #typing: HTMLElement
  readonly #rows = new Map<string, { readonly message: Message; readonly row: HTMLElement }>()
  readonly #foot = element('div')
  #composer: Composer | undefined
  #typingTimer: ReturnType<typeof setTimeout> | undefined

  constructor(deps: ViewDeps) {
    this.#deps = deps
    const { texts, config } = deps
    this.#note.style.margin = '0'
    this.#launcher = element('button', {
      class: 'launcher',
      type: 'button',
      'aria-expanded': 'false',
    })
    this.#launcher.append(icon(CHAT_ICON), this.#badge)
    this.#launcher.addEventListener('click', () => this.#toggle(this.#isClosed))
    this.#log = element('div', {
      class: 'log',
      role: 'log',
      'aria-live': 'polite',
      'aria-label': config.title,
      tabindex: '0',
    })
    this.#typing = element('div', { class: 'row', hidden: true })
    const dots = element('div', { class: 'bubble typing', 'aria-hidden': 'true' })
    dots.append(element('i'), element('i'), element('i'))
    this.#typing.append(
      dots,
      element('span', { class: 'hidden' }, `${config.title} ${texts.typing}`),
    )
    this.#panel = this.#makePanel()
  }

  begin(): void {
    const { frame, isPage, store, line } = this.#deps
    frame.append(this.#panel)
    if (!isPage) frame.prepend(this.#launcher)
    this.#panel.hidden = !isPage && !store.kept.isOpen
    this.#label()
    this.#makeFoot()
    this.show()
    if (store.kept.token !== '') line.begin()
    if (!this.#panel.hidden) this.#start()
    document.addEventListener('visibilitychange', () => this.#see())
  }

  get #isClosed(): boolean {
    return this.#panel.hidden !== false
  }

  /** Draws what has changed. */
  show(): void {
    const { store, texts, config } = this.#deps
    const isAtEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 80
    const queued = new Set(store.kept.queue.map(({ id }) => id))
    const greeting: Message = {
      id: 'greeting',
      isMine: false,
      date: '',
      text: config.greeting ?? texts.hello,
    }
    const all = [greeting, ...store.kept.messages].map(
      (message): Message =>
        message.isMine && queued.has(message.id) && !message.state
          ? { ...message, state: 'waits' }
          : message,
    )
    const ids = new Set(all.map(({ id }) => id))
    for (const [id, { row }] of this.#rows) {
      if (ids.has(id)) continue
      row.remove()
      this.#rows.delete(id)
    }
    for (const [index, message] of all.entries()) this.#showRow(message, all[index - 1])
    this.#log.append(this.#typing)
    if (isAtEnd) this.#log.scrollTop = this.#log.scrollHeight
    this.#count()
  }

  receive(message: Message): void {
    this.#typing.hidden = true
    const { store } = this.#deps
    store.change({ unread: [...new Set([...store.kept.unread, message.id])] })
    this.show()
    this.#log.scrollTop = this.#log.scrollHeight
    this.#see()
  }

  showTyping(): void {
    this.#typing.hidden = false
    clearTimeout(this.#typingTimer)
    this.#typingTimer = setTimeout(() => {
      this.#typing.hidden = true
    }, TYPING_MS)
    this.#log.scrollTop = this.#log.scrollHeight
  }

  showLine(isOn: boolean): void {
    const { config, texts } = this.#deps
    this.#note.hidden = isOn
    const words = isOn ? '' : (config.offlineText ?? texts.offline)
    if (this.#note.textContent !== words) this.#note.textContent = words
  }

  #makePanel(): HTMLElement {
    const { config, texts, isPage } = this.#deps
    const panel = element('section', {
      class: 'panel',
      role: isPage ? 'main' : 'dialog',
      'aria-label': config.title,
    })
    const head = element('header', { class: 'head' })
    head.append(element('h2', { dir: 'auto' }, config.title))
    if (!isPage) {
      const close = element('button', { type: 'button', 'aria-label': texts.close })
      close.append(icon(CLOSE_ICON))
      close.addEventListener('click', () => this.#toggle(false))
      head.append(close)
    }
    panel.append(head, this.#note, this.#log, this.#foot)
    panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !isPage) this.#toggle(false)
    })
    return panel
  }

  /** First who writes, if that is asked; then what. */
  #makeFoot(): void {
    const { config, texts, store } = this.#deps
    const isAsked = config.ask !== 'none' && store.kept.name === ''
    if (isAsked) {
      const form = makeAsk(texts, config.ask === 'contact', (name, contact) => {
        store.change({ name, contact })
        this.#makeFoot()
        this.#composer?.focus()
      })
      this.#foot.replaceChildren(form)
      return
    }
    this.#composer = makeComposer(texts, {
      onText: (text) => this.#say(text),
      onTyping: () => this.#deps.line.post('chat.typing'),
      onFile: (file) => this.#sendFile(file),
    })
    this.#foot.replaceChildren(this.#composer.form)
  }

  #toggle(isOpen: boolean): void {
    this.#panel.hidden = !isOpen
    this.#deps.store.change({ isOpen })
    this.#label()
    if (isOpen) {
      this.#start()
      this.#log.scrollTop = this.#log.scrollHeight
      this.#panel.querySelector<HTMLElement>('textarea, .ask input')?.focus()
    } else this.#launcher.focus()
  }

  #label(): void {
    const { texts, store } = this.#deps
    const isOpen = !this.#panel.hidden
    const { length } = store.kept.unread
    const more = length > 0 && !isOpen ? `, ${length} ${texts.unread}` : ''
    this.#launcher.setAttribute('aria-label', (isOpen ? texts.close : texts.open) + more)
    this.#launcher.setAttribute('aria-expanded', String(isOpen))
    const [svg] = this.#launcher.children
    svg?.replaceWith(icon(isOpen ? 'M5 9l7 7 7-7' : CHAT_ICON))
  }

  /** The portal is told once where a chat was begun. */
  #start(): void {
    const { store, line } = this.#deps
    if (!store.kept.isStarted) {
      store.change({ isStarted: true })
      line.post('chat.started', { page: location.href, referrer: document.referrer })
    }
    line.begin()
    this.#see()
  }

  /** What is open in front of somebody has been read. */
  #see(): void {
    const { store, line } = this.#deps
    const { unread } = store.kept
    if (this.#panel.hidden || document.visibilityState === 'hidden' || unread.length === 0) return
    store.change({ unread: [] })
    line.post('chat.read', { messageIds: unread.slice(-50) })
    this.#count()
  }

  #count(): void {
    const { length } = this.#deps.store.kept.unread
    this.#badge.hidden = length === 0
    this.#badge.textContent = length > 99 ? '99+' : String(length)
    this.#label()
  }

  #showRow(message: Message, before: Message | undefined): void {
    const known = this.#rows.get(message.id)
    if (known && JSON.stringify(known.message) === JSON.stringify(message)) return
    const { texts, frame } = this.#deps
    const row = messageRow(message, {
      texts,
      language: frame.lang,
      isDayShown: message.date !== '' && !sameDay(message.date, before?.date),
      onButton: (button) => this.#press(message, button),
    })
    if (known) known.row.replaceWith(row)
    else this.#log.insertBefore(row, this.#typing.parentNode === this.#log ? this.#typing : null)
    this.#rows.set(message.id, { message, row })
  }

  #say(text: string, files: readonly { readonly id: string; readonly name: string }[] = []): void {
    const { line } = this.#deps
    const named = files.length > 0 ? { files: files.map(({ id }) => id) } : {}
    const { id } = line.post('message.new', { text, ...named })
    this.#putMine({ id, text, ...(files.length > 0 ? { files } : {}) })
  }

  #press({ id: messageId }: Message, { text, payload = text }: ChatButton): void {
    const { id } = this.#deps.line.post('button', { payload, text, messageId })
    this.#putMine({ id, text })
  }

  #putMine(message: Pick<Message, 'id' | 'text' | 'files'>): void {
    this.#deps.store.put({ ...message, isMine: true, date: new Date().toISOString() })
    this.show()
    this.#log.scrollTop = this.#log.scrollHeight
  }

  async #sendFile(file: File): Promise<void> {
    const { line, texts } = this.#deps
    const say = (words: string): void => {
      this.#note.textContent = words
      this.#note.hidden = false
    }
    if (file.size > 10 * 1024 * 1024) return say(texts.tooLarge)
    say(texts.uploading)
    try {
      const taken = await line.upload(file)
      this.#note.hidden = true
      this.#say('', [taken])
    } catch (error) {
      const status = error instanceof Error ? error.message : ''
      const words = { 413: texts.tooLarge, 415: texts.badFile, 429: texts.manyFiles }
      say(words[status as unknown as keyof typeof words] ?? texts.noFile)
    }
  }
}
