import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { costPerEvent, runFullLoad, warmUp } from '../harness/full-load.ts'
import { openHub, toLoadOrder, warnOfLosses } from '../harness/subject.ts'

/** Whoever asks what became of a message must not pay for it with speed. */
export const journal: Scenario = {
  name: 'journal',
  about: 'accepting and delivering with the journal and without it (HUB_JOURNAL_DAYS), in turns',
  goals: [
    { figure: 'with ÷ without', is: 'at least', than: 0.95 },
    { figure: 'with: lost', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      // The second of two runs finds a warmer machine: each goes first in every other round.
      const order = round % 2 === 0 ? (['7', '0'] as const) : (['0', '7'] as const)
      const results = new Map<string, Figures>()
      for (const days of order) {
        bench.say(`round ${round}: HUB_JOURNAL_DAYS=${days}`)
        results.set(days, await runHub(bench, days))
      }
      const off = results.get('0') ?? {}
      const on = results.get('7') ?? {}
      return {
        ...named('without', off),
        ...named('with', on),
        'with ÷ without':
          (on['accepted and delivered/s'] ?? 0) / (off['accepted and delivered/s'] ?? 0),
      }
    }),
}

async function runHub(bench: Bench, days: string): Promise<Figures> {
  await using subject = await openHub(bench, { HUB_JOURNAL_DAYS: days })
  const order = await toLoadOrder(bench, subject)
  await warmUp(order)
  const load = await runFullLoad(order)
  warnOfLosses(bench, `HUB_JOURNAL_DAYS=${days}`, load)
  return {
    'accepted/s': load.acceptedPerSecond,
    'accepted and delivered/s': load.throughPerSecond,
    'post → portal p50, ms': load.latency.p50,
    'processor time per event, µs': costPerEvent(load, 'hub'),
    lost: load.check.accepted - load.check.arrived,
  }
}

function named(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [`${prefix}: ${name}`, value]),
  )
}
