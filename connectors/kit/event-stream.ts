import type { Writable } from 'node:stream'
import type { Clock, Timer } from '#core/clock.ts'
import { endStream } from '#core/end-stream.ts'
import type { RouteReply } from '#core/route.ts'

/** Proxies close what is silent for longer. */
const BEAT_MS = 20_000
/** For readers that don't know what `stream.replaced` means, such as a browser's EventSource. */
const STAY_AWAY_MS = 600_000
/** Beyond this the reader takes nothing any more; it comes again with the last id it has. */
const MAX_WAITING_BYTES = 1024 * 1024

export interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: unknown
}

/** Writes events until the reader leaves, or `end` is called: the reader shall not come again by itself. */
export type Subscribe = (write: (event: StreamEvent) => void, end: () => void) => () => void

/** Server-sent events. `signal` ends the stream, as a reader who leaves or no longer reads does. */
export function eventStream(clock: Clock, signal: AbortSignal, subscribe: Subscribe): RouteReply {
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would keep the events back.
      'x-accel-buffering': 'no',
    },
    body: (to) => stream(to, { clock, signal, subscribe }),
  }
}

async function stream(
  to: Writable,
  {
    clock,
    signal,
    subscribe,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly subscribe: Subscribe },
): Promise<void> {
  if (signal.aborted) {
    to.end()
    return
  }
  const ended = Promise.withResolvers<void>()
  let timer: Timer
  const write = (text: string): void => {
    if (to.writableLength > MAX_WAITING_BYTES) ended.resolve()
    else to.write(text)
  }
  const beat = (): void => {
    write(':\n\n')
    timer = clock.after(BEAT_MS, beat)
  }
  write('retry: 2000\n\n')
  timer = clock.after(BEAT_MS, beat)
  const leave = subscribe(
    ({ id, event, data }) => write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    () => {
      write(`retry: ${STAY_AWAY_MS}\nevent: stream.replaced\ndata: {}\n\n`)
      ended.resolve()
    },
  )
  signal.addEventListener('abort', () => ended.resolve(), { once: true })
  to.once('close', () => ended.resolve())
  await ended.promise
  timer.cancel()
  leave()
  endStream(to, clock)
}
