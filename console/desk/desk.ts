import { effect, signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Language, Words } from '../../src/core/language.ts'
import { Api } from '../api/client.ts'
import { ApiError, Http } from '../api/http.ts'
import { follow, type Handlers } from '../api/live.ts'
import type { Scope, Session } from '../api/types.ts'
import { problemText, refusalText } from '../texts/errors.ts'
import { hrefOf, Navigation } from './place.ts'
import { Preferences } from './preferences.ts'
import { Toasts } from './toasts.ts'
import { Unsaved } from './unsaved.ts'
import { speak, type Text, type Values } from './words.ts'

const LOOK_AGAIN_MS = 2000

/** All that pages have in common: who is there, in which language, and the way to the hub. */
export class Desk {
  readonly http = new Http()
  readonly api = new Api(this.http)
  readonly unsaved = new Unsaved()
  readonly navigation = new Navigation(this.unsaved)
  readonly preferences = new Preferences()
  readonly toasts = new Toasts()
  /** `undefined` until it is known; `null` when nobody is signed in. */
  readonly session = signal<Session | null | undefined>(undefined)
  /** The session has ended while pages were open. */
  readonly isEnded = signal(false)
  /** Goes up when the hub or its store has come back: what couldn't be loaded is loaded again. */
  readonly comebacks = signal(0)

  constructor() {
    this.http.onSignedOut = () => {
      // What is being filled in stays where it is until somebody has signed in again.
      if (this.session.value) this.isEnded.value = true
      else this.leave()
    }
    effect(() => {
      if (this.http.outage.value) this.#watch()
    })
  }

  get language(): Language {
    return this.preferences.language.value
  }

  /** Throws where nobody is signed in: pages are drawn only then. */
  get scope(): Scope {
    const { value } = this.session
    if (!value) throw new Error('nobody is signed in')
    return value.scope
  }

  get isOperator(): boolean {
    return this.session.value?.scope.kind === 'operator'
  }

  say = (text: Text, values?: Values): string => speak(text, this.language, values)

  /** Words that came with a connector. */
  words = (words: Words): string => words[this.language]

  /** What went wrong, in words. */
  explain = (error: unknown): string =>
    error instanceof ApiError ? refusalText(error, this.language) : String(error)

  /** What is wrong with a field; `labelOf` names another one that it speaks of. */
  problem = (problem: string, labelOf?: (key: string) => string): string =>
    problemText(problem, this.language, labelOf)

  enter(session: Session): void {
    if (session.language) this.preferences.suggest(session.language)
    if (this.isEnded.value) this.comebacks.value += 1
    this.isEnded.value = false
    this.session.value = session
  }

  leave(): void {
    this.isEnded.value = false
    this.session.value = null
  }

  /** What changes, as it changes; and when the session ends while somebody only looks, that shows, too. */
  follow = (handlers: Handlers, line?: number): (() => void) =>
    follow(handlers, { line, onRefused: () => void this.#askWhy() })

  async #askWhy(): Promise<void> {
    try {
      await this.api.session()
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.http.onSignedOut()
    }
  }

  async begin(): Promise<void> {
    try {
      const session = await this.api.session()
      this.enter(session)
      this.#start(session)
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.leave()
      else setTimeout(() => void this.begin(), LOOK_AGAIN_MS)
    }
  }

  /** A link that was made for a channel opens its wizard, and one that was made for a line that line; once for each link. */
  #start({ start, scope, expiresAt = '' }: Session): void {
    if (this.navigation.place.value.path !== '/' || !isFirst(expiresAt)) return
    if (scope.kind === 'line' && scope.line.id !== undefined) {
      this.navigation.go(hrefOf(`/lines/${scope.line.id}`), { replace: true })
    } else if (start?.connector !== undefined) {
      this.navigation.go(hrefOf(`/connect/${start.connector}`), { replace: true })
    }
  }

  /** Asks until the hub can work again. */
  #watch(): void {
    setTimeout(async () => {
      await this.api.session().catch(() => undefined)
      if (this.http.outage.peek()) return this.#watch()
      this.comebacks.value += 1
    }, LOOK_AGAIN_MS)
  }
}

const STARTED_KEY = 'hub.started'

/** Has this session's start not been taken yet? In a frame without storage it is taken each time. */
function isFirst(session: string): boolean {
  try {
    if (sessionStorage.getItem(STARTED_KEY) === session) return false
    sessionStorage.setItem(STARTED_KEY, session)
  } catch {
    return true
  }
  return true
}

export const DeskContext = createContext<Desk | undefined>(undefined)

export function useDesk(): Desk {
  const desk = useContext(DeskContext)
  if (!desk) throw new Error('there is no desk')
  return desk
}
