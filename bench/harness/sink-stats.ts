import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './child.ts'

/** What the portal has got since it was last reset. */
export interface SinkStats {
  /** Packets that came, those that were turned away included. */
  readonly attempts: number
  /** Packets that were taken. */
  readonly packets: number
  /** Repeats included. */
  readonly events: number
  /** Different events of the load. */
  readonly bulk: number
  /** Different events of the latency probes. */
  readonly probes: number
  readonly repeated: number
  /** Events that came after a later one of their line. */
  readonly disordered: number
  /** Events that are no message the benchmark sent. */
  readonly strange: number
}

const POLL_MS = 50

/**
 * Waits until the sink has got `expected` different events, or for `stuckMs` nothing new. Returns what it has then.
 */
export async function drain(sink: Child, expected: number, stuckMs = 8000): Promise<SinkStats> {
  let last = -1
  let changedAt = performance.now()
  for (;;) {
    const stats = await sink.ask<SinkStats>('stats')
    const unique = stats.bulk + stats.probes
    if (unique >= expected) return stats
    if (unique !== last) changedAt = performance.now()
    else if (performance.now() - changedAt > stuckMs) return stats
    last = unique
    await sleep(POLL_MS)
  }
}
