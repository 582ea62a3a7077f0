import type { Child } from './harness/child.ts'
import type { Store } from './harness/store.ts'
import type { Options } from './options.ts'

/** What one round of a scenario measured: a name with its unit, and the number. */
export type Figures = Readonly<Record<string, number>>

/** What a figure is meant to be. */
export interface Goal {
  readonly figure: string
  readonly is: 'at least' | 'below' | 'at most'
  readonly than: number
}

export interface Scenario {
  /** As `--only` takes it. */
  readonly name: string
  /** One line for people. */
  readonly about: string
  readonly goals: readonly Goal[]
  /** One entry per round. What is compared takes turns within a round. */
  run(bench: Bench, rounds: number): Promise<Figures[]>
}

/** What every scenario shares. */
export interface Bench {
  readonly options: Options
  readonly folder: string
  readonly store: Store
  readonly sink: Child
  readonly sinkUrl: string
  /** Progress, for whoever waits. */
  say(text: string): void
  /** Goes below the table: what makes a figure doubtful. */
  warn(text: string): void
  /** The same for what a hub's log complains of. */
  warnOfAll(complaints: readonly string[]): void
}

/** For scenarios that start anew each round. */
export async function inRounds(
  rounds: number,
  once: (round: number) => Promise<Figures>,
): Promise<Figures[]> {
  const all: Figures[] = []
  while (all.length < rounds) all.push(await once(all.length + 1))
  return all
}
