import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, Figures, Scenario } from './bench.ts'
import { startChild } from './harness/child.ts'
import { watchOthers } from './harness/others.ts'
import { openStore } from './harness/store.ts'
import { type Options, UsageError } from './options.ts'
import { PEERS, SCENARIOS, USUAL } from './scenarios.ts'

export interface Results {
  readonly store: string
  readonly scenarios: readonly ScenarioResult[]
  readonly warnings: readonly string[]
}

export interface ScenarioResult {
  readonly scenario: Scenario
  readonly rounds: readonly Figures[]
  /** Cores that went to processes of other people meanwhile: much of it makes every figure doubtful. */
  readonly othersCores: number
}

/** More than this is said below the table. */
const MUCH = 0.1

/** Throws UsageError for names that don't exist. */
export function chooseScenarios({ only, hasPeers }: Options): readonly Scenario[] {
  const isAll = only?.length === 1 && only[0] === 'all'
  const named = isAll ? SCENARIOS.filter((one) => one !== PEERS) : findAll(only)
  return hasPeers && !named.includes(PEERS) ? [...named, PEERS] : named
}

function findAll(only: readonly string[] | undefined): readonly Scenario[] {
  if (!only) return USUAL
  const strangers = only.filter((name) => !SCENARIOS.some((one) => one.name === name))
  if (strangers.length > 0) {
    const known = SCENARIOS.map(({ name }) => name).join(', ')
    throw new UsageError(`--only knows all, ${known}, not ${strangers.join(', ')}`)
  }
  return SCENARIOS.filter(({ name }) => only.includes(name))
}

/** Runs the scenarios one after another. Whatever was started is ended again, also when one of them fails. */
export async function runBench(
  options: Options,
  scenarios: readonly Scenario[],
  say: (text: string) => void,
): Promise<Results> {
  await using things = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hub-bench-'))
  things.defer(() => rm(folder, { recursive: true, force: true }))
  things.defer(handleSignals(folder))
  const warnings: string[] = []
  const results: ScenarioResult[] = []
  for (const scenario of scenarios) {
    // A server of its own for each: what one leaves to be purged must not be another's load.
    await using store = await openStore(options.store, folder)
    await using sink = await startChild('sink', null)
    const bench: Bench = {
      options,
      folder,
      store,
      sink,
      sinkUrl: String(sink.ready),
      say: (text) => say(`${scenario.name}: ${text}`),
      warn: (text) => void warnings.push(`${scenario.name}: ${text}`),
      warnOfAll: (texts) =>
        void warnings.push(...texts.map((text) => `${scenario.name}: the hub's log: ${text}`)),
    }
    const readOthers = await watchOthers()
    const rounds = await scenario.run(bench, options.rounds)
    const othersCores = Math.max(0, await readOthers())
    if (othersCores > MUCH) bench.warn(`other processes took ${othersCores.toFixed(2)} cores`)
    results.push({ scenario, rounds, othersCores })
  }
  await using store = await openStore(options.store, folder)
  return { store: store.product, scenarios: results, warnings }
}

/** On Ctrl-C every child ends by itself as this process goes; only the folder has to be cleared. */
function handleSignals(folder: string): () => void {
  const leave = () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(1)
  }
  process.once('SIGINT', leave).once('SIGTERM', leave)
  return () => void process.off('SIGINT', leave).off('SIGTERM', leave)
}
