import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { startChild } from '../harness/child.ts'
import { costPerEvent, type LoadResult, runFullLoad, warmUp } from '../harness/full-load.ts'
import { inventLines } from '../harness/lines.ts'
import { openHub, type Subject, toLoadOrder, warnOfLosses } from '../harness/subject.ts'
import type { BareOrder } from '../processes/bare.ts'

/** Of the same load before anything is counted: until then V8 still compiles, and the database still fills its pool. */
const WARM_UP_EVENTS = 60_000

/** How near the hub comes to a loop that does nothing but what has to be done. */
export const ceiling: Scenario = {
  name: 'ceiling',
  about: 'accept and deliver beside bare loops that do the least, twice for a control (mysql only)',
  goals: [
    { figure: 'hub ÷ bare loop, segments', is: 'at least', than: 0.38 },
    { figure: 'hub again ÷ hub (control)', is: 'at least', than: 0.9 },
  ],
  async run(bench, rounds) {
    if (bench.options.store !== 'mysql') {
      bench.warn('ceiling: left out, the bare loops know MySQL alone')
      return []
    }
    return await inRounds(rounds, async (round) => {
      bench.say(`round ${round}: bare loops, then the hub twice`)
      const segments = await runBare(bench, 'bare segments', 'segment')
      const hub = await runHub(bench, 'hub')
      const events = await runBare(bench, 'bare events', 'event')
      const again = await runHub(bench, 'hub again')
      const ratio = (one: LoadResult, other: LoadResult): number =>
        one.throughPerSecond / other.throughPerSecond
      return {
        ...figuresOf('bare loop, segments', segments),
        ...figuresOf('bare loop, rows', events),
        ...figuresOf('hub', hub),
        'hub ÷ bare loop, segments': ratio(hub, segments),
        'hub ÷ bare loop, rows': ratio(hub, events),
        'hub again ÷ hub (control)': ratio(again, hub),
      }
    })
  },
}

function figuresOf(name: string, load: LoadResult): Figures {
  return {
    [`${name}: accepted and delivered/s`]: load.throughPerSecond,
    [`${name}: processor time per event, µs`]: costPerEvent(load, 'subject'),
    [`${name}: database's time per event, µs`]: costPerEvent(load, 'store'),
  }
}

async function runBare(bench: Bench, name: string, rows: BareOrder['rows']): Promise<LoadResult> {
  const { store, sinkUrl, options } = bench
  const databaseUrl = await store.createDatabase('bare')
  await using server = await startChild('bare', { databaseUrl, sinkUrl, rows } satisfies BareOrder)
  const [probeLine = { hash: '', secret: '' }, ...targets] = inventLines(options.lines + 1)
  const url = String(server.ready)
  return await measure(bench, {
    ...{ name, url, pid: server.pid, targets, probeLine, storePid: store.pid },
  })
}

async function runHub(bench: Bench, name: string): Promise<LoadResult> {
  await using subject = await openHub(bench)
  return await measure(bench, { ...subject, name })
}

async function measure(bench: Bench, subject: Subject): Promise<LoadResult> {
  const order = await toLoadOrder(bench, { ...subject, name: 'subject' })
  await warmUp(order, WARM_UP_EVENTS)
  const load = await runFullLoad(order)
  warnOfLosses(bench, subject.name, load)
  return load
}
