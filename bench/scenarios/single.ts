import { inRounds, type Scenario } from '../bench.ts'
import { runFullLoad, warmUp } from '../harness/full-load.ts'
import { openHub, toLoadOrder, warnOfLosses } from '../harness/subject.ts'

/** For portals that want one event per request: the line waits for each answer before the next leaves. */
export const single: Scenario = {
  name: 'single',
  about: 'one event per post (HUB_PACKET_MAX_EVENTS=1), in order',
  goals: [
    { figure: 'accepted and delivered/s', is: 'at least', than: 2900 },
    { figure: 'out of order', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      bench.say(`round ${round}`)
      await using subject = await openHub(bench, { HUB_PACKET_MAX_EVENTS: '1' })
      const order = await toLoadOrder(bench, subject)
      await warmUp(order)
      const load = await runFullLoad(order)
      warnOfLosses(bench, 'hub', load)
      return {
        'accepted/s': load.acceptedPerSecond,
        'delivered meanwhile/s': load.deliveredPerSecond,
        'accepted and delivered/s': load.throughPerSecond,
        'out of order': load.check.disordered,
      }
    }),
}
