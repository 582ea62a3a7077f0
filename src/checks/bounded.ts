import type { Clock } from '../core/clock.ts'
import { TransportError } from '../core/errors.ts'

/** A channel that has said nothing by then counts as out of reach. */
export const CHECK_LIMIT_MS = 10_000

/**
 * Asks a channel, for ten seconds at most. A connector that doesn't heed its signal is left to itself. Throws what `ask`
 * throws; TransportError when the time is over or when `stop` is aborted.
 */
export async function bounded<T>(
  clock: Clock,
  stop: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const over = Promise.withResolvers<never>()
  const end = (reason: string): void => {
    limit.abort()
    over.reject(new TransportError(reason, 'not-sent'))
  }
  const onStop = (): void => end('ABORTED')
  if (stop.aborted) throw new TransportError('ABORTED', 'not-sent')
  stop.addEventListener('abort', onStop, { once: true })
  const timer = clock.after(CHECK_LIMIT_MS, () => end('ETIMEDOUT'))
  try {
    return await Promise.race([ask(limit.signal), over.promise])
  } finally {
    timer.cancel()
    stop.removeEventListener('abort', onStop)
  }
}
