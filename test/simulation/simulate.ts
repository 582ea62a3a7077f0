import { given } from '../../src/core/given.ts'
import type { Mutation } from './mutations.ts'
import { drawProfile, type Scenario } from './profile.ts'
import { Random } from './random.ts'
import { readSchema, SimDatabase } from './sim-database.ts'
import { World } from './world.ts'

export interface SeedResult {
  readonly seed: number
  /** What promise was broken, if one was. */
  readonly violation?: string
  readonly scenario: Scenario
  /** Of everything that has happened. */
  readonly hash: string
  readonly lastLines: readonly string[]
  readonly packets: number
  readonly delivered: number
}

export interface SimulateOptions {
  readonly mutation?: Mutation
  /** There is room for few lines and sends only. */
  readonly isCrowded?: boolean
  readonly scenario?: Scenario
  readonly print?: (line: string) => void
}

/** Runs seeds one after another on one database that is emptied in between. */
export class Simulator {
  readonly #database: SimDatabase

  private constructor(database: SimDatabase) {
    this.#database = database
  }

  static async create(): Promise<Simulator> {
    return new Simulator(new SimDatabase(await readSchema()))
  }

  async run(seed: number, options: SimulateOptions = {}): Promise<SeedResult> {
    const random = new Random(seed)
    const profile = drawProfile(random, options.scenario)
    // The code under test draws from the same source: nothing is left to real chance.
    const realRandom = Math.random
    Math.random = () => random.next()
    try {
      const world = new World(random, profile, {
        database: this.#database,
        mutation: options.mutation ?? 'none',
        isCrowded: options.isCrowded,
        ...given({ print: options.print }),
      })
      await world.run()
      return {
        seed,
        ...given({ violation: world.violation }),
        scenario: profile.scenario,
        hash: world.trace.hash,
        lastLines: world.trace.last,
        packets: world.ledger.packets,
        delivered: world.ledger.delivered,
      }
    } finally {
      Math.random = realRandom
    }
  }
}

/** For people: what happened at last, and how to see all of it. */
export function report(result: SeedResult, mutation: Mutation = 'none'): string {
  const extra = mutation === 'none' ? '' : ` --mutate ${mutation}`
  return [
    `seed ${result.seed} (${result.scenario}): ${result.violation}`,
    ...result.lastLines,
    `replay with: node test/simulation/run.ts --seed ${result.seed} --verbose${extra}`,
  ].join('\n')
}
