import { performance } from 'node:perf_hooks'

const SAMPLE_MS = 100
/** Above this share of its time the event loop works, the process has hardly any left. */
const BUSY_ABOVE = 0.7

/** Measures whether this process is short of time, by the utilization of its event loop over the last 100 ms or more. */
export class LoadMeter {
  #sample = performance.eventLoopUtilization()
  #sampledAt = performance.now()
  #isBusy = false

  isBusy(): boolean {
    const now = performance.now()
    if (now - this.#sampledAt >= SAMPLE_MS) {
      const sample = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(sample, this.#sample)
      this.#isBusy = utilization > BUSY_ABOVE
      this.#sample = sample
      this.#sampledAt = now
    }
    return this.#isBusy
  }
}
