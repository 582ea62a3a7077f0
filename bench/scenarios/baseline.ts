import { inRounds, type Scenario } from '../bench.ts'
import { startChild } from '../harness/child.ts'
import { runFixedRate } from '../harness/fixed-rate.ts'
import { runFullLoad, warmUp } from '../harness/full-load.ts'
import { inventLines } from '../harness/lines.ts'
import { toLoadOrder } from '../harness/subject.ts'

/** Longer runs only make its backlog longer: it delivers less than it takes. */
const RATE_SECONDS = 5

/** What one would write in an afternoon. It does far less than the hub: no parsing, signatures, order or lockout. */
export const baseline: Scenario = {
  name: 'baseline',
  about: 'koa, one INSERT per update, polled each second: for comparison',
  goals: [],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      bench.say(`round ${round}`)
      const { store, sink, sinkUrl, options } = bench
      const databaseUrl = await store.createDatabase('baseline')
      await using server = await startChild('baseline', { databaseUrl, sinkUrl })
      const [probeLine = { hash: '', secret: '' }, ...targets] = inventLines(options.lines + 1)
      const { pid } = server
      const url = String(server.ready)
      const subject = { name: 'baseline', url, pid, targets, probeLine, storePid: store.pid }
      const order = await toLoadOrder(bench, subject)
      await warmUp(order)
      const load = await runFullLoad(order)
      const { rate } = options
      const steady = await runFixedRate({ url, targets, sink, rate, seconds: RATE_SECONDS })
      return {
        'baseline: accepted/s': load.acceptedPerSecond,
        'baseline: delivered meanwhile/s': load.deliveredPerSecond,
        'baseline: accepted and delivered/s': load.throughPerSecond,
        [`baseline, ${rate}/s: post → portal p50, ms`]: steady.latency.p50,
        [`baseline, ${rate}/s: post → portal p99, ms`]: steady.latency.p99,
      }
    }),
}
