import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 5
/** For a machine that is busy. Less than the 15 s of a line's first lock: a failed delivery that comes again is no success. */
export const PATIENCE_MS = 12_000

/**
 * Polls `predicate` every 5 ms of real time until it gives something truthy, and returns that. After `timeoutMs` it
 * throws an Error that names what was awaited (`what`, or the predicate's own text); what the predicate throws goes up
 * at once.
 */
export async function waitFor<T>(
  predicate: () => T | Promise<T>,
  what: string | (() => string) = predicate.toString(),
  timeoutMs = PATIENCE_MS,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const value = await predicate()
    if (value) return value
    if (performance.now() > deadline) {
      const awaited = typeof what === 'string' ? what : what()
      throw new Error(`not within ${timeoutMs} ms: ${awaited}`)
    }
    await delay(POLL_MS)
  }
}
