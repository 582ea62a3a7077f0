import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { costPerEvent, runFullLoad, warmUp } from '../harness/full-load.ts'
import { openHub, toLoadOrder, warnOfLosses } from '../harness/subject.ts'

/**
 * Generator, portal and store take their share of the same cores, so the second process can only have what is left: even of
 * two bare loops two are slower than one. What counts is what an event costs hub and database together; `shares` shows
 * whether processes add up where cores don't run out.
 */
export const workers: Scenario = {
  name: 'workers',
  about: 'one process and two (HUB_WORKERS=2) at full load',
  goals: [{ figure: 'hub and database per event, two ÷ one', is: 'at most', than: 1.25 }],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      bench.say(`round ${round}: one process, then two`)
      const one = await runWith(bench, 'one', '1')
      const two = await runWith(bench, 'two', '2')
      const before = one['one: accepted and delivered/s'] ?? Number.NaN
      const after = two['two: accepted and delivered/s'] ?? Number.NaN
      const cost = (figures: Figures, name: string): number =>
        figures[`${name}: hub and database per event, µs`] ?? Number.NaN
      return {
        ...one,
        ...two,
        'two ÷ one': after / before,
        'hub and database per event, two ÷ one': cost(two, 'two') / cost(one, 'one'),
      }
    }),
}

async function runWith(bench: Bench, name: string, count: string): Promise<Figures> {
  await using subject = await openHub(bench, { HUB_WORKERS: count })
  const order = await toLoadOrder(bench, subject)
  await warmUp(order)
  const load = await runFullLoad(order)
  warnOfLosses(bench, name, load)
  return {
    [`${name}: accepted/s`]: load.acceptedPerSecond,
    [`${name}: accepted and delivered/s`]: load.throughPerSecond,
    [`${name}: hub per event, µs`]: costPerEvent(load, 'hub'),
    [`${name}: database per event, µs`]: costPerEvent(load, 'store'),
    [`${name}: hub and database per event, µs`]:
      costPerEvent(load, 'hub') + costPerEvent(load, 'store'),
    // Larger where the pace of packets follows what waits for the store.
    [`${name}: events per packet`]: load.eventsPerPacket,
    [`${name}: out of order`]: load.check.disordered,
    [`${name}: cores of the hub`]: load.cpu['hub'] ?? Number.NaN,
    [`${name}: cores in all`]: Object.values(load.cpu).reduce((sum, cores) => sum + cores, 0),
  }
}
