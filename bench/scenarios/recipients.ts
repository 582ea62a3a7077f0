import { join } from 'node:path'
import { type Bench, type Figures, inRounds, type Scenario } from '../bench.ts'
import { costPerEvent, runFullLoad, warmUp } from '../harness/full-load.ts'
import { openHub, toLoadOrder, warnOfLosses } from '../harness/subject.ts'

const WITHOUT = join(import.meta.dirname, '..', 'processes', 'hub-without-recipients.ts')
/** People who write again and again, as they do; to a hub, one who writes for the first time is the exception. */
const PEOPLE = 20_000

/** Knowing who writes must not cost the inbox its speed. */
export const recipients: Scenario = {
  name: 'recipients',
  about: `accepting and delivering what ${PEOPLE} people write, with recipients and without, in turns; and where each is new`,
  goals: [
    { figure: 'with ÷ without', is: 'at least', than: 0.95 },
    { figure: 'with: lost', is: 'at most', than: 0 },
  ],
  run: (bench, rounds) =>
    inRounds(rounds, async (round) => {
      const again = await compare(bench, round, PEOPLE)
      const first = await compare(bench, round, undefined)
      return {
        ...again,
        'all new: with ÷ without': first['with ÷ without'] ?? Number.NaN,
        'all new: processor time per event, with ÷ without':
          first['processor time per event, with ÷ without'] ?? Number.NaN,
      }
    }),
}

/** The second of two runs finds a warmer machine: each goes first in every other round. */
async function compare(bench: Bench, round: number, people: number | undefined): Promise<Figures> {
  const order = round % 2 === 0 ? [true, false] : [false, true]
  const results = new Map<boolean, Figures>()
  for (const isKept of order) {
    bench.say(`round ${round}: ${isKept ? 'with' : 'without'}, people: ${people ?? 'all new'}`)
    results.set(isKept, await runHub(bench, isKept, people))
  }
  const on = results.get(true) ?? {}
  const off = results.get(false) ?? {}
  const ratio = (figure: string): number => (on[figure] ?? 0) / (off[figure] ?? 0)
  return {
    ...named('without', off),
    ...named('with', on),
    'with ÷ without': ratio('accepted and delivered/s'),
    'processor time per event, with ÷ without': ratio('processor time per event, µs'),
  }
}

async function runHub(bench: Bench, isKept: boolean, people?: number): Promise<Figures> {
  await using subject = await openHub(bench, {}, isKept ? {} : { program: WITHOUT })
  const order = { ...(await toLoadOrder(bench, subject)), ...(people && { people }) }
  await warmUp(order)
  const load = await runFullLoad(order)
  warnOfLosses(bench, isKept ? 'with' : 'without', load)
  return {
    'accepted and delivered/s': load.throughPerSecond,
    'processor time per event, µs': costPerEvent(load, 'hub'),
    lost: load.check.accepted - load.check.arrived,
  }
}

function named(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [`${prefix}: ${name}`, value]),
  )
}
