import { BASE, toQuery } from './http.ts'
import type { LiveEvents } from './types.ts'

type Handlers = { readonly [Name in keyof LiveEvents]?: (data: LiveEvents[Name]) => void }

const NAMES = ['hello', 'overview', 'line', 'journal'] as const

/**
 * What changes, as it changes: of one line if one is named. The browser comes again by itself when the connection breaks, and
 * `hello` says that it has. Returns what ends it.
 */
export function follow(handlers: Handlers, line?: number): () => void {
  const source = new EventSource(`${BASE}live${toQuery({ line })}`)
  for (const name of NAMES) {
    source.addEventListener(name, (event) => {
      const handle = handlers[name] as ((data: unknown) => void) | undefined
      handle?.(JSON.parse(event.data))
    })
  }
  return () => source.close()
}
