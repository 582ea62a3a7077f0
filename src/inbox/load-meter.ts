import { performance } from 'node:perf_hooks'

const SAMPLE_MS = 100
/** Above this share of its time at work the event loop is short of it. */
const BUSY_ABOVE = 0.7
/** From here on it has none left. */
const FULL_AT = 0.9
const SHORT_PACE_MS = 50
const LONG_PACE_MS = 200

/**
 * How often a line may post a packet that isn't full, in milliseconds; 0: as soon as there is one. A packet costs as much as
 * several events (signature, request, settle): of 64 senders at full speed over 50 lines a packet held 1.4 events. A fixed
 * pace of 200 ms would save as much and cost a process that is merely busy its latency.
 */
export function paceAt(utilization: number): number {
  if (utilization <= BUSY_ABOVE) return 0
  const share = Math.min(1, (utilization - BUSY_ABOVE) / (FULL_AT - BUSY_ABOVE))
  return SHORT_PACE_MS + (LONG_PACE_MS - SHORT_PACE_MS) * share
}

/** Measures how short of time this process is, by the utilization of its event loop. */
export class LoadMeter {
  #sample = performance.eventLoopUtilization()
  #sampledAt = performance.now()
  #utilization = 0

  /** 0 to 1, over the last few tenths of a second. */
  utilization(): number {
    const now = performance.now()
    if (now - this.#sampledAt >= SAMPLE_MS) {
      const sample = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(sample, this.#sample)
      this.#utilization = (this.#utilization + utilization) / 2
      this.#sample = sample
      this.#sampledAt = now
    }
    return this.#utilization
  }
}
