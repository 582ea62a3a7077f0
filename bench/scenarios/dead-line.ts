import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { type Child, startChild } from '../harness/child.ts'
import { type RateResult, runFixedRate } from '../harness/fixed-rate.ts'
import { warmUp } from '../harness/full-load.ts'
import { connectLines } from '../harness/lines.ts'
import { probe, type Target } from '../harness/probe.ts'
import { drain } from '../harness/sink-stats.ts'
import { type HubSubject, openHub, toLoadOrder } from '../harness/subject.ts'

const DEAD_SECONDS = 8
const DEAD_LINE_RATE = 10
/** The ladder's first step is 15 s; a probe follows it. */
const STUCK_MS = 30_000
/** Below this a difference is the machine's. */
const NOISE_MS = 1
const NOISE_SHARE = 1.2

/** One portal breaks every connection for a while. It has a line of its own; all others belong to another portal. */
export const deadLine: Scenario = {
  name: 'dead-line',
  about: `one line's portal is dead for ${DEAD_SECONDS} s, the others must not notice`,
  goals: [
    { figure: 'attempts while dead', is: 'below', than: 8 },
    { figure: 'dead line: out of order', is: 'at most', than: 0 },
    { figure: 'dead line: missing', is: 'at most', than: 0 },
    { figure: 'others, p95: beyond 1 ms or 20 % more', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => measure(bench, round)),
}

async function measure(bench: Bench, round: number): Promise<Figures> {
  await using subject = await openHub(bench)
  await using deadSink = await startChild('sink', null)
  const key = await subject.hub.addPortal(String(deadSink.ready))
  const [line] = await connectLines(subject.hub, key, subject.telegram, 1, 1_000_000)
  if (!line) throw new Error('there is no line')
  await warmUp(await toLoadOrder(bench, subject))
  bench.say(`round ${round}: none dead`)
  const before = await runBoth(bench, subject, line)
  await drain(deadSink, before.sent)
  bench.say(`round ${round}: one dead`)
  await deadSink.ask('reset')
  await deadSink.ask('die', true)
  const during = await runBoth(bench, subject, line)
  const { attempts } = await stats(deadSink)
  await deadSink.ask('die', false)
  bench.say(`round ${round}: it is back`)
  const startedAt = performance.now()
  const after = await drain(deadSink, during.sent, STUCK_MS)
  const [calm, worse] = [before.others.latency.p95, during.others.latency.p95]
  const allowed = Math.max(calm + NOISE_MS, calm * NOISE_SHARE)
  return {
    'attempts while dead': attempts,
    'dead line: accepted': during.sent,
    'dead line: missing': during.sent - after.probes,
    'dead line: out of order': after.disordered,
    'dead line: through after its portal was back, s': (performance.now() - startedAt) / 1000,
    'others, none dead: p95, ms': calm,
    'others, one dead: p95, ms': worse,
    'others, p95: beyond 1 ms or 20 % more': Math.max(0, worse - allowed),
    'others: missing': during.others.accepted - during.others.arrived,
  }
}

const stats = (sink: Child) => sink.ask<{ attempts: number }>('stats')

/** A steady rate to the fifty lines, and messages to the one beside it, for as long as its portal is dead. */
async function runBoth(
  bench: Bench,
  subject: HubSubject,
  line: Target,
): Promise<{ others: RateResult; sent: number }> {
  const { url, targets } = subject
  const { rate } = bench.options
  const seconds = DEAD_SECONDS
  const one = probe({ url, targets: [line], rate: DEAD_LINE_RATE, seconds })
  one.catch(() => undefined)
  const others = await runFixedRate({ url, targets, sink: bench.sink, rate, seconds })
  const { accepted, sent } = await one
  if (accepted !== sent) bench.warn(`of ${sent} for the dead line ${accepted} were accepted`)
  // The webhook answers after the commit; the packet may follow a moment later.
  await sleep(200)
  return { others, sent: accepted }
}
