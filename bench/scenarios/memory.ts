import { inRounds, type Scenario } from '../bench.ts'
import type { Child } from '../harness/child.ts'
import { warmUp } from '../harness/full-load.ts'
import { readRssMiB } from '../harness/proc.ts'
import { drain, type SinkStats } from '../harness/sink-stats.ts'
import { openHub, toLoadOrder } from '../harness/subject.ts'
import { startWrk } from '../wrk/run-wrk.ts'

/** Does the hub's memory follow the number of events that have gone through it? */
export const memory: Scenario = {
  name: 'memory',
  about: 'resident memory while many events go through at full speed',
  goals: [{ figure: 'grown, MiB (0: within the swing)', is: 'at most', than: 0 }],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      const { events } = bench.options
      bench.say(`round ${round}: ${events} events`)
      await using subject = await openHub(bench)
      const order = await toLoadOrder(bench, subject)
      await warmUp(order)
      const result = await runMemory({ ...order, events, hubPid: subject.pid })
      const [quarter, half, threeQuarters, end] = result.rss
      return {
        'at 25 %, MiB': quarter,
        'at 50 %, MiB': half,
        'at 75 %, MiB': threeQuarters,
        'at the end, MiB': end,
        'peak, MiB': result.peak,
        'grown, MiB (0: within the swing)': result.isFlat ? 0 : end - quarter,
        'accepted and delivered/s': result.arrived / result.seconds,
      }
    }),
}

interface MemoryOrder {
  readonly url: string
  readonly linesFile: string
  readonly sink: Child
  readonly connections: number
  readonly events: number
  readonly hubPid: number
}

interface MemoryResult {
  readonly accepted: number
  readonly arrived: number
  readonly seconds: number
  /** MiB when a quarter, a half, three quarters and all of the events had arrived. */
  readonly rss: readonly [number, number, number, number]
  readonly peak: number
  readonly isFlat: boolean
}

const SAMPLE_MS = 1000
const TIME_LIMIT_SECONDS = 120
/** The collector lets the heap swing; a leak of even 100 bytes per event is 19 MiB in 200 000. */
const SWING_MIB = 16
const SWING_SHARE = 0.1

async function runMemory(order: MemoryOrder): Promise<MemoryResult> {
  await order.sink.ask('reset')
  const startedAt = performance.now()
  const samples: { arrived: number; rss: number }[] = []
  const sample = async () => {
    const [{ bulk }, rss] = await Promise.all([
      order.sink.ask<SinkStats>('stats'),
      readRssMiB(order.hubPid),
    ])
    samples.push({ arrived: bulk, rss })
  }
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS)
  try {
    const wrk = startWrk({ ...order, updates: order.events, seconds: TIME_LIMIT_SECONDS })
    const { accepted } = await wrk.report
    const { bulk: arrived } = await drain(order.sink, accepted)
    const seconds = (performance.now() - startedAt) / 1000
    await sample()
    const at = (share: number) =>
      samples.find((one) => one.arrived >= share * arrived)?.rss ?? Number.NaN
    const rss = [at(0.25), at(0.5), at(0.75), samples.at(-1)?.rss ?? Number.NaN] as const
    const peak = Math.max(...samples.map((one) => one.rss))
    return { accepted, arrived, seconds, rss, peak, isFlat: isFlat(rss) }
  } finally {
    clearInterval(timer)
  }
}

function isFlat(rss: MemoryResult['rss']): boolean {
  const [quarter, , , end] = rss
  return end - quarter <= Math.max(SWING_MIB, quarter * SWING_SHARE)
}
