import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { type CpuShares, openCpuShares } from '../harness/cpu-share.ts'
import { costPerEvent, runFullLoad, warmUp } from '../harness/full-load.ts'
import { readChildren } from '../harness/proc.ts'
import { openHub, toLoadOrder, warnOfLosses } from '../harness/subject.ts'

/** Of a core, for each process of the hub: so that generator, portal and store have the rest, as on machines of their own. */
const SHARE = 0.25
const PROCESSES = 3
const WARM_UP_EVENTS = 60_000

/** Do processes add up where cores don't run out? */
export const shares: Scenario = {
  name: 'shares',
  about: 'one process and three, each bounded to a quarter of a core',
  goals: [{ figure: 'three ÷ one, a quarter of a core each', is: 'at least', than: 2.8 }],
  async run(bench, rounds) {
    await using limits = await openCpuShares()
    if (!limits) {
      bench.warn('shares: left out, processes can not be bounded here (control groups, root)')
      return []
    }
    return await inRounds(rounds, async (round) => {
      bench.say(`round ${round}: one process, then ${PROCESSES}, ${SHARE} of a core each`)
      const one = await runWith(bench, limits, 1)
      const three = await runWith(bench, limits, PROCESSES)
      const through = (figures: Figures, name: string): number =>
        figures[`${name}: accepted and delivered/s`] ?? Number.NaN
      return {
        ...one,
        ...three,
        'three ÷ one, a quarter of a core each': through(three, 'three') / through(one, 'one'),
      }
    })
  },
}

async function runWith(bench: Bench, limits: CpuShares, count: number): Promise<Figures> {
  const name = count === 1 ? 'one' : 'three'
  await using subject = await openHub(bench, { HUB_WORKERS: String(count) })
  const order = await toLoadOrder(bench, subject)
  // Before they are bounded: with a quarter of a core V8 would compile for minutes.
  await warmUp(order, WARM_UP_EVENTS)
  const workers = count === 1 ? [subject.pid] : await readChildren(subject.pid)
  for (const pid of workers) await limits.limit(pid, SHARE)
  const load = await runFullLoad(order)
  warnOfLosses(bench, name, load)
  return {
    [`${name}: accepted and delivered/s`]: load.throughPerSecond,
    [`${name}: processor time per event, µs`]: costPerEvent(load, 'hub'),
    [`${name}: database's time per event, µs`]: costPerEvent(load, 'store'),
    [`${name}: out of order`]: load.check.disordered,
  }
}
