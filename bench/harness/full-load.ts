import { startWrk, type WrkReport } from '../wrk/run-wrk.ts'
import type { Child } from './child.ts'
import type { Percentiles } from './percentiles.ts'
import { type ProbeReport, probe, type Target } from './probe.ts'
import { type Pids, watchCpu } from './proc.ts'
import { drain, type SinkStats } from './sink-stats.ts'

export interface LoadOrder {
  readonly url: string
  readonly linesFile: string
  /** Where the latency probes go: a line without other load. */
  readonly probeLine: Target
  readonly sink: Child
  readonly connections: number
  readonly seconds: number
  /** So many write, in turn. Absent: each update is of somebody new. */
  readonly people?: number
  /** Whose processor time is wanted. */
  readonly pids: Pids
}

export interface LoadResult {
  readonly acceptedPerSecond: number
  /** While the load lasted. */
  readonly deliveredPerSecond: number
  /** Over the whole time from the first update to the last delivery: a backlog doesn't make it look better. */
  readonly throughPerSecond: number
  /** From the last answer to the last delivery. */
  readonly drainSeconds: number
  readonly eventsPerPacket: number
  /** From post to portal, of probes on a line of their own. */
  readonly latency: Percentiles
  readonly check: DeliveryCheck
  readonly wrk: WrkReport
  /** Cores. */
  readonly cpu: Readonly<Record<string, number>>
}

/** Did everything arrive that was answered with 200? */
export interface DeliveryCheck {
  readonly accepted: number
  readonly arrived: number
  readonly repeated: number
  readonly disordered: number
  readonly isExact: boolean
}

const PROBES_PER_SECOND = 20
const WARM_UP_SECONDS = 3

/** The same load, a few seconds of it or more, that nobody counts: the JIT, the pools and the store's caches. */
export async function warmUp(order: LoadOrder, events = 0): Promise<void> {
  for (let taken = 0; taken === 0 || taken < events; ) {
    await order.sink.ask('reset')
    const wrk = startWrk({ ...order, seconds: WARM_UP_SECONDS })
    const { accepted } = await wrk.report
    await drain(order.sink, accepted)
    if (accepted === 0) return
    taken += accepted
  }
}

/** As much as goes in, and what comes out of it meanwhile. */
export async function runFullLoad(order: LoadOrder): Promise<LoadResult> {
  const { sink, url, seconds } = order
  await sink.ask('reset')
  const probes = probe({ url, targets: [order.probeLine], rate: PROBES_PER_SECOND, seconds })
  // It fails together with the load, and is awaited only after it.
  probes.catch(() => undefined)
  const wrk = startWrk(order)
  const readCpu = await watchCpu({ ...order.pids, generator: wrk.pid })
  await wrk.parked
  const parkedAt = performance.now()
  const [atEnd, cpu] = await Promise.all([sink.ask<SinkStats>('stats'), readCpu()])
  const [report, probed] = await Promise.all([wrk.report, probes])
  const drained = await drain(sink, report.accepted + probed.accepted)
  const drainSeconds = (performance.now() - parkedAt) / 1000
  return {
    acceptedPerSecond: report.accepted / report.seconds,
    deliveredPerSecond: atEnd.bulk / report.seconds,
    throughPerSecond: (drained.bulk + drained.probes) / (report.seconds + drainSeconds),
    drainSeconds,
    eventsPerPacket: drained.events / drained.packets,
    latency: await sink.ask<Percentiles>('latency'),
    check: toCheck(report, probed, drained),
    wrk: report,
    cpu,
  }
}

/** Processor time of a process per event, in µs: holds also on a machine that others use at the same time. */
export function costPerEvent({ cpu, acceptedPerSecond }: LoadResult, name: string): number {
  return ((cpu[name] ?? Number.NaN) / acceptedPerSecond) * 1_000_000
}

function toCheck(report: WrkReport, probed: ProbeReport, stats: SinkStats): DeliveryCheck {
  const accepted = report.accepted + probed.accepted
  const arrived = stats.bulk + stats.probes
  return {
    accepted,
    arrived,
    repeated: stats.repeated,
    disordered: stats.disordered,
    isExact: accepted === arrived && report.broken === 0,
  }
}
