import assert from 'node:assert/strict'
import type { Visitor } from './console.ts'
import type { TestHub } from './hub.ts'
import { waitFor } from './wait-for.ts'

/** A console that watches. */
export interface Watcher {
  /** Everything that was sent so far. */
  text(): string
  /** What the events of this name carried. */
  events<T>(name: string): T[]
  /** Waits until an event of this name carries what is looked for, and gives it. */
  until<T>(name: string, isIt: (data: T) => boolean): Promise<T>
  /** When the hub has ended it. */
  readonly ended: Promise<void>
}

const TIMEOUT_MS = 15_000

export async function watchLive(hub: TestHub, visitor: Visitor, search = ''): Promise<Watcher> {
  const response = await fetch(`${hub.url}/admin/api/v1/live${search}`, {
    headers: visitor.headers,
  })
  assert.equal(response.status, 200)
  let text = ''
  const ended = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  })()
  ended.catch(() => undefined)
  const events = <T>(name: string): T[] =>
    text
      .split('\n\n')
      .slice(0, -1)
      .flatMap((frame) => {
        const [first = '', data = ''] = frame.split('\n')
        return first === `event: ${name}` ? [JSON.parse(data.slice('data: '.length)) as T] : []
      })
  return {
    text: () => text,
    events,
    until: async <T>(name: string, isIt: (data: T) => boolean) =>
      await waitFor(
        () => events<T>(name).find(isIt),
        () => `an event ${name} as wanted in ${text.slice(-3000)}`,
        TIMEOUT_MS,
      ),
    ended,
  }
}
