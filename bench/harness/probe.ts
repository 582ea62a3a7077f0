import { startChild } from './child.ts'
import type { Percentiles } from './percentiles.ts'
import { nextProbeIds } from './updates.ts'

/** Where updates of one line go. */
export interface Target {
  readonly hash: string
  readonly secret: string
}

export interface ProbeOrder {
  readonly url: string
  readonly targets: readonly Target[]
  /** Posts per second. */
  readonly rate: number
  readonly seconds: number
  readonly firstId: number
}

export interface ProbeReport {
  readonly sent: number
  readonly accepted: number
  /** How far the posts left after their planned time. */
  readonly late: Percentiles
}

/** Posts timed messages from a process of its own; what they took is with the sink. */
export async function probe(order: Omit<ProbeOrder, 'firstId'>): Promise<ProbeReport> {
  const prober = await startChild('prober', { ...order, firstId: nextProbeIds() })
  try {
    return await prober.ask<ProbeReport>('run')
  } finally {
    await prober[Symbol.asyncDispose]()
  }
}
