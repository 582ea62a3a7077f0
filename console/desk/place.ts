import { signal } from '@preact/signals'
import type { Unsaved } from './unsaved.ts'

/** Where in the console one is. */
export interface Place {
  /** Behind `/console`: `/`, `/lines/12`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

export const ROOT = '/console'

/** The address of a place, for links. */
export function hrefOf(
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given as [string, string][]).toString()
  return `${ROOT}${path}${search && `?${search}`}`
}

export function placeOf({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Place {
  const path = pathname.slice(ROOT.length).replace(/\/+$/, '')
  return { path: path || '/', query: Object.fromEntries(new URLSearchParams(search)) }
}

interface GoOptions {
  /** Leaves no step back, as for a filter that is being typed. It never asks: the page stays. */
  readonly replace?: boolean
  /** False: what isn't saved is gone already, as when it was deleted. */
  readonly asks?: boolean
}

/** The browser's address and history. Whoever would lose something by going elsewhere is asked first. */
export class Navigation {
  readonly place = signal<Place>(placeOf(location))
  readonly #unsaved: Unsaved
  /** Which step of the console's history is shown: its entries are numbered, so that a step back can be taken back. */
  #step = stepOf(history.state) ?? 0
  /** The next step that the browser reports was made here. */
  #isOwn = false

  constructor(unsaved: Unsaved) {
    this.#unsaved = unsaved
    history.replaceState({ step: this.#step }, '')
    addEventListener('popstate', (event) => this.#stepped(event))
  }

  go(href: string, { replace = false, asks = true }: GoOptions = {}): void {
    if (replace) {
      history.replaceState({ step: this.#step }, '', href)
      this.#read()
    } else if (asks) this.#unsaved.ask(() => this.#push(href))
    else this.#push(href)
  }

  #push(href: string): void {
    this.#step += 1
    history.pushState({ step: this.#step }, '', href)
    const { path } = this.place.value
    this.#read()
    if (path !== this.place.value.path) scrollTo(0, 0)
  }

  #stepped({ state }: PopStateEvent): void {
    const step = stepOf(state)
    const isMine = this.#isOwn
    this.#isOwn = false
    if (step === undefined) {
      // A link within the page, such as the one that skips the menu.
      this.#step += 1
      history.replaceState({ step: this.#step }, '')
      this.#read()
    } else if (isMine || !this.#unsaved.isAny) {
      this.#step = step
      this.#read()
    } else this.#takeBack(step)
  }

  /** The browser has gone already, and says so only afterwards: it is sent back until it is known whether that was meant. */
  #takeBack(step: number): void {
    const distance = step - this.#step
    if (distance === 0) return
    this.#isOwn = true
    history.go(-distance)
    this.#unsaved.ask(() => {
      this.#isOwn = true
      history.go(distance)
    })
  }

  #read(): void {
    const place = placeOf(location)
    const { path, query } = this.place.value
    // A page is not drawn anew by a step within it.
    if (place.path === path && JSON.stringify(place.query) === JSON.stringify(query)) return
    this.place.value = place
  }
}

function stepOf(state: unknown): number | undefined {
  const { step } = (state ?? {}) as { step?: unknown }
  return typeof step === 'number' ? step : undefined
}
