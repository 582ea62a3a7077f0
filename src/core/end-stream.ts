import type { Writable } from 'node:stream'
import type { Clock } from './clock.ts'

/** A reader that still reads has taken the last of it long before. */
const GRACE_MS = 500

/** Ends a stream of events in order; a reader that takes nothing any more is cut off, so that it holds nothing up. */
export function endStream(to: Writable, clock: Clock): void {
  if (to.destroyed) return
  to.end()
  const timer = clock.after(GRACE_MS, () => to.destroy())
  to.once('close', () => timer.cancel())
}
