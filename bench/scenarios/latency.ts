import { inRounds, type Scenario } from '../bench.ts'
import { runFixedRate } from '../harness/fixed-rate.ts'
import { warmUp } from '../harness/full-load.ts'
import { openHub, toLoadOrder } from '../harness/subject.ts'

/** A rate that leaves the hub mostly idle: what a message takes when nothing queues before it. */
export const latency: Scenario = {
  name: 'latency',
  about: 'from post to portal at a steady rate',
  goals: [
    { figure: 'post → portal p50, ms', is: 'below', than: 5 },
    { figure: 'post → portal p99, ms', is: 'below', than: 30 },
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      bench.say(`round ${round}: ${bench.options.rate}/s`)
      await using subject = await openHub(bench)
      await warmUp(await toLoadOrder(bench, subject))
      const { rate, seconds } = bench.options
      const { url, targets } = subject
      const result = await runFixedRate({ url, targets, sink: bench.sink, rate, seconds })
      if (result.accepted !== result.arrived || result.accepted !== result.sent) {
        bench.warn(`${result.sent} sent, ${result.accepted} accepted, ${result.arrived} arrived`)
      }
      return {
        'post → portal p50, ms': result.latency.p50,
        'post → portal p90, ms': result.latency.p90,
        'post → portal p99, ms': result.latency.p99,
        'post → portal max, ms': result.latency.max,
        'generator late p99, ms': result.lateP99,
      }
    }),
}
