import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { startBalancer } from '../harness/balancer.ts'
import { type LoadResult, runFullLoad, warmUp } from '../harness/full-load.ts'
import { makeSecretKey, startHub } from '../harness/hub.ts'
import { readCounters } from '../harness/store-counters.ts'
import { openHub, toLoadOrder, warnOfLosses } from '../harness/subject.ts'

const COUNTS = [1, 4, 8, 16]
/** Sixteen processes share them, and two cores: more would take minutes. */
const WARM_UP_EVENTS = 20_000

const COUNTED = ['Com_commit', 'Com_select', 'Innodb_row_lock_waits', 'Innodb_row_lock_time']

/**
 * What gives way first when more and more processes share one database? They share this machine's cores as well, so that not
 * the throughput counts but what an event costs: commits, reading back, waiting for each other's rows.
 */
export const walls: Scenario = {
  name: 'walls',
  about:
    'one to sixteen processes on one database, behind nginx, by turns and by hash (mysql only)',
  goals: [],
  async run(bench, rounds) {
    if (bench.store.kind !== 'mysql') {
      bench.warn('walls: left out, it needs MariaDB')
      return []
    }
    return await inRounds(rounds, async (round) => {
      const figures: Figures[] = []
      for (const count of COUNTS) {
        for (const by of count === 1 ? (['turns'] as const) : (['turns', 'hash'] as const)) {
          bench.say(`round ${round}: ${count} processes by ${by}`)
          figures.push(await runWith(bench, count, by))
        }
      }
      return Object.assign({}, ...figures) as Figures
    })
  },
}

async function runWith(bench: Bench, count: number, by: 'hash' | 'turns'): Promise<Figures> {
  const secretKey = makeSecretKey()
  await using things = new AsyncDisposableStack()
  const subject = things.use(await openHub(bench, {}, { secretKey }))
  const { databaseUrl } = subject
  const order = { databaseUrl, folder: bench.folder, isProfiled: false, secretKey }
  const others = []
  while (others.length < count - 1) others.push(things.use(await startHub(order)))
  const hubs = [subject, ...others]
  const urls = hubs.map(({ url }) => url)
  const { url } = things.use(await startBalancer(bench.folder, urls, by))
  const own = await toLoadOrder(bench, subject)
  const pids = hubs.map(({ pid }, index) => [`hub ${index}`, pid] as const)
  const load = { ...own, url, pids: { ...own.pids, ...Object.fromEntries(pids) } }
  await warmUp(load, WARM_UP_EVENTS)
  const before = await readCounters(databaseUrl, COUNTED)
  const result = await runFullLoad(load)
  const after = await readCounters(databaseUrl, COUNTED)
  const name = count === 1 ? 'one' : `${count} by ${by}`
  warnOfLosses(bench, name, result)
  const grown = (counter: string): number => (after[counter] ?? NaN) - (before[counter] ?? NaN)
  return toFigures(name, result, grown)
}

function toFigures(
  name: string,
  { check, cpu, acceptedPerSecond, throughPerSecond }: LoadResult,
  grown: (counter: string) => number,
): Figures {
  const events = check.accepted
  const perEvent = (cores: number): number => (cores / acceptedPerSecond) * 1_000_000
  const hubs = Object.keys(cpu).filter((key) => key.startsWith('hub '))
  const waits = grown('Innodb_row_lock_waits')
  return {
    [`${name}: accepted and delivered/s`]: throughPerSecond,
    [`${name}: hubs per event, µs`]: perEvent(
      hubs.reduce((sum, key) => sum + (cpu[key] ?? Number.NaN), 0),
    ),
    [`${name}: database per event, µs`]: perEvent(cpu['store'] ?? Number.NaN),
    [`${name}: events per commit`]: events / grown('Com_commit'),
    [`${name}: SELECTs per event`]: grown('Com_select') / events,
    [`${name}: lock waits per 1000 events`]: (waits / events) * 1000,
    [`${name}: ms of each lock wait`]: grown('Innodb_row_lock_time') / Math.max(1, waits),
    [`${name}: out of order`]: check.disordered,
  }
}
