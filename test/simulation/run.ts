import { parseArgs } from 'node:util'
import { given } from '../../src/core/given.ts'
import { CommSimulator } from './comm-simulate.ts'
import {
  COMM_MUTATIONS,
  isCommMutation,
  isMutation,
  isOutboxMutation,
  MUTATIONS,
  type Mutation,
  OUTBOX_MUTATIONS,
} from './mutations.ts'
import { OutboxSimulator } from './outbox-simulate.ts'
import { runNeighbours } from './run-neighbours.ts'
import { Simulator } from './simulate.ts'

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
    outbox: { type: 'boolean', default: false },
    comm: { type: 'boolean', default: false },
    'real-sandbox': { type: 'boolean', default: false },
    crowded: { type: 'boolean', default: false },
    neighbours: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function mutationsOfKind(): readonly [(name: string) => boolean, object] {
  if (values.comm) return [isCommMutation, COMM_MUTATIONS]
  return values.outbox ? [isOutboxMutation, OUTBOX_MUTATIONS] : [isMutation, MUTATIONS]
}

function readMutation(name: string | undefined): Mutation {
  if (name === undefined) return 'none'
  const [isKnown, all] = mutationsOfKind()
  if (isKnown(name)) return name as Mutation
  const known = Object.keys(all)
  throw new Error(`--mutate takes one of ${known.join(', ')}`)
}

interface Outcome {
  readonly seed: number
  readonly violation?: string
  readonly lastLines: readonly string[]
  /** Packets to portals, calls to channels, or messages of jobs. */
  readonly sent: number
}

type Run = (seed: number, print?: (line: string) => void) => Promise<Outcome>

async function openSimulator(mutation: Mutation): Promise<Run> {
  if (values.comm) {
    const simulator = await CommSimulator.create()
    const isSandboxReal = values['real-sandbox']
    return async (seed, print) => {
      const result = await simulator.run(seed, { mutation, isSandboxReal, ...given({ print }) })
      return { ...result, sent: result.messages }
    }
  }
  if (values.outbox) {
    const simulator = await OutboxSimulator.create()
    return async (seed, print) => {
      const result = await simulator.run(seed, {
        mutation,
        isCrowded: values.crowded,
        ...given({ print }),
      })
      return { ...result, sent: result.calls }
    }
  }
  const simulator = await Simulator.create()
  return async (seed, print) => {
    const result = await simulator.run(seed, {
      mutation,
      isCrowded: values.crowded,
      ...given({ print }),
    })
    return { ...result, sent: result.packets }
  }
}

function report({ seed, violation, lastLines }: Outcome, mutation: Mutation): string {
  const sandbox = values['real-sandbox'] ? ' --real-sandbox' : ''
  const extra = `${values.comm ? ` --comm${sandbox}` : ''}${values.outbox ? ' --outbox' : ''}${values.crowded ? ' --crowded' : ''}${mutation === 'none' ? '' : ` --mutate ${mutation}`}`
  const replay = `replay with: node test/simulation/run.ts --seed ${seed} --verbose${extra}`
  return [`seed ${seed}: ${violation}`, ...lastLines, replay].join('\n')
}

async function main(): Promise<boolean> {
  const mutation = readMutation(values.mutate)
  const run = await openSimulator(mutation)
  const from = Number(values.seed ?? values.from)
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const deadline = values.minutes ? Date.now() + Number(values.minutes) * MINUTE_MS : Infinity
  const startedAt = Date.now()
  const failures: Outcome[] = []
  let toldAt = startedAt
  let sent = 0
  let seed = from
  for (; seed < from + count && Date.now() < deadline; seed++) {
    const result = await run(seed, values.verbose ? say : undefined)
    sent += result.sent
    if (result.violation !== undefined) {
      failures.push(result)
      if (!values['keep-going']) break
      say(`seed ${seed}: ${result.violation.split('\n')[0]}`)
    }
    if (Date.now() - toldAt < PROGRESS_MS) continue
    toldAt = Date.now()
    say(`… seed ${seed}, ${sent} sent, ${Math.round((toldAt - startedAt) / 1000)} s`)
  }
  const [first] = failures
  if (first) say(report(first, mutation))
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  say(`${seed - from} seeds, ${sent} sent, ${failures.length} failed, ${seconds} s`)
  return failures.length === 0
}

const isWell = values.neighbours
  ? await runNeighbours([Number(values.seed ?? values.from)], say)
  : await main()
if (!isWell) process.exitCode = 1
