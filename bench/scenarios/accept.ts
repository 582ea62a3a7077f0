import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { startChild } from '../harness/child.ts'
import { costPerEvent, runFullLoad, warmUp } from '../harness/full-load.ts'
import { inventLines, writeLines } from '../harness/lines.ts'
import { openHub, toLoadOrder, warnOfLosses } from '../harness/subject.ts'
import { startWrk } from '../wrk/run-wrk.ts'

/** The ceiling of any webhook in koa, and how near the hub comes to it although it keeps what it is told. */
export const accept: Scenario = {
  name: 'accept',
  about: 'updates answered after their commit, at full load, beside a bare koa echo',
  goals: [
    { figure: 'hub ÷ koa echo', is: 'at least', than: 0.4 },
    { figure: 'hub: out of order', is: 'at most', than: 0 },
    { figure: 'hub: lost', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      bench.say(`round ${round}: koa echo, then the hub`)
      const echo = await runEcho(bench)
      const hub = await runHub(bench)
      return { ...hub, 'koa echo/s': echo, 'hub ÷ koa echo': (hub['hub: accepted/s'] ?? 0) / echo }
    }),
}

async function runEcho({ options, folder }: Bench): Promise<number> {
  await using echo = await startChild('echo', null)
  const linesFile = await writeLines(folder, 'echo', inventLines(options.lines))
  const order = { url: String(echo.ready), linesFile, connections: options.connections }
  await startWrk({ ...order, seconds: 1 }).report
  const report = await startWrk({ ...order, seconds: options.seconds }).report
  return report.accepted / report.seconds
}

async function runHub(bench: Bench): Promise<Figures> {
  await using subject = await openHub(bench)
  const order = await toLoadOrder(bench, subject)
  await warmUp(order)
  const load = await runFullLoad(order)
  warnOfLosses(bench, 'hub', load)
  const { check, latency, cpu } = load
  return {
    'hub: accepted/s': load.acceptedPerSecond,
    'hub: delivered meanwhile/s': load.deliveredPerSecond,
    'hub: accepted and delivered/s': load.throughPerSecond,
    'hub: post → portal p50, ms': latency.p50,
    'hub: post → portal p99, ms': latency.p99,
    'hub: processor time per event, µs': costPerEvent(load, 'hub'),
    'hub: lost': check.accepted - check.arrived,
    'hub: out of order': check.disordered,
    ...Object.fromEntries(Object.entries(cpu).map(([name, cores]) => [`cores: ${name}`, cores])),
  }
}
