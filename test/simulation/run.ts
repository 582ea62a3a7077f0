import { parseArgs } from 'node:util'
import { isMutation, MUTATIONS, type Mutation } from './mutations.ts'
import { report, type SeedResult, Simulator } from './simulate.ts'

const PROGRESS_MS = 5000
const MINUTE_MS = 60_000
const DEFAULT_SEEDS = '10000'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: DEFAULT_SEEDS },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    mutate: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function readMutation(name: string | undefined): Mutation {
  if (name === undefined) return 'none'
  if (isMutation(name)) return name
  throw new Error(`--mutate takes one of ${Object.keys(MUTATIONS).join(', ')}`)
}

async function main(): Promise<boolean> {
  const mutation = readMutation(values.mutate)
  const simulator = await Simulator.create()
  const from = Number(values.seed ?? values.from)
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const deadline = values.minutes ? Date.now() + Number(values.minutes) * MINUTE_MS : Infinity
  const startedAt = Date.now()
  const failures: SeedResult[] = []
  let toldAt = startedAt
  let packets = 0
  let seed = from
  for (; seed < from + count && Date.now() < deadline; seed++) {
    const result = await simulator.run(seed, {
      mutation,
      ...(values.verbose ? { print: say } : {}),
    })
    packets += result.packets
    if (result.violation !== undefined) {
      failures.push(result)
      if (!values['keep-going']) break
      say(`seed ${seed} (${result.scenario}): ${result.violation.split('\n')[0]}`)
    }
    if (Date.now() - toldAt < PROGRESS_MS) continue
    toldAt = Date.now()
    say(`… seed ${seed}, ${packets} packets, ${Math.round((toldAt - startedAt) / 1000)} s`)
  }
  const [first] = failures
  if (first) say(report(first, mutation))
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  say(`${seed - from} seeds, ${packets} packets, ${failures.length} failed, ${seconds} s`)
  return failures.length === 0
}

if (!(await main())) process.exitCode = 1
