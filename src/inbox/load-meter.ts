import { performance } from 'node:perf_hooks'

const SAMPLE_MS = 100
/** Above this share of its time at work the event loop is short of it; from there on it has none left. */
const UTILIZATION = { busyAbove: 0.7, fullAt: 0.9 }
/**
 * Updates that had come before a commit began. At 500/s it is 1 to 3; of 64 senders at full speed a process has 20 to 30, and
 * each of two 10 to 20, while their event loops wait for the store.
 */
const COMMIT = { busyAbove: 8, fullAt: 24 }
/** Of the commit that begins; those before keep the rest. A few that had to wait for the disk don't make a hub busy. */
const WEIGHT = 1 / 32
const SHORT_PACE_MS = 50
const LONG_PACE_MS = 200

export interface Load {
  /** Of the event loop, 0 to 1. */
  readonly utilization: number
  readonly updatesPerCommit: number
}

/**
 * How often a line may post a packet that isn't full, in milliseconds; 0: as soon as there is one. A packet costs as much as
 * several events (signature, request, settle): of 64 senders at full speed over 50 lines a packet held 1.4 events. A fixed
 * pace of 200 ms would save as much and cost a process that is merely busy its latency. Several processes on one store are short
 * of the store, not of their own time: that shows in their commits.
 */
export function paceAt({ utilization, updatesPerCommit }: Load): number {
  const share = Math.max(shareOf(utilization, UTILIZATION), shareOf(updatesPerCommit, COMMIT))
  if (share <= 0) return 0
  return SHORT_PACE_MS + (LONG_PACE_MS - SHORT_PACE_MS) * Math.min(1, share)
}

function shareOf(value: number, { busyAbove, fullAt }: typeof COMMIT): number {
  return (value - busyAbove) / (fullAt - busyAbove)
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

/** Measures how short this process is of the store. */
export class CommitMeter {
  #updates = 0

  /** A commit begins with so many updates. */
  note(updates: number): void {
    this.#updates += (updates - this.#updates) * WEIGHT
  }

  /** Of the last few commits. */
  updatesPerCommit(): number {
    return this.#updates
  }
}
