import { signal } from '@preact/signals'

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

/** The browser's address and history. */
export class Navigation {
  readonly place = signal<Place>(placeOf(location))

  constructor() {
    addEventListener('popstate', () => this.#read())
  }

  /** Goes to another place; `replace` leaves no step back, as for a filter that is being typed. */
  go(href: string, { replace = false }: { readonly replace?: boolean } = {}): void {
    if (replace) history.replaceState(null, '', href)
    else history.pushState(null, '', href)
    const { path } = this.place.value
    this.#read()
    if (!replace && path !== this.place.value.path) scrollTo(0, 0)
  }

  #read(): void {
    this.place.value = placeOf(location)
  }
}
