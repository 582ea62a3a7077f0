import type { Child } from './child.ts'
import type { Percentiles } from './percentiles.ts'
import { probe, type Target } from './probe.ts'
import { drain } from './sink-stats.ts'

export interface RateOrder {
  readonly url: string
  readonly targets: readonly Target[]
  readonly sink: Child
  readonly rate: number
  readonly seconds: number
}

export interface RateResult {
  /** From post to portal. */
  readonly latency: Percentiles
  readonly sent: number
  readonly accepted: number
  readonly arrived: number
  /** The generator's own delay behind its plan, 99th percentile: much of it means a busy machine. */
  readonly lateP99: number
}

/** Posts at a steady rate over all lines, whatever the answers take. */
export async function runFixedRate(order: RateOrder): Promise<RateResult> {
  await order.sink.ask('reset')
  const { sent, accepted, late } = await probe(order)
  const stats = await drain(order.sink, accepted)
  const latency = await order.sink.ask<Percentiles>('latency')
  return { latency, sent, accepted, arrived: stats.probes, lateP99: late.p99 }
}
