import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { withStore } from '../harness/fill.ts'
import { makeSecretKey, startHub } from '../harness/hub.ts'
import { drain, type SinkStats } from '../harness/sink-stats.ts'
import { openHub, toLoadOrder } from '../harness/subject.ts'
import { startWrk } from '../wrk/run-wrk.ts'

const EVENTS = 1500
/** Slow enough that nearly all still wait, or are on their way, when the last one has been accepted. */
const PORTAL_MS = 500
const STUCK_MS = 30_000
const TIME_LIMIT_SECONDS = 20

/** The process dies without a word in the midst of delivering, and is started again at once on the same store. */
export const kill: Scenario = {
  name: 'kill',
  about: `kill -9 with ${EVENTS} accepted events under way, restarted at once`,
  goals: [
    { figure: 'all delivered after, s', is: 'below', than: 10 },
    { figure: 'missing', is: 'at most', than: 0 },
    { figure: 'repeated beyond what was in flight', is: 'at most', than: 0 },
    { figure: 'out of order', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) => inRounds(rounds, (round) => killOnce(bench, round)),
}

async function killOnce(bench: Bench, round: number): Promise<Figures> {
  const { sink, folder } = bench
  bench.say(`round ${round}`)
  const secretKey = makeSecretKey()
  await using subject = await openHub(bench, {}, { secretKey })
  const { hub, databaseUrl } = subject
  const order = await toLoadOrder(bench, subject)
  await sink.ask('reset')
  await sink.ask('delay', PORTAL_MS)
  try {
    const wrk = startWrk({ ...order, updates: EVENTS, seconds: TIME_LIMIT_SECONDS })
    const { accepted } = await wrk.report
    const killedAt = performance.now()
    await hub.kill()
    const atKill = await sink.ask<SinkStats>('stats')
    // Read before the next process can settle anything.
    const waiting = await withStore(databaseUrl, async (store) => {
      const [row] = await store.rows<{ count: number }>('SELECT COUNT(*) AS count FROM inbox_event')
      return Number(row?.count)
    })
    await using next = await startHub({ databaseUrl, folder, secretKey, isProfiled: false })
    const stats = await drain(sink, accepted, STUCK_MS)
    const seconds = (performance.now() - killedAt) / 1000
    bench.warnOfAll(await next.readComplaints())
    // The portal has them, the store did not know yet.
    const inFlight = atKill.bulk - (accepted - waiting)
    return {
      accepted,
      'waiting or in flight at the kill': waiting,
      'in flight at the kill': inFlight,
      'all delivered after, s': seconds,
      missing: accepted - stats.bulk,
      repeated: stats.repeated,
      'repeated beyond what was in flight': Math.max(0, stats.repeated - inFlight),
      'out of order': stats.disordered,
    }
  } finally {
    await sink.ask('delay', 0)
  }
}
