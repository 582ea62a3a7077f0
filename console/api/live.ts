import { BASE, toQuery } from './http.ts'
import type { LiveEvents } from './types.ts'

export type Handlers = { readonly [Name in keyof LiveEvents]?: (data: LiveEvents[Name]) => void }

interface FollowOptions {
  readonly line?: number | undefined
  /** The hub doesn't let it go on; the browser comes again by itself only where the connection broke. */
  readonly onRefused: () => void
}

const NAMES = ['hello', 'overview', 'line', 'journal'] as const

/**
 * What changes, as it changes: of one line if one is named. The browser comes again by itself when the connection breaks, and
 * `hello` says that it has. Returns what ends it.
 */
export function follow(handlers: Handlers, { line, onRefused }: FollowOptions): () => void {
  const source = new EventSource(`${BASE}live${toQuery({ line })}`)
  for (const name of NAMES) {
    source.addEventListener(name, (event) => {
      const handle = handlers[name] as ((data: unknown) => void) | undefined
      handle?.(JSON.parse(event.data))
    })
  }
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) onRefused()
  })
  return () => source.close()
}
